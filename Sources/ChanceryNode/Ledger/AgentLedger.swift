internal import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire
internal import Foundation

/// Stamps what agents did, durably, onto their chains.
public final class AgentLedger: Sendable {
    let store: any RecordStore & RecordIndex
    let registry: IdentityRegistry
    let now: @Sendable () -> UTCTime

    public init(
        store: any RecordStore & RecordIndex, registry: IdentityRegistry, now: @escaping @Sendable () -> UTCTime
    ) {
        self.store = store
        self.registry = registry
        self.now = now
    }

    /// Stamps `payloads` in order as one durable group: after the return all of them survive power loss.
    ///
    /// - Throws: `node.profile_fixed` when the chain has another profile, `node.retired`, and what the store throws.
    ///   Nothing is stored then.
    public func stamp(
        _ payloads: [JSONObject], as identity: OpenIdentity, profile: StampProfile = .aiss21,
        along extra: [NewRecord] = []
    ) throws -> [StampReceipt] {
        guard !payloads.isEmpty else { return [] }
        try Self.requireOwn(payloads, of: identity.name)
        return try StoreConflict.retrying {
            let seen = try RegistryState(store)
            try requireActing(identity)
            let writer = try ChainWriter(identity, profile: profile, store: store, registry: registry)
            let work = try writer.write(payloads, at: now())
            let first = try store.append(extra + work.records, moving: [work.move] + seen.assertion)
            return work.receipts(from: first + UInt64(extra.count))
        }
    }

    /// Checks that none of `payloads` is what only a rotation or a room of the house writes.
    ///
    /// - Throws: `node.rejected`.
    static func requireOwn(_ payloads: [JSONObject], of name: IdentityName) throws {
        guard !payloads.contains(where: { $0["event_type"]?.string == RotationEvent.eventType }) else {
            throw NodeError(.rejected, "`\(RotationEvent.eventType)` ends a chain; only a rotation of keys stamps it")
        }
        guard !payloads.contains(where: { RoomEvent.isReserved($0, to: name.text) }) else {
            throw NodeError(.rejected, "only the gate, the vault and the server write what they did")
        }
    }

    /// Rotates the keys of an identity: the old chain ends with a rotation event, the identity gets its next document.
    ///
    /// - Returns: the identity with its new keys.
    public func rotate(
        _ identity: OpenIdentity, keeper: IdentityKeeper, protection: KeyProtection
    ) throws -> OpenIdentity {
        try keeper.rotate(identity, protection) { next in
            let time = now()
            try StoreConflict.retrying {
                let seen = try RegistryState(store)
                try registry.requireCurrent(identity)
                var records = [try NewRecord(next.document.record)]
                var moves = seen.adding(records)
                for profile in StampProfile.allCases {
                    let agentID = ChainWriter.agentID(of: identity, profile)
                    guard let state = try store.chain(agentID), state.profile == ChainWriter.version(of: profile) else {
                        continue
                    }
                    let writer = try ChainWriter(identity, profile: profile, store: store, registry: registry)
                    let work = try writer.write([try Self.rotationPayload(identity, next, profile, time)], at: time)
                    records += work.records
                    moves.append(work.move)
                }
                _ = try store.append(records, moving: moves)
            }
        }
    }

    private static func rotationPayload(
        _ old: OpenIdentity, _ new: OpenIdentity, _ profile: StampProfile, _ time: UTCTime
    ) throws -> JSONObject {
        switch profile {
        case .aiss1:
            let key = new.document.aissKey.parts[0].bytes
            return try ClassicalRotation.attest(from: old.keys.aiss, to: key, at: time.seconds).rotation.eventPayload
        case .aiss21, .batch:
            return try HybridRotation.attest(
                of: old.document.aissIdentity(), from: old.keys.aiss, to: new.keys.aiss, at: time.seconds
            ).eventPayload
        }
    }
}

internal import ChanceryLedger
internal import ChanceryWire
internal import Synchronization

/// The identities of a home's agents: opened when they are first needed, and kept open for as long as they count.
final class AgentKeys: Sendable {
    private struct Failure {
        let error: NodeError
        let until: UTCTime
    }

    private struct Known {
        var identities: [String: OpenIdentity] = [:]
        var failures: [String: Failure] = [:]
    }

    /// How long keys that did not open are not tried again, in seconds: each attempt costs a derivation of the passphrase.
    private static let pause: Int64 = 5

    private let keeper: IdentityKeeper
    private let opening: @Sendable (IdentityName) throws -> OpenIdentity
    private let now: @Sendable () -> UTCTime
    private let known = Mutex(Known())
    /// Held while keys are opened, so that each is opened once.
    private let turn = Mutex(())

    init(
        keeper: IdentityKeeper, opening: @escaping @Sendable (IdentityName) throws -> OpenIdentity,
        now: @escaping @Sendable () -> UTCTime
    ) {
        self.keeper = keeper
        self.opening = opening
        self.now = now
    }

    /// The keys of an agent, if they are open and the latest; nil when they have to be opened.
    func opened(_ entry: AgentDirectory.Entry) -> OpenIdentity? {
        guard let identity = known.withLock({ $0.identities[entry.identity.did.text] }),
            identity.document.number == entry.identity.number
        else { return nil }
        return identity
    }

    /// The keys of an agent, opened if they are not open. May wait.
    ///
    /// - Throws: `node.key_missing` for keys that are not here or do not open with what the desk was given, `node.rejected` for a
    ///   room of the house.
    func open(_ entry: AgentDirectory.Entry) throws -> OpenIdentity {
        try turn.withLock { _ in
            if let identity = opened(entry) { return identity }
            let did = entry.identity.did.text
            if let failure = known.withLock({ $0.failures[did] }), now() < failure.until { throw failure.error }
            do {
                let identity = try openNow(entry)
                known.withLock {
                    $0.identities[did] = identity
                    $0.failures[did] = nil
                }
                return identity
            } catch let error as NodeError where error.reason == .keyMissing {
                let failure = Failure(error: error, until: now().advanced(bySeconds: Self.pause))
                known.withLock { $0.failures[did] = failure }
                throw error
            }
        }
    }

    private func openNow(_ entry: AgentDirectory.Entry) throws -> OpenIdentity {
        // The name of a stranger's document may be any text, and that of somebody here.
        guard let name = try? IdentityName(entry.identity.name),
            let document = try? keeper.documents(of: name).last, document.did == entry.identity.did
        else { throw NodeError(.keyMissing, "the private keys of `\(entry.record.name)` are not in this home") }
        guard !RoomEvent.isRoom(name.text) else {
            throw NodeError(.rejected, "`\(name)` is a room of the house, which signs for itself alone")
        }
        return try openIdentity(name)
    }

    /// The keys of an identity of the home, opened anew.
    ///
    /// - Throws: `node.key_missing` when they do not open with what the desk was given.
    func openIdentity(_ name: IdentityName) throws -> OpenIdentity {
        do {
            return try opening(name)
        } catch let error as any CodedError where Self.isClosed(error.code) {
            throw NodeError(
                .keyMissing, "the keys of `\(name)` do not open with what the server was given (\(error.code))")
        }
    }

    private static func isClosed(_ code: String) -> Bool {
        [
            LedgerError.Reason.wrongPassphrase.rawValue, LedgerError.Reason.keyFileNotEncrypted.rawValue,
            LedgerError.Reason.passphraseRequired.rawValue, NodeError.Reason.passphraseRequired.rawValue,
        ].contains(code)
    }

    /// - Throws: `node.key_missing` when somebody took the key file away since it was opened.
    func requireKept(_ identity: OpenIdentity) throws {
        guard try keeper.hasKeys(of: identity) else {
            known.withLock { $0.identities[identity.document.did.text] = nil }
            throw NodeError(.keyMissing, "the private keys of `\(identity.name)` are not on this machine any more")
        }
    }
}

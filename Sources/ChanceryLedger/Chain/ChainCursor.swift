internal import ChanceryWire

/// Verifies a chain event after event: the one set of rules behind ingest and whole-chain verification.
///
/// The rules (reference 8.1 no. 11): the event names the identity's agent; its version is allowed and never lower
/// than the one before; the first event continues from ``ChainStart``; every other names the hash before it; time
/// never decreases; no nonce twice; nothing after a key rotation; a key rotation names keys that its ids derive
/// from; every signature is valid. There is no fallback for anything unknown.
public struct ChainCursor: Sendable {
    public let identity: AgentIdentity
    public let start: ChainStart
    /// Nil until the first event.
    public private(set) var position: ChainPosition?
    /// The nonces of the events this cursor has taken. Empty after resuming; the caller's `hasSeen` covers the rest.
    public private(set) var nonces: Set<String> = []

    public var count: Int { position?.count ?? 0 }
    public var head: String? { position?.head }

    /// A cursor before the first event, or after the event at `position`.
    public init(_ identity: AgentIdentity, start: ChainStart = .genesis, resumingAt position: ChainPosition? = nil) {
        self.identity = identity
        self.start = start
        self.position = position
    }

    /// Verifies `event` as the next of the chain and moves on; the cursor does not move when it throws.
    ///
    /// - Parameter hasSeen: whether an event before this cursor's resumption used the nonce.
    /// - Throws: the first rule that the event breaks, with its 0-based index in the chain.
    @discardableResult
    public mutating func append(
        _ event: Event, hasSeen: (_ nonce: String) -> Bool = { _ in false }
    ) throws(LedgerError) -> VerifiedEvent {
        if let finding = findings(for: event, hasSeen: hasSeen).first { throw finding.at(count) }
        do {
            try identity.keys.verify(event)
        } catch {
            throw error.at(count)
        }
        return advance(event)
    }

    /// Takes an event that this process has just signed: every rule but the signatures, whose keys must be the
    /// identity's.
    @discardableResult
    public mutating func append(
        _ stamped: StampedEvent, hasSeen: (_ nonce: String) -> Bool = { _ in false }
    ) throws(LedgerError) -> VerifiedEvent {
        guard stamped.keys.classical == identity.keys.classical,
            !stamped.event.profile.isHybrid || stamped.keys == identity.keys
        else { throw LedgerError(.foreignAgent, "the event was signed with another key than the identity's", index: count) }
        if let finding = findings(for: stamped.event, hasSeen: hasSeen).first { throw finding.at(count) }
        return advance(stamped.event)
    }

    /// Verifies `events` in order, their signatures on all cores, and moves on past all of them or none.
    public mutating func append(
        contentsOf events: [Event], hasSeen: (_ nonce: String) -> Bool = { _ in false }
    ) throws(LedgerError) -> [VerifiedEvent] {
        var next = self
        var verified: [VerifiedEvent] = []
        verified.reserveCapacity(events.count)
        var failure: LedgerError?
        for event in events {
            if let finding = next.findings(for: event, hasSeen: hasSeen).first {
                failure = finding.at(next.count)
                break
            }
            verified.append(next.advance(event))
        }
        let keys = identity.keys
        let invalid = Parallel.map(verified) { (_, event) in keys.finding(for: event.event)?.at(event.index) }
        if let error = invalid.lazy.compactMap({ $0 }).first ?? failure { throw error }
        self = next
        return verified
    }

    /// Every rule that `event` breaks as the next of the chain, apart from its signatures; the caller adds the index.
    func findings(for event: Event, hasSeen: (String) -> Bool) -> [LedgerError] {
        var findings: [LedgerError] = []
        func note(_ reason: LedgerError.Reason, _ detail: String) {
            findings.append(LedgerError(reason, detail))
        }
        if event.agentID != identity.agentID {
            note(.foreignAgent, "the event names agent `\(event.agentID)`, the identity is `\(identity.agentID)`")
        }
        if !identity.allows(event.profile) {
            note(.profileNotAllowed, "the identity allows no \(event.profile.rawValue) events")
        } else if let position, event.profile < position.profile {
            note(.profileNotAllowed, "an \(event.profile.rawValue) event follows an \(position.profile.rawValue) event")
        }
        if let position, position.hasEnded {
            note(.chainEnded, "the chain ended with a key rotation")
        }
        if !Self.same(event.previousHash, expectedPrevious(of: event)) {
            let reason: LedgerError.Reason = position == nil ? .genesisMismatch : .linkBroken
            note(
                reason, position == nil ? "the first event does not start the chain" : "`previous_hash` is not the hash before")
        }
        if let position, event.timestamp < position.timestamp {
            note(.timeDecreases, "time \(event.timestamp) lies before \(position.timestamp)")
        }
        if nonces.contains(event.nonce) || hasSeen(event.nonce) {
            note(.nonceReplayed, "nonce `\(event.nonce)` was used before")
        }
        if RotationEvent.isRotation(event) {
            do {
                _ = try RotationEvent(event, of: identity)
            } catch {
                findings.append(error)
            }
        }
        return findings
    }

    /// Moves past `event` without looking at it.
    mutating func advance(_ event: Event) -> VerifiedEvent {
        let verified = VerifiedEvent(event, index: count)
        nonces.insert(event.nonce)
        position = ChainPosition(
            count: count + 1, head: event.hash, timestamp: max(event.timestamp, position?.timestamp ?? 0),
            profile: max(event.profile, position?.profile ?? .aiss1),
            hasEnded: RotationEvent.isRotation(event) || position?.hasEnded == true)
        return verified
    }

    private func expectedPrevious(of event: Event) -> String {
        if let position { return position.head }
        return switch start {
        case .genesis: identity.genesisHash(event.profile)
        case .rotation(let hash), .excerpt(let hash): hash
        }
    }

    private static func same(_ found: String?, _ expected: String) -> Bool {
        guard let found else { return false }
        return found.utf8.elementsEqual(expected.utf8)
    }
}

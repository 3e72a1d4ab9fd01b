public import ChanceryLedger
internal import ChancerySuite

/// What a replica asks its host to do, in this order.
public enum ReplicaEffect: Sendable {
    /// Make the block durable with the next entry; said again with every entry that names it, until the slot is decided.
    case keep(Block)
    /// Make the entry durable before going on; it replaces the entry before.
    case persist(JournalEntry)
    /// Send to everybody.
    case broadcast(ConsensusMessage)
    case send(ConsensusMessage, to: DID)
    /// Send the stored decision of an earlier slot, if the host's limits for this peer allow it.
    case answer(slot: Int64, to: DID)
    /// Call ``Replica/timeout(_:at:)`` after so many milliseconds.
    case schedule(ReplicaTimer, after: Int64)
    /// It is this member's turn: call ``Replica/propose(_:slot:round:at:)`` if anything can be decided.
    case needItems(slot: Int64, round: Int64)
    /// Make the decision durable and tell the application; ``Replica/head`` has moved on.
    case commit(Decision)
    /// A member voted twice.
    case equivocation(ConsensusEquivocation)
    /// Something was not accepted, for the log.
    case refused(GovernanceError)
}

/// What a replica waits for.
public struct ReplicaTimer: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case timeout(ConsensusMachine.Timeout, round: Int64)
        case resend
    }

    public let slot: Int64
    let kind: Kind
}

/// How long a replica waits, in milliseconds.
public struct ReplicaTiming: Sendable {
    /// For each phase in round 0, and how much more in each later round: the network's delay is not known beforehand.
    public var timeout: Int64
    public var increase: Int64
    /// Between two times of sending what was not answered.
    public var resend: Int64
    /// How far the time of a fresh block may lie from the local clock.
    public var tolerance: Int64

    public init(timeout: Int64 = 1000, increase: Int64 = 500, resend: Int64 = 2000, tolerance: Int64 = 30_000) {
        self.timeout = timeout
        self.increase = increase
        self.resend = resend
        self.tolerance = tolerance
    }

    /// A slot that one member opened for nothing goes through rounds until there is something to decide: that must not
    /// wait for hours then.
    static var growingRounds: Int64 { 20 }

    func delay(of round: Int64) -> Int64 { timeout + increase * min(round, Self.growingRounds) }
}

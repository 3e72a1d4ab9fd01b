package import ChanceryGovernance

/// What one seed came to.
public struct SimulationOutcome: Sendable {
    public let seed: UInt64
    public let violation: Violation?
    /// How many slots every correct node decided.
    public let slots: Int64
    public let nodes: Int
    public let messages: Int
    public let crashes: Int
    /// How often two votes of one member in one phase were proven.
    public let equivocations: Int
    /// Simulated milliseconds.
    public let duration: Int64
    /// What happened, a line each; empty unless it was asked for.
    public let trace: [String]
}

/// A promise that was broken.
public struct Violation: Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        /// Two decisions in one slot.
        case fork
        /// A decision whose certificate does not verify.
        case noQuorum = "no-quorum"
        /// Equal decisions, different states.
        case stateRoot = "state-root"
        /// Correct nodes that do not decide although the faults have stopped.
        case liveness
        /// A correct member that signed two values in one phase of one round, or is proven to have.
        case framed
        /// A decision that counted a ballot of an excluded or former member, or needed one.
        case ballots
        /// A state that answers otherwise than the votes say: after a REVOKE, say.
        case authorization
        /// A node that saw a freeze and does not act on it.
        case freeze
    }

    public let kind: Kind
    public let detail: String

    public var description: String { "\(kind.rawValue): \(detail)" }
}

/// What is simulated.
public struct SimulationOptions: Sendable {
    /// How many slots are to be decided.
    public var slots: Int64
    /// Whether to write down what happens.
    public var isTraced: Bool
    /// What the nodes decide about.
    public var state: State
    package var rules: ConsensusRules
    package var governanceRules: GovernanceRules

    public enum State: String, Sendable, CaseIterable {
        /// The shipped state of a federation, with people who propose and vote.
        case governance
        /// A hash: consensus alone, an order of magnitude faster.
        case hash
    }

    public init(slots: Int64 = 4, isTraced: Bool = false, state: State = .governance) {
        self.slots = slots
        self.isTraced = isTraced
        self.state = state
        rules = .all
        governanceRules = .all
    }
}

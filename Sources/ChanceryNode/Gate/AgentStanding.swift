internal import ChanceryGate
public import ChanceryLedger
public import ChanceryPolicy
internal import ChanceryWire

/// What this home knows about an agent at one moment, before any policy is asked (rule P2).
public struct AgentStanding: Sendable, Equatable {
    /// The agent's DID.
    public let did: DID
    public let name: String
    /// As voted by a committee, or else as the agent's record says; nil for an agent that was retired.
    public let role: String?
    public let word: CommitteeWord?
    public let risk: AgentRisk

    public var isAuthorized: Bool { role != nil && (word?.isAuthorized ?? true) }
    public var isFrozen: Bool { word?.isFrozen ?? false }

    func facts(_ history: AgentHistory, labels: [String], at time: UTCTime) -> Facts {
        var facts = Facts(agent: did.text, time: time.seconds)
        facts.agentName = name
        facts.role = role
        facts.risk = risk.risk
        facts.stability = risk.stability
        facts.collusion = risk.collusion
        facts.trust = risk.trust
        facts.alerts = history.alerts
        facts.watches = history.watches
        facts.authorized = isAuthorized
        facts.frozen = isFrozen
        facts.delegatedBy = word?.delegatedBy
        facts.labels = Set(labels)
        return facts
    }
}

/// What a committee says about an agent now.
public struct CommitteeWord: Sendable, Equatable {
    public let isAuthorized: Bool
    public let isFrozen: Bool
    public let role: String?
    /// The proposal that delegated to the agent, in hex; nil for a grant of its own.
    public let delegatedBy: String?
    /// What was voted to decide by; nil when nothing was.
    public let policy: VotedPolicy?

    public init(isAuthorized: Bool, isFrozen: Bool, role: String?, delegatedBy: String?, policy: VotedPolicy?) {
        self.isAuthorized = isAuthorized
        self.isFrozen = isFrozen
        self.role = role
        self.delegatedBy = delegatedBy
        self.policy = policy
    }
}

/// The policy that a committee put in force.
public struct VotedPolicy: Sendable, Equatable {
    /// SHA-256 of its text.
    public let hash: [UInt8]
    /// The proposal that passed.
    public let proposal: [UInt8]

    public init(hash: [UInt8], proposal: [UInt8]) {
        self.hash = hash
        self.proposal = proposal
    }
}

/// What watching an agent came to.
public struct AgentRisk: Sendable, Equatable {
    /// 0…1; nil when nobody can say, which denies.
    public let risk: ExactDecimal?
    public let stability: Stability?
    public let collusion: ExactDecimal?
    public let trust: ExactDecimal?
    public let engine: String

    public init(
        risk: ExactDecimal?, stability: Stability?, collusion: ExactDecimal?, trust: ExactDecimal?, engine: String
    ) {
        self.risk = risk
        self.stability = stability
        self.collusion = collusion
        self.trust = trust
        self.engine = engine
    }
}

/// Asks whoever may grant and freeze.
///
/// Promise: the answer is what is in force now as far as this machine knows; an implementation that cannot know throws.
public protocol AuthoritySource: Sendable {
    func word(on agent: DID) async throws -> CommitteeWord
    /// What was voted to decide by; nil when nothing was.
    func policy() async throws -> VotedPolicy?
}

/// Asks whoever watches.
///
/// Promise: the answer covers everything that the store held when it was asked.
public protocol RiskSource: Sendable {
    func risk(of agent: DID) throws -> AgentRisk
}

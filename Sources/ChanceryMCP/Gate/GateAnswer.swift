public import ChanceryWire

/// What a decision says about itself; the model and the record see the same.
public struct DecisionReceipt: Sendable, Equatable {
    public let id: String
    /// `ALLOW`, `BLOCK`, `REQUIRE_HUMAN` or what the gate calls it.
    public let outcome: String
    /// The rule that decided.
    public let rule: String
    /// One sentence that the model may read; never a secret.
    public let reason: String
    public let policyHash: String

    public init(id: String, outcome: String, rule: String, reason: String, policyHash: String) {
        self.id = id
        self.outcome = outcome
        self.rule = rule
        self.reason = reason
        self.policyHash = policyHash
    }
}

/// The gate's answer to an action.
public enum GateAnswer: Sendable, Equatable {
    /// It may happen, once, after ``ActionGate/redeem(_:_:)``.
    case allow(DecisionReceipt)
    case block(DecisionReceipt)
    /// A person decides, at the latest at `deadline`.
    case wait(DecisionReceipt, deadline: UTCTime)
}

/// What became of a decision that waited for a person.
public enum GateVerdict: Sendable, Equatable {
    case approved
    /// Denied, expired or void; `reason` is for the model.
    case denied(reason: String)
    /// Nobody has decided yet.
    case pending
}

/// The last word before an action happens.
public enum Redemption: Sendable, Equatable {
    /// Spent, durably: forward now.
    case redeemed
    /// The decision does not hold any more; `reason` is for the model.
    case refused(reason: String)
}

/// How much of the answer a file shows, and on what it rests.
///
/// A: complete, and every root of trust was pinned by the caller. B: pinned, and something is open that takes nothing back.
/// C: pinned, and something is missing. D: all of it agrees with itself, but not all roots of trust were pinned.
public enum EvidenceGrade: String, Sendable, CaseIterable, Comparable {
    case a = "A"
    case b = "B"
    case c = "C"
    case d = "D"

    /// The better one comes first.
    public static func < (left: EvidenceGrade, right: EvidenceGrade) -> Bool { left.rawValue < right.rawValue }

    public var meaning: String {
        switch self {
        case .a: "complete, and every root of trust is one that you pinned"
        case .b: "what is shown is pinned and true; something is still open"
        case .c: "what is shown is pinned and true; something is missing"
        case .d: "the file agrees with itself, but not every root of trust is one that you pinned"
        }
    }
}

/// Something that the answer should have and the file does not.
public struct EvidenceGap: Sendable, Equatable {
    public enum Weight: Sendable {
        /// It takes nothing back of what is shown.
        case open
        case missing
        /// Open for this verifier; another may close it, so that it counts in no claim.
        case unchecked
    }

    public let code: String
    public let weight: Weight
    public let detail: String

    static func open(_ code: String, _ detail: String) -> EvidenceGap { EvidenceGap(code: code, weight: .open, detail: detail) }

    static func unchecked(_ code: String, _ detail: String) -> EvidenceGap {
        EvidenceGap(code: code, weight: .unchecked, detail: detail)
    }

    static func missing(_ code: String, _ detail: String) -> EvidenceGap {
        EvidenceGap(code: code, weight: .missing, detail: detail)
    }
}

/// What no evidence file of this kind proves.
public enum EvidenceLimit: String, Sendable, CaseIterable {
    case time, views, outside, payloads, statements, others, chains, named, approver, house, freshness, history, classical

    public var code: String { rawValue }

    public var text: String {
        switch self {
        case .time: "that the times are right: no timestamp authority says so; they are what the signers wrote"
        case .views: "that the log showed everybody the same tree: no witness signed this checkpoint"
        case .outside: "that the agent did nothing that was not recorded"
        case .payloads: "what lies behind a hash: where a record holds a hash in place of content, the content is not here"
        case .statements: "that the facts were so (risk, alerts, labels): the gate signed them; nothing here recomputes them"
        case .others: "that a gate said nothing else about it: the gate's other events are not here"
        case .chains: "what the agent did on its other chains: of other keys, and of AISS-1; one is shown here"
        case .named: "that this event is what the decision allowed: the agent says it"
        case .approver: "who the approver is: the home's operator alone says whose key it is"
        case .house: "that this gate belongs to this federation: nobody's signature says so"
        case .freshness: "that nothing took it back: what the committee decided after the last decision here is not here"
        case .history: "that the federation's history is the only one: it is recomputed from genesis, without outside witnesses"
        case .classical: "anything against a quantum computer, where events are signed with Ed25519 alone (AISS-1)"
        }
    }
}

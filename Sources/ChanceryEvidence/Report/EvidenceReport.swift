public import ChanceryWire

/// What an evidence file comes to: each step of its verification, what is missing, and what it does not prove.
public struct EvidenceReport: Sendable {
    public enum Verdict: String, Sendable {
        case holds
        /// The file has nothing to check here.
        case absent
        /// There is something, and this verifier does not judge it.
        case unchecked
        case fails
    }

    public struct Step: Sendable, Equatable {
        public let name: String
        public let verdict: Verdict
        public let detail: String
        /// What the verdict rests on.
        public let basis: String
    }

    /// One line of the answer, in the order of the log.
    public struct Line: Sendable, Equatable {
        /// The record that says so.
        public let position: UInt64
        public let time: String
        public let text: String
        /// What the record says, in its own form.
        public let content: String
    }

    /// Nil for a file that is no evidence.
    public internal(set) var question: EvidenceQuestion?
    public internal(set) var parties = EvidenceParties()
    public internal(set) var steps: [Step] = []
    public internal(set) var gaps: [EvidenceGap] = []
    public internal(set) var limits: [EvidenceLimit] = []
    /// The roots of trust, and whether the caller pinned them.
    public internal(set) var roots: [Root] = []
    /// Pins of a kind of which the file has no root: nothing was held against them.
    public internal(set) var unusedPins: [String] = []
    public internal(set) var story: [Line] = []
    public internal(set) var checkpoint: String?
    /// What is wrong; nil when nothing is.
    public internal(set) var refusal: Refusal?

    public struct Root: Sendable, Equatable {
        /// As a pin is written: `log:…`, `gate:…`.
        public let pin: String
        public let isPinned: Bool
    }

    public struct Refusal: Sendable, Equatable {
        public let step: String
        public let code: String
        public let detail: String
    }

    public var isValid: Bool { refusal == nil }

    /// The grade that the content reaches when every root is pinned and every verdict is evaluated again.
    var contentGrade: EvidenceGrade { Self.grade(gaps.filter { $0.weight != .unchecked }) }

    private static func grade(_ gaps: [EvidenceGap]) -> EvidenceGrade {
        if gaps.contains(where: { $0.weight == .missing }) { return .c }
        return gaps.isEmpty ? .a : .b
    }

    /// Nil for a file that was refused.
    public var grade: EvidenceGrade? {
        guard isValid else { return nil }
        return roots.allSatisfy(\.isPinned) ? Self.grade(gaps) : .d
    }

    /// The same from every verifier, apart from the texts.
    public var json: JSONValue {
        [
            "gaps": .array(gaps.map { ["code": .string($0.code), "detail": .string($0.detail)] }),
            "grade": grade.map { .string($0.rawValue) } ?? .null,
            "not_proven": .array(limits.map { ["code": .string($0.code), "text": .string($0.text)] }),
            "question": question?.json ?? .null,
            "refusal": refusal.map {
                ["code": .string($0.code), "detail": .string($0.detail), "step": .string($0.step)]
            } ?? .null,
            "roots": .array(roots.map { ["pin": .string($0.pin), "pinned": .bool($0.isPinned)] }),
            "steps": .array(
                steps.map {
                    [
                        "detail": .string($0.detail), "rests_on": .string($0.basis), "step": .string($0.name),
                        "verdict": .string($0.verdict.rawValue),
                    ]
                }),
            "unused_pins": .array(unusedPins.map { .string($0) }), "valid": .bool(isValid),
        ]
    }
}

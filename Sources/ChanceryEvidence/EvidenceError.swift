public import ChanceryWire

/// Why an evidence file does not show what it claims, or was not made.
public struct EvidenceError: CodedError, Equatable {
    /// A stable code. Each part lists its own in an extension of this type.
    public struct Reason: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    public let reason: Reason
    public let detail: String
    public var code: String { reason.rawValue }

    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail.asErrorDetail
    }
}

extension EvidenceError.Reason {
    /// The file is no evidence file, or not in its one form.
    public static let malformed = Self(rawValue: "evidence.malformed")
    /// The file is not the one that was written: its digest differs.
    public static let altered = Self(rawValue: "evidence.altered")
    /// More bytes or records than one file holds.
    public static let tooLarge = Self(rawValue: "evidence.too_large")
    /// Parts of the file contradict each other.
    public static let contradiction = Self(rawValue: "evidence.contradiction")
    /// The file holds a record that has nothing to do with its question.
    public static let unrelated = Self(rawValue: "evidence.unrelated")
    /// A key, identity or federation is another one than the caller pinned.
    public static let pinMismatch = Self(rawValue: "evidence.pin_mismatch")
    /// The grade that the file claims is not the one that its content comes to.
    public static let claimFalse = Self(rawValue: "evidence.claim_false")
    /// The question has no answer in this home that could be shown to a stranger.
    public static let nothingToShow = Self(rawValue: "evidence.nothing_to_show")
}

public import ChanceryWire

/// Why the behaviour watch refused a profile or a kept state.
public struct VigilError: CodedError, Equatable {
    /// A stable code.
    public struct Reason: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// A profile whose weights, thresholds, bands or name make no sense.
        public static let profileInvalid = Self(rawValue: "vigil.profile_invalid")
        /// A kept state that no watch could have written, or that another engine wrote.
        public static let stateInvalid = Self(rawValue: "vigil.state_invalid")
    }

    public let reason: Reason
    public let detail: String
    public var code: String { reason.rawValue }

    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail.asErrorDetail
    }
}

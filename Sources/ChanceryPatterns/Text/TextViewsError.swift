public import ChanceryWire

/// Why the views of a payload were not made; whoever decides about the payload denies it.
public struct TextViewsError: CodedError, Equatable {
    /// A stable code; all of them are members of this type.
    public struct Reason: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// More text than ``TextViews/inputLimit``, or decoded texts that exceed four times the size of the input.
        public static let tooLong = Self(rawValue: "pattern.text_too_long")
        /// A third layer of encoding.
        public static let tooManyLayers = Self(rawValue: "pattern.too_many_layers")
    }

    public let reason: Reason
    public let detail: String
    public var code: String { reason.rawValue }

    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail.asErrorDetail
    }
}

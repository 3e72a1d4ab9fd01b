public import ChanceryWire

/// Which pattern of a set was refused, and why.
public struct PatternSetError: CodedError, Equatable {
    /// The 0-based index of the pattern in the set.
    public let index: Int
    public let error: PatternError
    public var code: String { error.code }
    public var detail: String { "pattern \(index): \(error.detail)" }

    public init(index: Int, error: PatternError) {
        self.index = index
        self.error = error
    }
}

/// One remark about a policy text, and where it is.
public struct PolicyFinding: Sendable, Equatable {
    public enum Severity: String, Sendable {
        /// The text does not load.
        case error
        /// The text loads; it may not do what its author meant.
        case warning
    }

    /// A mend that keeps the meaning its author can only have had.
    public struct Fix: Sendable, Equatable {
        /// The bytes of the text that are replaced.
        public let range: Range<Int>
        public let replacement: String
    }

    public let severity: Severity
    /// A stable code, `policy.*`.
    public let code: String
    public let message: String
    /// From 1.
    public let line: Int
    /// From 1, in characters (Unicode scalars).
    public let column: Int
    public let fix: Fix?
}

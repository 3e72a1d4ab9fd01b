/// What a file is, what was checked, and what came out.
public struct DocumentVerdict: Sendable {
    /// What the file is, in words.
    public var kind: String
    /// Whose it is, where that is known.
    public var subject: String?
    /// What was checked and holds.
    public var checked: [String] = []
    /// What is true but limits the verdict.
    public var notes: [String] = []
    /// What is wrong, with a code first.
    public var findings: [String] = []
    /// The element at fault, where one is.
    public var index: Int?

    public var isValid: Bool { findings.isEmpty }

    init(_ kind: String, subject: String? = nil) {
        self.kind = kind
        self.subject = subject
    }
}

/// What a payload says, in every way a tool may read it: patterns that forbid are looked for in all views.
public struct TextViews: Sendable {
    /// The rules by which views are made and the version of the tables; belongs into every decision.
    public static let engine = "chancery-text/1 unicode-14.0.0"
    /// The most bytes that leaves and document may have together: 1 MiB.
    public static let inputLimit = 1 << 20

    /// The document's bytes, as evaluated.
    public let raw: [UInt8]
    /// All views, each once, the most literal first.
    public let all: [[UInt8]]

    public init(of leaves: [String], document: [UInt8]) throws(TextViewsError) {
        let size = leaves.reduce(document.count) { $0 + $1.utf8.count }
        guard size <= Self.inputLimit else {
            throw TextViewsError(.tooLong, "payload of \(size) bytes exceeds the limit of \(Self.inputLimit)")
        }
        raw = document
        let lines = Array(leaves.joined(separator: "\n").utf8)
        let line = Array(leaves.joined(separator: " ").lowercased().utf8)
        all = [document, lines, line]
    }
}

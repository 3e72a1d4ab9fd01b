/// How a decision that waits for a person goes on.
public struct ApprovalTerms: Sendable, Equatable {
    /// What happens when nobody answers in time.
    public enum OnTimeout: String, Sendable, CaseIterable {
        case reject = "REJECT"
        case block = "BLOCK"
        /// Ask people of the next clearance.
        case escalate = "ESCALATE"
    }

    /// How long a decision waits, in seconds.
    public var timeoutSeconds: Int64 = 300
    public var onTimeout = OnTimeout.reject
    /// Whether the person must say why.
    public var requireJustification = false
    /// Where people are told.
    public var channels: [String] = []
    /// Who may answer; empty means everybody with enough clearance.
    public var principals: [String] = []

    static let longestTimeout: Int64 = 7 * 86_400

    init() {}

    /// Reads the section's keys, which both languages share; `reader` is left to be finished.
    init(_ reader: inout NodeReader, _ text: PolicyText, _ findings: inout FindingLog) {
        timeoutSeconds = reader.integer("timeout_seconds", in: 1...Self.longestTimeout, &findings) ?? 300
        onTimeout =
            reader.word("on_timeout", OnTimeout.allCases, &findings) { node in
                node.text == "DENY" ? text.replacing(node, "DENY", with: "REJECT") : nil
            } ?? .reject
        requireJustification = reader.flag("require_justification", &findings) ?? false
        channels = reader.texts("channels", limit: 64, &findings)?.map(\.text) ?? []
        principals = reader.texts("principals", limit: 256, &findings)?.map(\.text) ?? []
    }
}

extension PolicyText {
    /// The replacement of a scalar's text, quotes kept; nil when it is not written as it reads.
    func replacing(_ node: PolicyNode, _ text: String, with replacement: String) -> PolicyFinding.Fix? {
        guard var start = offset(of: node.at), start < bytes.count else { return nil }
        if bytes[start] == 0x22 || bytes[start] == 0x27 { start += 1 }
        let end = start + text.utf8.count
        guard end <= bytes.count, bytes[start..<end].elementsEqual(text.utf8) else { return nil }
        return PolicyFinding.Fix(range: start..<end, replacement: replacement)
    }
}

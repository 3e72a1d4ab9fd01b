public import ChanceryWire

/// One event of a stream (WHATWG HTML §9.2).
public struct ServerSentEvent: Sendable {
    /// What the client sends as `Last-Event-ID` to go on after it; nil for what is not gone back to.
    public let id: UInt64?
    /// The kind, as `decision`: lower-case words joined by dots or dashes.
    public let name: String
    public let data: JSONValue

    public init(id: UInt64? = nil, name: String, data: JSONValue) {
        precondition(
            !name.isEmpty && name.utf8.allSatisfy { (0x61...0x7a).contains($0) || $0 == 0x2e || $0 == 0x2d },
            "`\(name)` is no name of an event")
        self.id = id
        self.name = name
        self.data = data
    }

    /// The lines on the wire. Canonical JSON holds no line breaks, so the data is one line.
    func encoded() throws -> [UInt8] {
        Array(((id.map { "id: \($0)\n" } ?? "") + "event: \(name)\ndata: ").utf8) + (try CanonicalForm.jcs.encode(data)) + [
            0x0a, 0x0a,
        ]
    }

    /// What keeps a silent connection open.
    static let comment = Array(": \n\n".utf8)
}

/// The pattern of a path: literal segments and named ones, `/v1/ledger/events/{hash}`.
public struct PathTemplate: Sendable, Hashable, ExpressibleByStringLiteral {
    private enum Segment: Sendable, Hashable {
        case literal(String)
        case name(String)
    }

    public let text: String
    private let segments: [Segment]

    /// A path without a leading slash, or with an empty segment, is a mistake of the program and traps.
    public init(stringLiteral text: String) { self.init(text) }

    /// As a literal.
    public init(_ text: String) {
        precondition(text.hasPrefix("/") && !text.contains("//"), "`\(text)` is no path")
        self.text = text
        segments = text.split(separator: "/").map { segment in
            segment.hasPrefix("{") && segment.hasSuffix("}")
                ? .name(String(segment.dropFirst().dropLast())) : .literal(String(segment))
        }
    }

    /// The names of its parameters, in order.
    public var names: [String] { segments.compactMap { if case .name(let name) = $0 { name } else { nil } } }

    /// The parameters of `path`, still percent-encoded; nil when it has another shape. Nothing is normalised: a path with
    /// a trailing slash, an empty or a dotted segment is another path.
    public func match(_ path: Substring) -> [String: Substring]? { match(segments: Self.segments(of: path)) }

    /// The segments of a path, to be matched with several templates.
    public static func segments(of path: Substring) -> [Substring] {
        path.split(separator: "/", omittingEmptySubsequences: false)
    }

    /// As ``match(_:)``.
    public func match(segments parts: [Substring]) -> [String: Substring]? {
        guard !segments.isEmpty else { return parts == ["", ""] ? [:] : nil }
        guard parts.count == segments.count + 1, parts[0].isEmpty else { return nil }
        var found: [String: Substring] = [:]
        for (segment, part) in zip(segments, parts.dropFirst()) {
            switch segment {
            case .literal(let text): guard text.utf8.elementsEqual(part.utf8) else { return nil }
            case .name(let name):
                guard !part.isEmpty else { return nil }
                found[name] = part
            }
        }
        return found
    }
}

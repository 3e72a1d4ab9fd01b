public import ChanceryWire

/// Where a grant, a freeze or a delegation applies: a path such as `prod/eu/billing`, or everything.
///
/// 1 to 8 segments of `[a-z0-9][a-z0-9._-]{0,31}` joined by `/`; `*` alone is everything.
public struct Scope: Sendable, Hashable, CustomStringConvertible {
    public static let everything = Scope(trusted: [])
    public static let depth = 1...8

    /// None for everything.
    public let segments: [String]

    private init(trusted segments: [String]) { self.segments = segments }

    /// - Throws: `wire.invalid_value` for any other text.
    public init(_ text: String) throws(WireError) {
        guard !text.utf8.elementsEqual("*".utf8) else {
            self = .everything
            return
        }
        let segments = text.utf8.split(separator: 0x2f, maxSplits: Self.depth.upperBound, omittingEmptySubsequences: false)
        guard Self.depth.contains(segments.count), segments.allSatisfy(Self.isSegment) else {
            throw WireError(
                .invalidValue, "a scope is `*` or 1 to 8 segments of a-z 0-9 . _ - joined by /, not `\(text.prefix(64))`")
        }
        self.segments = segments.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func isSegment(_ segment: Substring.UTF8View) -> Bool {
        guard let first = segment.first, segment.count <= 32 else { return false }
        return isWord(first) && segment.allSatisfy { isWord($0) || $0 == 0x2d || $0 == 0x2e || $0 == 0x5f }
    }

    private static func isWord(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) }

    public var text: String { segments.isEmpty ? "*" : segments.joined(separator: "/") }
    public var description: String { text }

    /// Whether `other` lies within this scope; a scope lies within itself.
    public func covers(_ other: Scope) -> Bool { other.segments.starts(with: segments) }

    /// Whether some place lies in both.
    public func overlaps(_ other: Scope) -> Bool { covers(other) || other.covers(self) }

    /// This scope and every wider one, the narrowest first.
    package var enclosing: [Scope] {
        (0...segments.count).reversed().map { Scope(trusted: Array(segments[..<$0])) }
    }
}

extension RecordReader {
    mutating func scope(_ name: String = "scope") throws(WireError) -> Scope { try Scope(string(name, limit: 320)) }
}

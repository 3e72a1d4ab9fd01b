internal import Hummingbird
internal import NIOCore

/// Content of a known length, whole or in part, fetched as the client takes it.
///
/// Its length is stated. When fetching fails on the way the connection ends before so many bytes were sent: nobody can take
/// what came for the whole.
public struct ContentStream: Sendable {
    /// Most bytes of a piece.
    static let piece: UInt64 = 1 << 20

    /// Bytes of the content from one place up to another.
    typealias Source = @Sendable (Range<UInt64>) async throws -> [UInt8]

    let part: ContentRange
    /// A strong validator (RFC 9110 §8.8.3), with its quotes.
    let tag: String
    private let first: [UInt8]
    private let source: Source

    /// Fetches the first piece: what is refused before it is an answer of its own.
    init(_ part: ContentRange, tag: String, source: @escaping Source) async throws {
        self.part = part
        self.tag = tag
        self.source = source
        first = try await source(Self.next(from: part.bytes.lowerBound, in: part.bytes))
    }

    private static func next(from place: UInt64, in range: Range<UInt64>) -> Range<UInt64> {
        // Pieces begin where runs of chunks do.
        let end = min(range.upperBound, (place / piece + 1) * piece)
        return place..<max(place, end)
    }

    var body: ResponseBody {
        let (range, first, source) = (part.bytes, first, source)
        return ResponseBody(contentLength: range.count) { writer in
            var place = range.lowerBound + UInt64(first.count)
            if !first.isEmpty { try await writer.write(ByteBuffer(bytes: first)) }
            while place < range.upperBound {
                let piece = try await source(Self.next(from: place, in: range))
                // A source that has less than it said must not make an answer that never ends.
                guard !piece.isEmpty else { throw ConnectionEnd() }
                try await writer.write(ByteBuffer(bytes: piece))
                place += UInt64(piece.count)
            }
            try await writer.finish(nil)
        }
    }
}

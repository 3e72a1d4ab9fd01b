import ChanceryVault
import Testing

struct BodyGeometryTests {
    @Test(
        arguments: [
            (0, 1, 72), (1, 1, 73), (16_383, 1, 16_455), (16_384, 2, 16_472), (16_385, 2, 16_473), (32_767, 2, 32_855),
            (32_768, 3, 32_872), (32_769, 3, 32_873), ((1 << 52) - 1, 1 << 38, (1 << 52) - 1 + 56 + 1 << 42),
        ] as [(UInt64, UInt64, UInt64)])
    func `there is one chunking for each length`(length: UInt64, chunks: UInt64, body: UInt64) throws {
        let geometry = try BodyGeometry(length: length)
        #expect(geometry.chunkCount == chunks)
        #expect(geometry.bodyLength == body)
        #expect(try BodyGeometry(bodyLength: body) == geometry)
    }

    @Test(
        arguments: [
            0, 55, 56, 71, 56 + 16_400, 56 + 16_400 + 15, 56 + 2 * 16_400, (1 << 52) + 56 + 1 << 42, .max,
        ] as [UInt64])
    func `a length that no body has is refused`(length: UInt64) {
        let error = #expect(throws: VaultError.self) { try BodyGeometry(bodyLength: length) }
        #expect(error?.reason == .bodyLength)
    }

    @Test(arguments: [1 << 52, .max] as [UInt64])
    func `content beyond 4 PiB is refused`(length: UInt64) {
        let error = #expect(throws: VaultError.self) { try BodyGeometry(length: length) }
        #expect(error?.reason == .bodyLength)
    }

    @Test func `every length of a body but those of a cut belongs to one length of content`() throws {
        let lengths = Set(try (0..<50_000).map { try BodyGeometry(length: $0).bodyLength })
        for length in UInt64(0)..<50_000 {
            #expect((try? BodyGeometry(bodyLength: length)) != nil ? lengths.contains(length) : !lengths.contains(length))
        }
    }

    @Test func `the chunks of a range are those that hold its bytes`() throws {
        var numbers = SeededNumbers(0x0b0d_2026)
        for _ in 0..<2000 {
            let length = UInt64.random(in: 0...100_000, using: &numbers)
            let geometry = try BodyGeometry(length: length)
            let first = UInt64.random(in: 0...length, using: &numbers)
            let last = UInt64.random(in: first...length, using: &numbers)
            let chunks = try geometry.chunks(covering: first..<last)
            #expect(chunks.isEmpty == (first == last))
            guard !chunks.isEmpty else { continue }
            let content = try geometry.contentRange(of: chunks)
            #expect(content.lowerBound <= first && content.upperBound >= last)
            #expect(first - content.lowerBound < 16_384 && content.upperBound - last < 16_384)
            let sealed = try geometry.sealedRange(of: chunks)
            #expect(sealed.lowerBound == 56 + chunks.lowerBound * 16_400)
            #expect(sealed.count == content.count + chunks.count * 16)
        }
        let geometry = try BodyGeometry(length: 100)
        for refused in [0..<101, 101..<101, 101..<102] as [Range<UInt64>] {
            #expect(throws: VaultError.self) { try geometry.chunks(covering: refused) }
        }
        #expect(throws: VaultError.self) { try geometry.sealedRange(of: 0..<2) }
        #expect(throws: VaultError.self) { try geometry.contentRange(of: 1..<UInt64.max) }
    }

    @Test(arguments: [0, 16_383, 16_384, 64 * 16_384 - 1, 64 * 16_384, 65 * 16_384] as [UInt64])
    func `runs cover every chunk once`(length: UInt64) throws {
        let geometry = try BodyGeometry(length: length)
        let runs = Array(geometry.runs(of: 64))
        #expect(runs.flatMap(Array.init) == Array(geometry.chunks))
        #expect(runs.allSatisfy { (1...64).contains($0.count) })
    }
}

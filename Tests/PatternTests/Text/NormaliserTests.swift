import ChanceryPatterns
import Foundation
import Testing

@Suite struct NormaliserTests {
    private struct Golden {
        let text: [UInt32]
        let normalised: [UInt32]
        let plain: [UInt32]
    }

    private static let lines: [[Substring]] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Golden/normalisation.txt")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").dropFirst().map { $0.split(separator: ";", omittingEmptySubsequences: false) }
    }()

    private func scalars(_ bytes: [UInt8]) -> [UInt32] { String(decoding: bytes, as: UTF8.self).unicodeScalars.map(\.value) }

    private func bytes(_ scalars: some Sequence<UInt32>) -> [UInt8] {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars.compactMap(Unicode.Scalar.init))
        return Array(String(text).utf8)
    }

    private func points(_ field: Substring) -> [UInt32] { field.split(separator: " ").compactMap { UInt32($0, radix: 16) } }

    @Test func `both forms of sampled texts are those of Python's tables`() {
        let samples = Self.lines.dropFirst()
        #expect(samples.count == 1200)
        for line in samples {
            let text = bytes(points(line[0]))
            #expect(scalars(Normaliser.normalised(text, .folded)) == points(line[1]), "folded \(line[0])")
            #expect(scalars(Normaliser.normalised(text, .plain)) == points(line[2]), "plain \(line[0])")
        }
    }

    @Test func `both forms of every single scalar below U+32000 are those of Python's tables`() throws {
        let sums = try #require(Self.lines.first)
        for (form, expected) in [(Normaliser.Form.folded, sums[1]), (.plain, sums[2])] {
            var sum: UInt64 = 0
            for scalar in UInt32(0)..<0x32000 where !(0xd800..<0xe000).contains(scalar) {
                for point in scalars(Normaliser.normalised(bytes([scalar]), form)) {
                    sum = (sum * 31 + UInt64(point) + 1) % (1 << 56)
                }
                sum = sum * 31 % (1 << 56)
            }
            #expect(String(sum) == expected)
        }
    }

    @Test func `a normalised text is normalised`() {
        for line in Self.lines.dropFirst() {
            let folded = Normaliser.normalised(bytes(points(line[0])), .folded)
            #expect(Normaliser.normalised(folded, .folded) == folded, "\(line[0])")
        }
    }

    @Test func `a long run of marks is sorted in good time`() {
        let marks: [UInt32] = [0x61] + (0..<60_000).map { $0 % 2 == 0 ? 0x301 : 0x323 }
        let sorted = scalars(Normaliser.normalised(bytes(marks), .plain))
        #expect(sorted.count == 60_000)
        #expect(sorted.first == 0x1ea1)
    }
}

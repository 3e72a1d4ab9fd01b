import Foundation

/// Generates damaged inputs from valid ones, the same ones for the same seed.
public struct Mutator: RandomNumberGenerator {
    public let seed: UInt64
    private var state: UInt64
    private let corpus: [[UInt8]]

    /// The seed comes from `CHANCERY_SEED`, or is fixed, so that a failure can be repeated.
    public init(_ name: String, corpus: [[UInt8]]) {
        seed = ProcessInfo.processInfo.environment["CHANCERY_SEED"].flatMap { UInt64($0) } ?? 0x5eed_2026
        state = seed
        self.corpus = corpus
        print("mutations of \(name): seed \(seed)")
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    public mutating func next(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// A valid input after one to four changes.
    public mutating func input() -> [UInt8] {
        var bytes = corpus[next(corpus.count)]
        for _ in 0...next(4) { change(&bytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let position = bytes.isEmpty ? 0 : next(bytes.count)
        let end = min(bytes.count, position + 1 + next(8))
        switch next(8) {
        case 0 where !bytes.isEmpty: bytes[position] ^= 1 << UInt8(next(8))
        case 1 where !bytes.isEmpty: bytes[position] = UInt8(next(256))
        case 2: bytes.removeSubrange(position..<end)
        case 3: bytes.insert(contentsOf: bytes[position..<end], at: position)
        case 4: bytes.removeSubrange(position...)
        case 5: bytes.insert(UInt8(next(256)), at: position)
        case 6: bytes.insert(contentsOf: Self.tokens[next(Self.tokens.count)], at: position)
        default:
            let other = corpus[next(corpus.count)]
            bytes = bytes[..<position] + other.suffix(next(other.count + 1))
        }
    }

    private static let tokens =
        [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "\\udc00", "-", "1e999", "1e-999", ".", "0", "00",
            "18446744073709551616", "null", "true", "[[[[[[[[", "=", "==", "\u{feff}", "\u{212a}", " ", "\n",
        ].map { Array($0.utf8) } + [[0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff], [0x00]]
}

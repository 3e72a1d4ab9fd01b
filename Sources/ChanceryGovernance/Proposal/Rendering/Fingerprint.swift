public import ChancerySuite
internal import ChanceryWire

/// Six words that stand for one proposal, so that people can compare what they vote on by voice.
///
/// 66 bits of scrypt (N = 2^15, r = 8, p = 1) over the proposal's id: finding a second proposal with the same words takes
/// 2^65 such hashes on average. Made in about a tenth of a second with 32 MiB.
public struct Fingerprint: Sendable, Hashable, CustomStringConvertible {
    public static let label = "chancery/fingerprint/v1"
    public static let wordCount = 6

    /// The 2,048 words of which a fingerprint has six.
    public static var wordList: [String] { WordList.words }

    public let words: [String]
    /// The full id, to be shown beside the words.
    public let id: [UInt8]

    public var text: String { words.joined(separator: " ") }
    public var description: String { text }

    /// - Throws: `suite.operation_failed` when memory is short.
    public init(of id: [UInt8]) throws(SuiteError) {
        var passphrase = id
        let hash = try ScryptParameters(logN: 15, blockSize: 8, parallelism: 1)
            .derive(passphrase: SecretBytes(erasing: &passphrase), salt: Array(Self.label.utf8), count: 9).copyForExport()
        // The first 66 bits, eleven for each word.
        words = (0..<Self.wordCount).map { word in
            let index = (0..<11).reduce(0) { value, bit in
                let place = word * 11 + bit
                return value << 1 | Int(hash[place / 8] >> UInt8(7 - place % 8) & 1)
            }
            return WordList.words[index]
        }
        self.id = id
    }

    /// Whether `text` is these words, in any case and spacing.
    public func matches(_ text: String) -> Bool {
        text.lowercased().split(whereSeparator: { $0.isWhitespace || $0 == "-" }).map(String.init) == words
    }
}

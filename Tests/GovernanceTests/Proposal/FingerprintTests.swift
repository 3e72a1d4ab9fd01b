import ChanceryGovernance
import Testing

struct FingerprintTests {
    @Test(
        arguments: [
            (Array(0..<32), "private nothing answer moment foam assault"),
            ([UInt8](repeating: 0, count: 32), "pizza van shove deny wedding broom"),
        ] as [([UInt8], String)])
    func `a fingerprint is six words of scrypt`(id: [UInt8], words: String) throws {
        let fingerprint = try Fingerprint(of: id)
        #expect(fingerprint.text == words)
        #expect(fingerprint.matches(words) && fingerprint.matches("  \(words.uppercased())\n"))
        #expect(!fingerprint.matches(words + " zoo") && !fingerprint.matches("") && fingerprint.id == id)
    }

    @Test func `a word is known by its first four letters`() {
        #expect(Fingerprint.wordList.count == 2048)
        #expect(Set(Fingerprint.wordList).count == 2048)
        #expect(Set(Fingerprint.wordList.map { $0.prefix(4) }).count == 2048)
        #expect(Fingerprint.wordList == Fingerprint.wordList.sorted())
        #expect(Fingerprint.wordList.first == "abandon" && Fingerprint.wordList.last == "zoo")
    }
}

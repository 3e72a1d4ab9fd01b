import ChanceryLedger
import ChancerySuite
import Testing

/// Entries and files that the tests of this folder share. Scrypt runs at N = 2^10 to keep them quick.
enum KeyFileSample {
    static let salt = (0..<32).map { UInt8($0) }
    static let nonce = (0..<12).map { UInt8(0x40 + $0) }

    static func quick() throws -> ScryptParameters { try ScryptParameters(logN: 10, blockSize: 1, parallelism: 1) }

    static func secret(_ bytes: [UInt8]) -> SecretBytes {
        var copy = bytes
        return SecretBytes(erasing: &copy)
    }

    static func bytes(_ secret: borrowing SecretBytes) -> [UInt8] {
        unsafe secret.withBytes { bytes in unsafe Array(bytes) }
    }

    static func file() throws -> KeyFile {
        try KeyFile([
            KeyFileEntry("root/ml-dsa-65", secret([1, 2, 3])), KeyFileEntry("record/hybrid", secret([4, 5])),
        ])
    }

    static func encrypted() throws -> [UInt8] {
        try file().encode(passphrase: Passphrase("open sesame"), salt: salt, nonce: nonce, parameters: quick())
    }

    static func code(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch let error as LedgerError {
            return error.code
        } catch {
            return "untyped: \(error)"
        }
    }
}

struct KeyFileTests {
    @Test func `secrets come back under their labels`() throws {
        let opened = try KeyFile.open(KeyFileSample.encrypted(), passphrase: Passphrase("open sesame"))
        #expect(opened.entries.map(\.label) == ["record/hybrid", "root/ml-dsa-65"])
        #expect(KeyFileSample.bytes(try #require(opened["root/ml-dsa-65"]).secret) == [1, 2, 3])
        #expect(opened["root"] == nil)
        let open = try KeyFile.openUnencrypted(KeyFileSample.file().encodeUnencrypted())
        #expect(KeyFileSample.bytes(try #require(open["record/hybrid"]).secret) == [4, 5])
    }

    @Test func `the bytes of a file are those of the specification`() throws {
        let bytes = try KeyFileSample.encrypted()
        #expect(Array(bytes[..<9]) == Array("CHKF".utf8) + [1, 1, 10, 1, 1])
        #expect(Array(bytes[9..<41]) == KeyFileSample.salt && Array(bytes[41..<53]) == KeyFileSample.nonce)
        let key = try KeyFileSample.quick().derive(
            passphrase: KeyFileSample.secret(Array("open sesame".utf8)), salt: KeyFileSample.salt, count: 32)
        let body = try AEAD.open(
            Array(bytes[57...]), key: key, nonce: KeyFileSample.nonce, authenticating: Array(bytes[..<57]))
        let expected: [UInt8] =
            [0, 2, 13] + Array("record/hybrid".utf8) + [0, 0, 0, 2, 4, 5, 14] + Array("root/ml-dsa-65".utf8) + [
                0, 0, 0, 3, 1, 2, 3,
            ]
        #expect(body == expected)
        let open = try KeyFileSample.file().encodeUnencrypted()
        #expect(
            Array(open[..<22]) == Array("CHKF".utf8) + [1, 0] + Array("UNENCRYPTED\n".utf8) + [0, 0, 0, UInt8(expected.count)])
        #expect(Array(open[22..<22 + expected.count]) == expected)
    }

    @Test func `every truncation and extension is refused`() throws {
        let passphrase = try Passphrase("open sesame")
        let encrypted = try KeyFileSample.encrypted()
        let open = try KeyFileSample.file().encodeUnencrypted()
        for length in encrypted.indices {
            let code = KeyFileSample.code { _ = try KeyFile.open(Array(encrypted[..<length]), passphrase: passphrase) }
            #expect(code == "ledger.key_file_corrupted", "length \(length)")
        }
        for length in open.indices {
            let code = KeyFileSample.code { _ = try KeyFile.openUnencrypted(Array(open[..<length])) }
            #expect(code == "ledger.key_file_corrupted", "length \(length)")
        }
        #expect(
            KeyFileSample.code { _ = try KeyFile.open(encrypted + [0], passphrase: passphrase) } == "ledger.key_file_corrupted")
        #expect(KeyFileSample.code { _ = try KeyFile.openUnencrypted(open + [0]) } == "ledger.key_file_corrupted")
    }

    @Test func `every flipped bit is refused`() throws {
        let passphrase = try Passphrase("open sesame")
        let encrypted = try KeyFileSample.encrypted()
        let open = try KeyFileSample.file().encodeUnencrypted()
        let known: Set<String?> = [
            "ledger.key_file_corrupted", "ledger.wrong_passphrase", "ledger.key_file_not_encrypted",
            "ledger.passphrase_required",
        ]
        for bit in 0..<encrypted.count * 8 {
            var changed = encrypted
            changed[bit / 8] ^= 1 << (bit % 8)
            // A larger N is accepted up to its bounds and would only cost time here.
            if bit / 8 == 6, (11...20).contains(changed[6]) { continue }
            #expect(known.contains(KeyFileSample.code { _ = try KeyFile.open(changed, passphrase: passphrase) }), "bit \(bit)")
        }
        for bit in 0..<open.count * 8 {
            var changed = open
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(known.contains(KeyFileSample.code { _ = try KeyFile.openUnencrypted(changed) }), "bit \(bit)")
        }
    }

    @Test func `costly parameters are refused before any work`() throws {
        var bytes = try KeyFileSample.encrypted()
        for parameters: [UInt8] in [
            [20, 64, 64], [21, 8, 1], [9, 8, 1], [255, 255, 255], [17, 0, 1], [17, 8, 0], [20, 64, 1],
        ] {
            bytes.replaceSubrange(6..<9, with: parameters)
            let code = KeyFileSample.code { _ = try KeyFile.open(bytes, passphrase: Passphrase("open sesame")) }
            #expect(code == "ledger.key_file_corrupted", "parameters \(parameters)")
        }
    }

    @Test func `an unencrypted file is never taken for an encrypted one`() throws {
        let open = try KeyFileSample.file().encodeUnencrypted()
        #expect(
            KeyFileSample.code { _ = try KeyFile.open(open, passphrase: Passphrase("x")) } == "ledger.key_file_not_encrypted")
        let encrypted = try KeyFileSample.encrypted()
        #expect(KeyFileSample.code { _ = try KeyFile.openUnencrypted(encrypted) } == "ledger.passphrase_required")
        #expect(KeyFile.looksEncrypted(encrypted) && !KeyFile.looksEncrypted(open))
    }

    @Test func `passphrases are normalised, and blank or wrong ones refused`() throws {
        let bytes = try KeyFileSample.file().encode(
            passphrase: Passphrase("e\u{301}te\u{301} \u{fb01}"), salt: KeyFileSample.salt, nonce: KeyFileSample.nonce,
            parameters: KeyFileSample.quick())
        #expect(try KeyFile.open(bytes, passphrase: Passphrase("\u{e9}t\u{e9} fi")).entries.count == 2)
        #expect(
            KeyFileSample.code { _ = try KeyFile.open(bytes, passphrase: Passphrase("other")) } == "ledger.wrong_passphrase")
        for blank in ["", "   ", "\t\u{3000}\n"] {
            #expect(
                KeyFileSample.code { _ = try KeyFile.open(bytes, passphrase: Passphrase(blank)) } == "ledger.blank_passphrase")
            let code = KeyFileSample.code {
                _ = try KeyFileSample.file().encode(
                    passphrase: Passphrase(blank), salt: KeyFileSample.salt, nonce: KeyFileSample.nonce)
            }
            #expect(code == "ledger.blank_passphrase")
        }
        var notText: [UInt8] = [0xff]
        #expect(KeyFileSample.code { _ = try Passphrase(erasing: &notText) } == "ledger.invalid_passphrase")
        #expect(KeyFileSample.code { _ = try Passphrase(String(repeating: "a", count: 4097)) } == "ledger.invalid_passphrase")
    }

    @Test func `entries that a file cannot hold are refused`() throws {
        let content = "ledger.invalid_key_file_content"
        #expect(KeyFileSample.code { _ = try KeyFile([]) } == content)
        #expect(KeyFileSample.code { _ = try KeyFileEntry("", KeyFileSample.secret([1])) } == content)
        #expect(KeyFileSample.code { _ = try KeyFileEntry("Upper", KeyFileSample.secret([1])) } == content)
        #expect(KeyFileSample.code { _ = try KeyFileEntry("big", SecretBytes(count: 65_537)) } == content)
        let twice = try [KeyFileEntry("a", KeyFileSample.secret([1])), KeyFileEntry("a", KeyFileSample.secret([2]))]
        #expect(KeyFileSample.code { _ = try KeyFile(twice) } == content)
        let wrongSalt = KeyFileSample.code {
            _ = try KeyFileSample.file().encode(passphrase: Passphrase("x"), salt: [1], nonce: KeyFileSample.nonce)
        }
        #expect(wrongSalt == content)
    }

    /// Bodies under a right checksum, so that the inner layout is what refuses them.
    @Test(
        arguments: [
            [], [0], [0, 0], [0, 1], [0, 1, 1, 0x61], [0, 1, 1, 0x61, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 1, 9],
            [0, 1, 1, 0x41, 0, 0, 0, 1, 9],
            [0, 1, 1, 0x61, 0, 0, 0, 2, 9], [0, 1, 1, 0x61, 0, 0, 0, 1, 9, 9], [0, 1, 1, 0x61, 0xff, 0xff, 0xff, 0xff, 9],
            [0, 2, 1, 0x61, 0, 0, 0, 1, 9, 1, 0x61, 0, 0, 0, 1, 9], [0, 2, 1, 0x62, 0, 0, 0, 1, 9, 1, 0x61, 0, 0, 0, 1, 9],
            [0, 65, 1, 0x61, 0, 0, 0, 1, 9],
        ] as [[UInt8]])
    func `a malformed list of entries is refused`(body: [UInt8]) {
        let file = Array("CHKF".utf8) + [1, 0] + Array("UNENCRYPTED\n".utf8) + [0, 0, 0, UInt8(body.count)] + body
        let code = KeyFileSample.code { _ = try KeyFile.openUnencrypted(file + Digest.sha3_256(file)) }
        #expect(code == "ledger.key_file_corrupted")
    }

    @Test func `random bytes never trap`() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        let passphrase = try Passphrase("open sesame")
        let golden = [try KeyFileSample.encrypted(), try KeyFileSample.file().encodeUnencrypted()]
        for round in 0..<20_000 {
            var bytes = golden[round % 2]
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: .min ... .max, using: &generator)
            }
            if round % 3 == 0 { bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator))) }
            // Only files whose layout is refused: scrypt itself is not what is tested here.
            if bytes.count > 57, bytes[5] == 1 { bytes[6] = 0 }
            if let file = try? KeyFile.open(bytes, passphrase: passphrase) { #expect(file.entries.count == 2, "seed \(seed)") }
            if let file = try? KeyFile.openUnencrypted(bytes) {
                #expect(file.encodeUnencrypted() == bytes, "seed \(seed)")
            }
        }
    }
}

/// SplitMix64: repeatable test input from a printed seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

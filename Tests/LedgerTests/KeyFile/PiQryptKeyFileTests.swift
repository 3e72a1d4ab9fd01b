import ChanceryLedger
import ChancerySuite
import Testing

struct PiQryptKeyFileTests {
    private func versionTwo() throws -> [UInt8] {
        try PiQryptKeyFile.encode(
            KeyFileSample.secret((0..<4032).map { UInt8($0 & 255) }), version: .v2, passphrase: Passphrase("open sesame"),
            salt: Array(KeyFileSample.salt[..<16]), nonce: KeyFileSample.nonce, parameters: KeyFileSample.quick())
    }

    @Test func `a version 1 file has 97 bytes and opens with its passphrase`() throws {
        let seed = (0..<32).map { UInt8(200 - $0) }
        let bytes = try PiQryptKeyFile.encode(
            KeyFileSample.secret(seed), version: .v1, passphrase: Passphrase("open sesame"), salt: KeyFileSample.salt,
            nonce: KeyFileSample.nonce)
        #expect(bytes.count == 97)
        let file = try PiQryptKeyFile(decoding: bytes)
        let key = try file.deriveKey(Passphrase("open sesame"))
        #expect(KeyFileSample.bytes(try file.open(key: key)) == seed)
        // The salt only enters through the derived key, so the flips below need no further scrypt work.
        for bit in 37 * 8..<97 * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            let code = KeyFileSample.code { _ = try PiQryptKeyFile(decoding: changed).open(key: key) }
            #expect(code == "ledger.wrong_passphrase", "bit \(bit)")
        }
        for bit in 0..<5 * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(
                KeyFileSample.code { _ = try PiQryptKeyFile(decoding: changed) } == "ledger.key_file_corrupted", "bit \(bit)")
        }
    }

    @Test func `a version 2 file authenticates its header`() throws {
        let bytes = try versionTwo()
        #expect(bytes.count == 4090)
        let file = try PiQryptKeyFile(decoding: bytes)
        let key = try file.deriveKey(Passphrase("open sesame"))
        #expect(KeyFileSample.bytes(try file.open(key: key)).prefix(3) == [0, 1, 2])
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            let code = KeyFileSample.code { _ = try PiQryptKeyFile(decoding: changed).open(key: key) }
            #expect(code == "ledger.wrong_passphrase" || code == "ledger.key_file_corrupted", "bit \(bit)")
        }
    }

    @Test func `every truncation is refused`() throws {
        let bytes = try versionTwo()
        for length in bytes.indices {
            let code = KeyFileSample.code { _ = try PiQryptKeyFile(decoding: Array(bytes[..<length])) }
            #expect(code == "ledger.key_file_corrupted", "length \(length)")
        }
    }

    @Test func `blank passphrases, wrong lengths and unstatable parameters are refused`() throws {
        func encode(_ version: PiQryptKeyFile.Version, count: Int = 32, _ passphrase: String = "x", salt: Int = 32) -> String? {
            KeyFileSample.code {
                _ = try PiQryptKeyFile.encode(
                    SecretBytes(count: count), version: version, passphrase: Passphrase(passphrase),
                    salt: [UInt8](repeating: 0, count: salt), nonce: KeyFileSample.nonce, parameters: KeyFileSample.quick())
            }
        }
        #expect(encode(.v1, " ") == "ledger.blank_passphrase")
        #expect(encode(.v2, count: 4032, "", salt: 16) == "ledger.blank_passphrase")
        #expect(encode(.v1, count: 31) == "ledger.invalid_key_file_content")
        #expect(encode(.v1, salt: 16) == "ledger.invalid_key_file_content")
        #expect(encode(.v1) == "ledger.invalid_key_file_content", "version 1 cannot state scrypt parameters")
        let file = try PiQryptKeyFile(decoding: versionTwo())
        #expect(KeyFileSample.code { _ = try file.open(Passphrase(" ")) } == "ledger.blank_passphrase")
    }

    @Test(arguments: [
        #"{"format":"plaintext","version":"1.8.4","private_key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}"#,
        #"{"format":"plain","version":"1.8.4","private_key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","warning":""}"#,
        #"{"format":"plaintext","version":"1.8.4","private_key":"AAEC"}"#,
        #"{"format":"plaintext","version":"1.8.4","private_key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","x":1}"#,
    ])
    func `the plaintext form is read strictly`(text: String) {
        let code = KeyFileSample.code {
            let seed = try PiQryptPlaintextKey.read(Array(text.utf8))
            #expect(KeyFileSample.bytes(seed) == (0..<32).map { UInt8($0) })
        }
        #expect(code == (text.contains("plaintext") && text.contains("Hh8=\"}") ? nil : "ledger.key_file_corrupted"))
    }
}

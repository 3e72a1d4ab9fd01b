import ChancerySuite
import Testing

struct SignatureTests {
    private enum Format: KeyPurpose {
        static let name = "format"
        static let signsWithContext = false
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `every part of a signature and a key counts`(algorithm: SignatureAlgorithm) throws {
        let key = try PrivateSignatureKey.generate(algorithm)
        let verifier = try PublicSignatureKey(algorithm, key.publicKey)
        let signature = try key.sign([1, 2, 3])
        #expect(verifier.isValid(signature, for: [1, 2, 3]))
        #expect(signature.count == algorithm.signatureBytes && key.publicKey.count == algorithm.publicKeyBytes)
        for place in signature.indices.filter({ signature.count < 100 || $0 % 13 == 0 }) + [signature.count - 1] {
            var altered = signature
            altered[place] ^= 0x10
            #expect(!verifier.isValid(altered, for: [1, 2, 3]), "byte \(place)")
        }
        for length in [0, 1, signature.count - 1] { #expect(!verifier.isValid(Array(signature[..<length]), for: [1, 2, 3])) }
        #expect(!verifier.isValid(signature + [0], for: [1, 2, 3]))
        for length in [0, 1, key.publicKey.count - 1, key.publicKey.count + 1] {
            let error = #expect(throws: SuiteError.self) {
                try PublicSignatureKey(algorithm, [UInt8](repeating: 1, count: length))
            }
            #expect(error?.reason == .invalidKey)
        }
    }

    @Test func `a context of 256 bytes is refused and never verifies`() throws {
        let key = try PrivateSignatureKey.generate(.mlDSA65)
        let context = [UInt8](repeating: 1, count: 256)
        #expect(throws: SuiteError.self) { try key.sign([1], context: context) }
        #expect(try !PublicSignatureKey(.mlDSA65, key.publicKey).isValid(key.sign([1]), for: [1], context: context))
    }

    @Test func `a key for a format without contexts never signs a record`() throws {
        let key = try SigningKey<Format>.generate(.hybrid)
        let error = #expect(throws: SuiteError.self) { try key.sign([1], type: "chancery/a/v1") }
        #expect(error?.reason == .wrongPurpose)
        let record = try SigningKey<Purpose.Record>.generate(.hybrid)
        let verifier = try VerifyingKey<Format>(.hybrid, record.publicKey.bytes)
        #expect(try !verifier.isValid(record.sign([1], type: "chancery/a/v1"), for: [1], type: "chancery/a/v1"))
    }

    @Test(arguments: ["", String(repeating: "x", count: 256)])
    func `a record type that is empty or too long is refused`(type: String) throws {
        let key = try SigningKey<Purpose.Record>.generate(.mlDSA65)
        #expect(throws: SuiteError.self) { try key.sign([1], type: type) }
        #expect(!key.publicKey.isValid([UInt8](repeating: 0, count: 3309), for: [1], type: type))
    }

    @Test(arguments: [SignatureSuite.mlDSA65, .mlDSA87, .hybrid, .log])
    func `an exported seed gives the same key back`(suite: SignatureSuite) throws {
        let key = try SigningKey<Purpose.Record>.generate(suite)
        let seed = key.exportSeed()?.copyForExport() ?? []
        var copy = seed
        let again = try SigningKey<Purpose.Record>(suite, seed: SecretBytes(erasing: &copy))
        #expect(again.publicKey == key.publicKey)
        var short = Array(seed.dropLast())
        let secret = SecretBytes(erasing: &short)
        #expect(throws: SuiteError.self) { try SigningKey<Purpose.Record>(suite, seed: secret) }
    }

    @Test func `an expanded ML-DSA-65 key signs as its seed does and a damaged one is refused`() throws {
        let key = try PrivateSignatureKey.generate(.mlDSA65)
        let expanded = try key.exportExpandedMLDSA65().copyForExport()
        var copy = expanded
        let again = try PrivateSignatureKey(expandedMLDSA65: SecretBytes(erasing: &copy))
        let zero = [UInt8](repeating: 0, count: 32)
        #expect(try again.sign([1], context: [2], randomizer: zero) == key.sign([1], context: [2], randomizer: zero))
        #expect(again.publicKey == key.publicKey)
        // ρ, tr and s1. K only feeds the randomizer, and keys with small changes of s2 and t0 still sign.
        for place in [0, 31, 64, 127, 130, 767] {
            var damaged = expanded
            damaged[place] ^= 4
            let secret = SecretBytes(erasing: &damaged)
            #expect(throws: SuiteError.self, "byte \(place)") { try PrivateSignatureKey(expandedMLDSA65: secret) }
        }
    }
}

import ChancerySuite
import Testing

struct SealingTests {
    @Test func `sealed bytes open with their key, nonce and header alone`() throws {
        let key = SecretBytes.random(count: 32)
        let nonce = [UInt8](repeating: 7, count: 12)
        let sealed = try AEAD.seal([1, 2, 3], key: key, nonce: nonce, authenticating: [9])
        #expect(try AEAD.open(sealed, key: key, nonce: nonce, authenticating: [9]) == [1, 2, 3])
        for place in sealed.indices {
            for bit in 0..<8 {
                var altered = sealed
                altered[place] ^= 1 << UInt8(bit)
                let error = #expect(throws: SuiteError.self) {
                    try AEAD.open(altered, key: key, nonce: nonce, authenticating: [9])
                }
                #expect(error?.reason == .openFailed)
            }
            #expect(throws: SuiteError.self) { try AEAD.open(Array(sealed[..<place]), key: key, nonce: nonce) }
        }
        #expect(throws: SuiteError.self) { try AEAD.open(sealed, key: key, nonce: nonce, authenticating: [8]) }
        #expect(throws: SuiteError.self) { try AEAD.open(sealed, key: .random(count: 32), nonce: nonce, authenticating: [9]) }
    }

    @Test(arguments: [(16, 12), (24, 12), (31, 12), (33, 12), (32, 8), (32, 11), (32, 13), (32, 16)])
    func `other lengths of key and nonce neither seal nor open`(keyBytes: Int, nonceBytes: Int) {
        let nonce = [UInt8](repeating: 0, count: nonceBytes)
        let error = #expect(throws: SuiteError.self) {
            try AEAD.seal([1], key: SecretBytes(count: keyBytes), nonce: nonce)
        }
        #expect(error?.reason == .invalidParameters)
        #expect(throws: SuiteError.self) {
            try AEAD.open([UInt8](repeating: 0, count: 17), key: SecretBytes(count: keyBytes), nonce: nonce)
        }
    }

    @Test(arguments: EncapsulationAlgorithm.allCases)
    func `both sides of an encapsulation hold the same secret`(algorithm: EncapsulationAlgorithm) throws {
        let key = try DecapsulationKey(algorithm, seed: .random(count: algorithm.seedBytes))
        let capsule = try EncapsulationKey(algorithm, key.publicKey).encapsulate()
        #expect(capsule.ciphertext.count == algorithm.ciphertextBytes)
        #expect(key.publicKey.count == algorithm.publicKeyBytes)
        #expect(try key.decapsulate(capsule.ciphertext).copyForExport() == capsule.sharedSecret.copyForExport())
        let expanded = try key.expanded()
        #expect(expanded.publicKey == key.publicKey)
        for _ in 0..<2 {
            #expect(try expanded.decapsulate(capsule.ciphertext).copyForExport() == capsule.sharedSecret.copyForExport())
        }
        for length in [0, 1, algorithm.ciphertextBytes - 1, algorithm.ciphertextBytes + 1] {
            let error = #expect(throws: SuiteError.self) { _ = try key.decapsulate([UInt8](repeating: 0, count: length)) }
            #expect(error?.reason == .openFailed)
        }
        for length in [0, algorithm.publicKeyBytes - 1, algorithm.publicKeyBytes + 1] {
            #expect(throws: SuiteError.self) { try EncapsulationKey(algorithm, [UInt8](repeating: 0, count: length)) }
        }
        #expect(throws: SuiteError.self) { try DecapsulationKey(algorithm, seed: .random(count: algorithm.seedBytes + 1)) }
    }

    @Test func `a sealed message opens for its key, info and header alone`() throws {
        let key = try DecapsulationKey(.xWing, seed: .random(count: 32))
        let other = try DecapsulationKey(.xWing, seed: .random(count: 32))
        let sealed = try EncapsulationKey(.xWing, key.publicKey).seal([1, 2, 3], info: [5], authenticating: [6])
        #expect(try key.open(sealed, info: [5], authenticating: [6]) == [1, 2, 3])
        #expect(throws: SuiteError.self) { try key.open(sealed, info: [4], authenticating: [6]) }
        #expect(throws: SuiteError.self) { try key.open(sealed, info: [5], authenticating: [7]) }
        #expect(throws: SuiteError.self) { try other.open(sealed, info: [5], authenticating: [6]) }
        for place in stride(from: 0, to: sealed.encapsulatedKey.count, by: 97) {
            var altered = sealed.encapsulatedKey
            altered[place] ^= 1
            let message = SealedMessage(encapsulatedKey: altered, ciphertext: sealed.ciphertext)
            #expect(throws: SuiteError.self) { try key.open(message, info: [5], authenticating: [6]) }
        }
    }

    @Test(arguments: [
        (9, 8, 1), (21, 8, 1), (14, 0, 1), (14, 65, 1), (14, 8, 0), (14, 8, 65), (20, 16, 1), (20, 8, 4), (255, 8, 1),
    ])
    func `scrypt work beyond the limits is refused before it is done`(logN: UInt8, blockSize: UInt8, parallelism: UInt8) {
        let error = #expect(throws: SuiteError.self) {
            try ScryptParameters(logN: logN, blockSize: blockSize, parallelism: parallelism)
        }
        #expect(error?.reason == .invalidParameters)
    }

    @Test func `HKDF refuses lengths that RFC 5869 does not define`() throws {
        #expect(try Derivation.hkdfSHA256([1], info: [], count: 8160).count == 8160)
        for count in [-1, 0, 8161] {
            #expect(throws: SuiteError.self) { try Derivation.hkdfSHA256([1], info: [], count: count) }
        }
    }
}

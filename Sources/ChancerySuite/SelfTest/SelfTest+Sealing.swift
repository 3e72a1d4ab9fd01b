internal import ChanceryWire

extension SelfTest {
    /// Each ML-KEM answer is SHA3-256(public key ‖ ciphertext ‖ secret ‖ secret of the all-zero ciphertext); X-Wing's
    /// has no implicit rejection of its own.
    static let encapsulation: [Case] = [
        encapsulation(
            .mlKEM768,
            seed: "76b4ed39abf3687c0e06cb9f1d5664fb97cc4ed74ce51fc611345cccfda1bbe9"
                + "855334fcfcd7e5014a624202d72a5c9e345463fca579455c2ec5e368e101b209",
            entropy: "35473877f4614f2bc8fd1e5b7faac6174c408199813941db850a1b7137576626",
            "07b97cedfb114c4f4cc66b4a54060a23ded5b814a28aace2a072e9bb02c1fa01"),
        encapsulation(
            .mlKEM1024,
            seed: "38e42a9d33df3d1ee3a962c66861c224eb1e3830efca609db0f47c7313ebc2fe"
                + "a71ca298400d6542538a32a9fb0025825d04de93fcf5733e7f18205e5e025de4",
            entropy: "8157e792e278386b9d948bec207ea1a92efe97aa55ebb38765b5fc2fccc8f9b8",
            "34db5b73633c5c540c95987af290da57e02fe8aff886c1c3f063df405a759676"),
        encapsulation(
            .xWing, seed: xWingSeed, entropy: xWingEntropy,
            "d18dc2d299d611766365c4814587a68838c8bd8f27d2c0ea44c622ee065fbbd6"),
    ]

    static let sealing: [Case] = [
        Case("AES-256-GCM", "246ab775a680b062ad32f2e7d7c40c08f0a229d67f50952f6df35d45328b82c70ea9") {
            var bytes = [UInt8](0..<32)
            let key = SecretBytes(erasing: &bytes)
            let nonce = [UInt8](0..<12)
            let sealed = try AEAD.seal(message, key: key, nonce: nonce, authenticating: header)
            try require(
                AEAD.open(sealed, key: key, nonce: nonce, authenticating: header) == message, "the sealed bytes differ")
            var altered = sealed
            altered[0] ^= 1
            try require(
                (try? AEAD.open(altered, key: key, nonce: nonce, authenticating: header)) == nil, "altered bytes opened")
            return sealed
        },
        // Sealed with pyca under the nonce of chunk 1.
        Case("AES-256-GCM chunks", "c5b0a82e6cbd3dd3f7326434ad9bf231b2db96f3fb0bf592b4ef4a21cbc86bcf4108") {
            var bytes = [UInt8](0..<32)
            let bulk = try BulkAEAD(key: SecretBytes(erasing: &bytes), baseNonce: [UInt8](0..<12))
            var sealed = [UInt8](repeating: 0, count: message.count + AEAD.tagBytes)
            var target = sealed.mutableSpan
            try bulk.seal(message.span, at: 1, into: &target)
            var opened = [UInt8](repeating: 0, count: message.count)
            var slot = opened.mutableSpan
            try bulk.open(sealed.span, at: 1, into: &slot)
            try require(opened == message, "the chunk differs")
            return sealed
        },
        // RFC 3394 §4.6.
        Case("AES-256 key wrap", "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21") {
            var wrapping = [UInt8](0..<32)
            var bytes = try Hex.decode("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f")
            let kek = SecretBytes(erasing: &wrapping)
            let key = SecretBytes(erasing: &bytes)
            let wrapped = try KeyWrap.wrap(key, under: kek)
            try require(
                KeyWrap.unwrap(wrapped, under: kek).copyForExport() == key.copyForExport(), "the unwrapped key differs")
            return wrapped
        },
        // Sealed by hand from the shared secret of the first X-Wing vector and the key schedule of RFC 9180 §5.1.
        Case("HPKE X-Wing", Hex.encode(message)) {
            let key = try decapsulationKey(.xWing, xWingSeed)
            let capsule = try KnownAnswer.encapsulate(.xWing, to: key.publicKey, entropy: Hex.decode(xWingEntropy))
            let sealed = SealedMessage(
                encapsulatedKey: capsule.ciphertext,
                ciphertext: try Hex.decode("aee93d9f35fed7236c6ec0df50003a203e73ae0c7ad04e2445ca6642eac943091c73"))
            return try key.open(sealed, info: Array("chancery/self-test".utf8), authenticating: header)
        },
    ]

    private static let xWingSeed = "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26"
    private static let xWingEntropy =
        "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2"
        + "35b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2"

    private static func decapsulationKey(_ algorithm: EncapsulationAlgorithm, _ seed: String) throws -> DecapsulationKey {
        var seed = try Hex.decode(seed)
        return try DecapsulationKey(algorithm, seed: SecretBytes(erasing: &seed))
    }

    private static func encapsulation(
        _ algorithm: EncapsulationAlgorithm, seed: String, entropy: String, _ expected: String
    ) -> Case {
        Case(algorithm.rawValue, expected) {
            let key = try decapsulationKey(algorithm, seed)
            let capsule = try KnownAnswer.encapsulate(algorithm, to: key.publicKey, entropy: Hex.decode(entropy))
            let secret = try key.decapsulate(capsule.ciphertext).copyForExport()
            try require(secret == capsule.sharedSecret, "the two sides disagree")
            let zero = [UInt8](repeating: 0, count: algorithm.ciphertextBytes)
            let rejection = algorithm == .xWing ? [] : try key.decapsulate(zero).copyForExport()
            return Digest.sha3_256(key.publicKey + capsule.ciphertext + secret + rejection)
        }
    }
}

internal import ChanceryWire

extension SelfTest {
    /// Each answer is SHA3-256(public key ‖ signature); ML-DSA signs with an all-zero randomizer.
    static let signatures: [Case] = [
        signature(
            .ed25519, seed: Hex.encode([UInt8](0..<32)), message: Hex.encode(message), context: "",
            "814cb5e9e2fa6acbbb1372c444323ae65402c72a416a77b23b992bdbe8b3cfe1"),
        signature(
            .mlDSA44, seed: "2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a",
            message: "48656c6c6f20776f726c64", context: "436f6e74657874",
            "1491b0b66a38b61cddb273b3c01e6efc2403c9a8a6917ff394c2d82e7b51c768"),
        signature(
            .mlDSA65, seed: "99ee9df6a3a02535aa71261f47fc42eeb56054a8bda7c65acad49c7ca040cf58",
            message: "ca711e838a0edb3cc35ddbac2e9dc16fde4223308e0f5e6fb4db014e6ce0af0f",
            context: "676f7665726e616e63652f766f74652f7631",
            "98a0b8e3486366e18fafcf0d2d1b18a826743cc96fc791ffd185db9014cf5e2a"),
        signature(
            .mlDSA87, seed: "6b7acc24566578452afed3cd70149b271c1b235c46302294ce9a6597eac3c054",
            message: "ca711e838a0edb3cc35ddbac2e9dc16fde4223308e0f5e6fb4db014e6ce0af0f",
            context: "676f7665726e616e63652f766f74652f7631",
            "22b9747629efd22555634f12b335379c08c5a2a403412416cfd03e05859047df"),
    ]

    private static func signature(
        _ algorithm: SignatureAlgorithm, seed: String, message: String, context: String, _ expected: String
    ) -> Case {
        Case(algorithm.rawValue, expected) {
            var seed = try Hex.decode(seed)
            let message = try Hex.decode(message)
            let context = try Hex.decode(context)
            let key = try PrivateSignatureKey(algorithm, seed: SecretBytes(erasing: &seed))
            let signature =
                algorithm == .ed25519
                ? try key.sign(message)
                : try key.sign(message, context: context, randomizer: [UInt8](repeating: 0, count: 32))
            let verifier = try PublicSignatureKey(algorithm, key.publicKey)
            try require(verifier.isValid(signature, for: message, context: context), "a true signature was refused")
            try require(!verifier.isValid(signature, for: message + [0], context: context), "a false signature was accepted")
            return Digest.sha3_256(key.publicKey + signature)
        }
    }
}

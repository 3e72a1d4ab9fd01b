internal import ChancerySuite
internal import ChanceryWire

/// Wycheproof ML-DSA and Ed25519.
enum WycheproofSignatures {
    static let runners = [verification, signing, ed25519]

    private static func algorithm(_ file: VectorFile) -> SignatureAlgorithm? {
        file.json?["algorithm"]?.string.flatMap(SignatureAlgorithm.init(rawValue:))
    }

    private static let verification = VectorRunner("Wycheproof ML-DSA verification") {
        $0.json?["schema"]?.string == "mldsa_verify_schema.json" && algorithm($0) != nil
    } run: { file, _, log in
        guard let algorithm = algorithm(file) else { return }
        try VectorGroups(file.document).forEach { group, test, name in
            log.run(name) {
                let key = try? PublicSignatureKey.cached(algorithm, group.hex("publicKey"))
                let valid = try key?.isValid(
                    test.hex("sig"), for: test.hex("msg"), context: test.optionalHex("ctx") ?? [])
                $0.equal("valid", valid ?? false, try test.text("result") == "valid")
            }
        }
    }

    private static let signing = VectorRunner("Wycheproof ML-DSA signing") {
        $0.json?["schema"]?.string == "mldsa_sign_seed_schema.json" && algorithm($0) != nil
    } run: { file, _, log in
        guard let algorithm = algorithm(file) else { return }
        try VectorGroups(file.document).forEach { group, test, name in
            guard test["msg"] != nil else { return log.skip(name, .externalMu) }
            log.run(name) {
                var seed = try group.hex("privateSeed")
                let message = try test.hex("msg")
                let context = try test.optionalHex("ctx") ?? []
                let randomizer = try test.optionalHex("rnd") ?? [UInt8](repeating: 0, count: 32)
                guard try test.text("result") == "valid" else {
                    $0.throwing("an invalid request") {
                        let key = try PrivateSignatureKey(algorithm, seed: .taking(&seed))
                        _ = try key.sign(message, context: context, randomizer: randomizer)
                    }
                    return
                }
                let key = try PrivateSignatureKey(algorithm, seed: .taking(&seed))
                $0.equal("public key", key.publicKey, try group.hex("publicKey"))
                $0.equal(
                    "signature", try key.sign(message, context: context, randomizer: randomizer), try test.hex("sig"))
            }
        }
    }

    private static let ed25519 = VectorRunner("Wycheproof Ed25519") {
        $0.json?["schema"]?.string == "eddsa_verify_schema_v1.json"
            && $0.json?["testGroups"]?.array?.first?["publicKey"]?["curve"]?.string == "edwards25519"
    } run: { file, _, log in
        try VectorGroups(file.document).forEach { group, test, name in
            log.run(name) {
                let encoded = try group["publicKey"]?.hex("pk") ?? []
                let key = try PublicSignatureKey.cached(.ed25519, encoded)
                $0.equal(
                    "valid", key.isValid(try test.hex("sig"), for: try test.hex("msg")), try test.text("result") == "valid")
            }
        }
    }
}

extension SecretBytes {
    /// Takes the bytes of a vector over. An empty vector becomes one byte, which no key accepts.
    static func taking(_ bytes: inout [UInt8]) -> SecretBytes {
        if bytes.isEmpty { bytes = [0] }
        return SecretBytes(erasing: &bytes)
    }
}

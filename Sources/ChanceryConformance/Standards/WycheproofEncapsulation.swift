internal import ChancerySuite
internal import ChanceryWire

/// Wycheproof ML-KEM.
enum WycheproofEncapsulation {
    static let runners = [decapsulation, encapsulation, keyGeneration, expandedDecapsulation]

    private static func runner(
        _ title: String, schema: String,
        _ body: @escaping @Sendable (EncapsulationAlgorithm, JSONValue, inout Comparison) throws -> Void
    ) -> VectorRunner {
        VectorRunner("Wycheproof ML-KEM \(title)") {
            $0.json?["schema"]?.string == schema
        } run: { file, _, log in
            try VectorGroups(file.document).forEach { group, test, name in
                guard let algorithm = EncapsulationAlgorithm(rawValue: try group.text("parameterSet")) else {
                    return log.skip(name, .parameterSet)
                }
                log.run(name) { try body(algorithm, test, &$0) }
            }
        }
    }

    private static func isValid(_ test: JSONValue) throws -> Bool { try test.text("result") == "valid" }

    private static let decapsulation = runner("decapsulation", schema: "mlkem_test_schema.json") {
        algorithm, test, comparison in
        var seed = try test.hex("seed")
        let ciphertext = try test.hex("c")
        guard try isValid(test) else {
            comparison.throwing("an invalid seed or ciphertext") {
                _ = try DecapsulationKey(algorithm, seed: .taking(&seed)).decapsulate(ciphertext)
            }
            return
        }
        let key = try DecapsulationKey(algorithm, seed: .taking(&seed))
        comparison.equal("encapsulation key", key.publicKey, try test.hex("ek"))
        comparison.equal("shared secret", try key.decapsulate(ciphertext).copyForExport(), try test.hex("K"))
    }

    private static let encapsulation = runner("encapsulation", schema: "mlkem_encaps_test_schema.json") {
        algorithm, test, comparison in
        let encoded = try test.hex("ek")
        guard try isValid(test) else {
            comparison.throwing("an invalid encapsulation key") { _ = try EncapsulationKey(algorithm, encoded) }
            return
        }
        // The product encapsulates with fresh randomness; the given one goes to the same library below it.
        _ = try EncapsulationKey(algorithm, encoded).encapsulate()
        let found = try KnownAnswer.encapsulate(algorithm, to: encoded, entropy: test.hex("m"))
        comparison.equal("ciphertext", found.ciphertext, try test.hex("c"))
        comparison.equal("shared secret", found.sharedSecret, try test.hex("K"))
    }

    private static let keyGeneration = runner("key generation", schema: "mlkem_keygen_seed_test_schema.json") {
        algorithm, test, comparison in
        var seed = try test.hex("seed")
        comparison.equal("expanded key", try KnownAnswer.expand(algorithm, seed: seed), try test.hex("dk"))
        let key = try DecapsulationKey(algorithm, seed: .taking(&seed))
        comparison.equal("encapsulation key", key.publicKey, try test.hex("ek"))
    }

    private static let expandedDecapsulation = runner(
        "decapsulation with expanded keys", schema: "mlkem_semi_expanded_decaps_test_schema.json"
    ) { algorithm, test, comparison in
        let key = try test.hex("dk")
        let ciphertext = try test.hex("c")
        guard try isValid(test) else {
            comparison.throwing("an invalid key or ciphertext") {
                _ = try KnownAnswer.decapsulate(algorithm, expanded: key, ciphertext: ciphertext)
            }
            return
        }
        comparison.equal(
            "shared secret", try KnownAnswer.decapsulate(algorithm, expanded: key, ciphertext: ciphertext),
            try test.hex("K"))
    }
}

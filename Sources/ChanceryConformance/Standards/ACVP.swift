internal import ChancerySuite
internal import ChanceryWire

/// NIST ACVP vector sets for ML-DSA (FIPS 204) and ML-KEM (FIPS 203), alone or several in one file.
enum ACVP {
    static let runners = [
        VectorRunner("ACVP ML-DSA") {
            sets(of: $0, algorithm: "ML-DSA") != nil
        } run: { file, _, log in
            try run(file, "ML-DSA", &log) { try signatureCase($0, $1, $2, $3, $4, &$5) }
        },
        VectorRunner("ACVP ML-KEM") {
            sets(of: $0, algorithm: "ML-KEM") != nil
        } run: { file, _, log in
            try run(file, "ML-KEM", &log) { try encapsulationCase($0, $1, $2, $3, $4, &$5) }
        },
    ]

    private typealias Body = (
        _ mode: String, _ group: JSONValue, _ test: JSONValue, _ expected: JSONValue, _ name: String, _ log: inout CaseLog
    ) throws -> Void

    private static func sets(of file: VectorFile, algorithm: String) -> [JSONValue]? {
        guard let json = file.json, let sets = json["vectorSets"]?.array ?? (json["testGroups"] == nil ? nil : [json]),
            !sets.isEmpty, sets.allSatisfy({ $0["algorithm"]?.string == algorithm && $0["mode"] != nil })
        else { return nil }
        return sets
    }

    private static func run(_ file: VectorFile, _ algorithm: String, _ log: inout CaseLog, _ body: Body) throws {
        for set in sets(of: file, algorithm: algorithm) ?? [] {
            let mode = try set.text("mode")
            try VectorGroups(set).forEach { group, test, name in
                // A merged file keeps the answers apart from the questions.
                try body(mode, group, test, test["expected"] ?? test, "\(mode) \(name)", &log)
            }
        }
    }

    // MARK: ML-DSA

    private static func signatureCase(
        _ mode: String, _ group: JSONValue, _ test: JSONValue, _ expected: JSONValue, _ name: String, _ log: inout CaseLog
    ) throws {
        guard let algorithm = SignatureAlgorithm(rawValue: try group.text("parameterSet")) else {
            return log.skip(name, .parameterSet)
        }
        guard mode != "keyGen" else {
            return log.run(name) {
                var seed = try test.hex("seed")
                $0.equal("private key", try KnownAnswer.expand(algorithm, seed: seed), try expected.hex("sk"))
                let key = try PrivateSignatureKey(algorithm, seed: .taking(&seed))
                $0.equal("public key", key.publicKey, try expected.hex("pk"))
            }
        }
        if group["externalMu"]?.bool == true { return log.skip(name, .externalMu) }
        // The 2024 sets do not name the interface: they use the internal one.
        guard group["signatureInterface"]?.string == "external" else { return log.skip(name, .internalInterface) }
        guard group["preHash"]?.string ?? "pure" == "pure" else { return log.skip(name, .preHash) }
        switch mode {
        case "sigGen":
            guard algorithm == .mlDSA65 else { return log.skip(name, .expandedKey) }
            log.run(name) {
                var expanded = try test.hex("sk")
                let key = try PrivateSignatureKey(expandedMLDSA65: .taking(&expanded))
                let randomizer = try test.optionalHex("rnd") ?? [UInt8](repeating: 0, count: 32)
                $0.equal(
                    "signature",
                    try key.sign(test.hex("message"), context: test.hex("context"), randomizer: randomizer),
                    try expected.hex("signature"))
            }
        default:
            log.run(name) {
                let key = try? PublicSignatureKey(algorithm, (test["pk"] == nil ? group : test).hex("pk"))
                let valid = try key?.isValid(
                    test.hex("signature"), for: test.hex("message"), context: test.hex("context"))
                $0.equal("valid", valid ?? false, try expected.flag("testPassed"))
            }
        }
    }

    // MARK: ML-KEM

    private static func encapsulationCase(
        _ mode: String, _ group: JSONValue, _ test: JSONValue, _ expected: JSONValue, _ name: String, _ log: inout CaseLog
    ) throws {
        guard let algorithm = EncapsulationAlgorithm(rawValue: try group.text("parameterSet")) else {
            return log.skip(name, .parameterSet)
        }
        log.run(name) {
            if mode == "keyGen" {
                var seed = try test.hex("d") + test.hex("z")
                $0.equal("decapsulation key", try KnownAnswer.expand(algorithm, seed: seed), try expected.hex("dk"))
                let key = try DecapsulationKey(algorithm, seed: .taking(&seed))
                $0.equal("encapsulation key", key.publicKey, try expected.hex("ek"))
            } else if try group.text("function") == "encapsulation" {
                let encoded = try test.hex("ek")
                let found = try KnownAnswer.encapsulate(algorithm, to: encoded, entropy: test.hex("m"))
                $0.equal("ciphertext", found.ciphertext, try expected.hex("c"))
                $0.equal("shared secret", found.sharedSecret, try expected.hex("k"))
                if let expanded = try test.optionalHex("dk") {
                    let secret = try KnownAnswer.decapsulate(
                        algorithm, expanded: expanded, ciphertext: found.ciphertext)
                    $0.equal("decapsulated secret", secret, found.sharedSecret)
                }
            } else {
                let expanded = try (test["dk"] == nil ? group : test).hex("dk")
                let secret = try KnownAnswer.decapsulate(algorithm, expanded: expanded, ciphertext: test.hex("c"))
                $0.equal("shared secret", secret, try expected.hex("k"))
            }
        }
    }
}

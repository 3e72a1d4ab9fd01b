internal import ChancerySuite
internal import ChanceryWire

/// `mldsa.json` and `mlkem.json`: keys by seed, and what was signed and sealed with them.
enum PQCLattice {
    private static let zero = [UInt8](repeating: 0, count: 32)

    private static func keysByID(_ document: JSONValue) throws -> [String: JSONValue] {
        try Dictionary(document.list("keys").map { (try $0.text("id"), $0) }) { first, _ in first }
    }

    private static func key(_ keys: [String: JSONValue], _ test: JSONValue) throws -> JSONValue {
        guard let key = keys[try test.text("key")] else { throw WireError(.invalidValue, "the case names no key") }
        return key
    }

    private static func signatureAlgorithm(_ value: JSONValue) throws -> SignatureAlgorithm {
        guard let algorithm = SignatureAlgorithm(rawValue: try value.text("algorithm")) else {
            throw WireError(.invalidValue, "unknown algorithm")
        }
        return algorithm
    }

    private static func encapsulationAlgorithm(_ value: JSONValue) throws -> EncapsulationAlgorithm {
        guard let algorithm = EncapsulationAlgorithm(rawValue: try value.text("algorithm")) else {
            throw WireError(.invalidValue, "unknown algorithm")
        }
        return algorithm
    }

    static let signatures = VectorRunner("ML-DSA keys and signatures") {
        $0.name == "mldsa.json" && $0.json?["keys"]?.array != nil && $0.json?["cases"]?.array != nil
    } run: { file, _, log in
        let document = try file.document
        let keys = try keysByID(document)
        for (name, sizes) in document["sizes"]?.object?.members.map({ ($0.name, $0.value) }) ?? [] {
            log.run("sizes of \(name)") {
                guard let algorithm = SignatureAlgorithm(rawValue: name) else {
                    return $0.isTrue("the algorithm is known, which", false)
                }
                let expanded = try KnownAnswer.expand(algorithm, seed: zero)
                $0.equal("seed", 32, try sizes.number("seed"))
                $0.equal("public key", algorithm.publicKeyBytes, try sizes.number("public_key"))
                $0.equal("expanded key", expanded.count, try sizes.number("expanded_private_key"))
                $0.equal("signature", algorithm.signatureBytes, try sizes.number("signature"))
            }
        }
        for test in try document.list("keys") {
            log.run("key \(try test.text("id"))") {
                let algorithm = try signatureAlgorithm(test)
                var seed = try test.hex("seed")
                let expanded = try KnownAnswer.expand(algorithm, seed: seed)
                let key = try PrivateSignatureKey(algorithm, seed: .taking(&seed))
                $0.equal("public key", key.publicKey, try test.hex("public_key"))
                $0.equal("DID", "did:pqaid:" + Hex.encode(Digest.sha3_256(key.publicKey)), try test.text("did"))
                $0.equal("expanded key", expanded.count, try test.number("expanded_private_key_bytes"))
                $0.equal(
                    "hash of the expanded key", Digest.sha3_256(expanded), try test.hex("expanded_private_key_sha3_256"))
            }
        }
        for test in try document.list("cases") {
            log.run("\(try test.text("id")) (\(try test.text("why")))") {
                let algorithm = try signatureAlgorithm(test)
                let owner = try key(keys, test)
                let (message, context) = (try test.hex("message"), try test.hex("context"))
                let signature = try test.hex("signature")
                let encoded = try test.optionalHex("public_key_override") ?? owner.hex("public_key")
                let verifier = try? PublicSignatureKey.cached(algorithm, encoded)
                let valid = verifier?.isValid(signature, for: message, context: context) ?? false
                $0.equal("valid", valid, try test.flag("valid"))
                if test["deterministic"]?.bool == true {
                    var seed = try owner.hex("seed")
                    let key = try PrivateSignatureKey(algorithm, seed: .taking(&seed))
                    $0.equal("signature", try key.sign(message, context: context, randomizer: zero), signature)
                }
            }
        }
    }

    static let encapsulation = VectorRunner("ML-KEM keys and secrets") {
        $0.name == "mlkem.json" && $0.json?["keys"]?.array != nil && $0.json?["decapsulation"]?.array != nil
    } run: { file, _, log in
        let document = try file.document
        let keys = try keysByID(document)
        for (name, sizes) in document["sizes"]?.object?.members.map({ ($0.name, $0.value) }) ?? [] {
            log.run("sizes of \(name)") {
                guard let algorithm = EncapsulationAlgorithm(rawValue: name) else {
                    return $0.isTrue("the algorithm is known, which", false)
                }
                let expanded = try KnownAnswer.expand(algorithm, seed: zero + zero)
                $0.equal("seed", algorithm.seedBytes, try sizes.number("seed"))
                $0.equal("encapsulation key", algorithm.publicKeyBytes, try sizes.number("encapsulation_key"))
                $0.equal("expanded key", expanded.count, try sizes.number("expanded_decapsulation_key"))
                $0.equal("ciphertext", algorithm.ciphertextBytes, try sizes.number("ciphertext"))
                let secret = try DecapsulationKey(algorithm, seed: SecretBytes(count: 64))
                    .decapsulate([UInt8](repeating: 0, count: algorithm.ciphertextBytes))
                $0.equal("shared secret", secret.count, try sizes.number("shared_secret"))
            }
        }
        for test in try document.list("keys") {
            log.run("key \(try test.text("id"))") {
                let algorithm = try encapsulationAlgorithm(test)
                var seed = try test.hex("seed")
                let expanded = try KnownAnswer.expand(algorithm, seed: seed)
                let key = try DecapsulationKey(algorithm, seed: .taking(&seed))
                $0.equal("encapsulation key", key.publicKey, try test.hex("encapsulation_key"))
                $0.equal("expanded key", expanded.count, try test.number("expanded_decapsulation_key_bytes"))
                $0.equal(
                    "hash of the expanded key", Digest.sha3_256(expanded),
                    try test.hex("expanded_decapsulation_key_sha3_256"))
            }
        }
        for test in try document.list("encapsulation") {
            log.run("\(try test.text("id"))") {
                let encoded = try key(keys, test).hex("encapsulation_key")
                let found = try KnownAnswer.encapsulate(
                    encapsulationAlgorithm(test), to: encoded, entropy: test.hex("m"))
                $0.equal("ciphertext", found.ciphertext, try test.hex("ciphertext"))
                $0.equal("shared secret", found.sharedSecret, try test.hex("shared_secret"))
            }
        }
        for test in try document.list("decapsulation") {
            log.run("\(try test.text("id")) (\(try test.text("why")))") {
                var seed = try key(keys, test).hex("seed")
                let key = try DecapsulationKey(encapsulationAlgorithm(test), seed: .taking(&seed))
                let ciphertext = try test.hex("ciphertext")
                if try test.text("type") == "wrong-length" {
                    let error = $0.throwing("a ciphertext of the wrong length") { _ = try key.decapsulate(ciphertext) }
                    $0.equal("error", (error as? SuiteError)?.reason, .openFailed)
                } else {
                    let secret = try key.decapsulate(ciphertext).copyForExport()
                    $0.equal("shared secret", secret, try test.hex("shared_secret"))
                }
            }
        }
        for test in try document.list("invalid_encapsulation_keys") {
            log.run("\(try test.text("id")) (\(try test.text("why")))") {
                let encoded = try test.hex("encapsulation_key")
                let accepted = (try? EncapsulationKey(encapsulationAlgorithm(test), encoded)) != nil
                $0.equal("valid", accepted, try test.flag("valid"))
            }
        }
    }
}

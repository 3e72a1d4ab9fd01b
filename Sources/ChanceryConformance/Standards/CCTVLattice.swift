internal import ChancerySuite
internal import ChanceryWire

/// CCTV: ML-DSA signing benchmarks and ML-KEM edge cases.
enum CCTVLattice {
    static let runners = [benchmark, modulus, strcmp, expandedKeys]

    // The files name the parameter set in their name alone.
    private static func signatureAlgorithm(_ file: VectorFile) -> SignatureAlgorithm? {
        SignatureAlgorithm.allCases.first { !$0.isClassical && file.name.hasPrefix($0.rawValue + ".") }
    }

    private static func encapsulationAlgorithm(_ file: VectorFile) -> EncapsulationAlgorithm? {
        EncapsulationAlgorithm.allCases.first { file.name == $0.rawValue + ".txt" }
    }

    private static let benchmark = VectorRunner("CCTV ML-DSA benchmark messages") {
        signatureAlgorithm($0) != nil && $0.json?.array?.isEmpty == false
            && $0.json?.array?.allSatisfy { $0.string?.utf8.count == 26 } == true
    } run: { file, _, log in
        guard let algorithm = signatureAlgorithm(file), let messages = file.json?.array else { return }
        let zero = [UInt8](repeating: 0, count: 32)
        let key = try PrivateSignatureKey(algorithm, seed: SecretBytes(count: 32))
        let verifier = try PublicSignatureKey(algorithm, key.publicKey)
        for message in messages.compactMap(\.string) {
            log.run(message) {
                let bytes = Array(message.utf8)
                let signature = try key.sign(bytes, context: [], randomizer: zero)
                $0.isTrue("the signature", verifier.isValid(signature, for: bytes))
            }
        }
    }

    private static let modulus = VectorRunner("CCTV ML-KEM unreduced keys") { file in
        guard let algorithm = encapsulationAlgorithm(file), let lines = keyLines(file) else { return false }
        return lines.allSatisfy { $0.utf8.count == algorithm.publicKeyBytes * 2 }
    } run: { file, _, log in
        guard let algorithm = encapsulationAlgorithm(file) else { return }
        for (index, line) in (keyLines(file) ?? []).enumerated() {
            log.run("line \(index + 1)") {
                let encoded = try Hex.decode(line)
                let error = $0.throwing("an unreduced key") { _ = try EncapsulationKey(algorithm, encoded) }
                $0.equal("error", (error as? SuiteError)?.reason, .invalidKey)
            }
        }
    }

    private static func keyLines(_ file: VectorFile) -> [Substring]? {
        guard file.json == nil, let text = String(validating: file.bytes, as: UTF8.self), !text.isEmpty else { return nil }
        return text.split(separator: "\n")
    }

    private static let strcmp = VectorRunner("CCTV ML-KEM implicit rejection") {
        encapsulationAlgorithm($0) != nil && $0.assignments?.map(\.name) == ["dk", "c", "K"]
    } run: { file, _, log in
        guard let algorithm = encapsulationAlgorithm(file), let lines = file.assignments else { return }
        log.run("a ciphertext that differs after a zero byte") {
            let values = try lines.map { try Hex.decode($0.value) }
            $0.equal(
                "shared secret", try KnownAnswer.decapsulate(algorithm, expanded: values[0], ciphertext: values[1]),
                values[2])
        }
    }

    private static let expandedKeys = VectorRunner("CCTV ML-KEM from key to secret") {
        let names = Set($0.assignments?.map(\.name) ?? [])
        return encapsulationAlgorithm($0) != nil && names.isSuperset(of: ["d", "z", "ek", "dk", "m", "K", "c"])
    } run: { file, _, log in
        guard let algorithm = encapsulationAlgorithm(file), let lines = file.assignments else { return }
        func stated(_ name: String) throws -> [UInt8] {
            guard let line = lines.first(where: { $0.name == name }) else {
                throw WireError(.missingMember, "the file lacks `\(name)`")
            }
            // `dkPKE = NTT(s) = …` has two names.
            return try Hex.decode(line.value.split(separator: " ").last ?? "")
        }
        // These files follow the draft, which derives the key from d without the byte that FIPS 203 §5.1 adds.
        log.skip("key generation from d", .parameterSet)
        log.run("private key encoding") {
            let key = try stated("ek")
            $0.equal(
                "dk after the secret vector", Array(try stated("dk").dropFirst(key.count - 32)),
                key + Digest.sha3_256(key) + (try stated("z")))
            if lines.contains(where: { $0.name == "H(ek)" }) {
                $0.equal("ρ", Array(key.suffix(32)), try stated("ρ"))
                $0.equal("H(ek)", Digest.sha3_256(key), try stated("H(ek)"))
                $0.equal("dkPKE", Array(try stated("dk").prefix(key.count - 32)), try stated("dkPKE"))
            }
        }
        log.run("encapsulation") {
            let found = try KnownAnswer.encapsulate(algorithm, to: stated("ek"), entropy: stated("m"))
            $0.equal("c", found.ciphertext, try stated("c"))
            $0.equal("K", found.sharedSecret, try stated("K"))
        }
        log.run("decapsulation") {
            let secret = try KnownAnswer.decapsulate(algorithm, expanded: stated("dk"), ciphertext: stated("c"))
            $0.equal("K", secret, try stated("K"))
        }
        let compared: Set = ["d", "z", "ek", "dk", "m", "K", "c", "ρ", "H(ek)", "dkPKE"]
        for (name, _) in lines where !compared.contains(name) { log.skip(name, .internalInterface) }
    }
}

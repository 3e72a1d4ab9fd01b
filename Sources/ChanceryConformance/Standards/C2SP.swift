internal import ChancerySuite
internal import ChanceryWire

/// C2SP vectors: HTTP message signatures with ML-DSA, and XAES-256-GCM, which the product does not offer.
enum C2SP {
    static let runners = [httpSignatures, xaes]

    private static let httpSignatures = VectorRunner("C2SP httpsig-pq") {
        $0.json?["vectors"]?.array?.first?["signature_base_base64"] != nil
    } run: { file, _, log in
        for test in try file.document.list("vectors") {
            log.run(try test.text("id")) {
                guard let algorithm = SignatureAlgorithm(rawValue: try test.text("algorithm").uppercased()) else {
                    return $0.isTrue("the algorithm is known, which", false)
                }
                let base = try test.base64("signature_base_base64")
                $0.equal("length of the base", base.count, try test.number("signature_base_length"))
                $0.equal("hash of the base", Digest.sha256(base), try test.hex("signature_base_sha256"))
                let input = try test.text("serialized_signature_input")
                let parameters = input.firstRange(of: "=").map { String(input[$0.upperBound...]) } ?? ""
                $0.isTrue(
                    "the base ends with the signature parameters, which",
                    String(decoding: base, as: UTF8.self).hasSuffix("\n\"@signature-params\": \(parameters)"))

                var seed = try test.hex("private_key_seed_hex")
                let key = try PrivateSignatureKey(algorithm, seed: .taking(&seed))
                $0.equal("public key", key.publicKey, try test.base64("public_key_base64"))
                let stated = try test.base64("deterministic_signature_base64")
                let zero = [UInt8](repeating: 0, count: 32)
                $0.equal("signature", try key.sign(base, context: [], randomizer: zero), stated)
                $0.isTrue("the signature", try PublicSignatureKey(algorithm, key.publicKey).isValid(stated, for: base))
            }
        }
    }

    private static let xaes = VectorRunner("C2SP XAES-256-GCM") {
        $0.json == nil && $0.name.hasPrefix("XAES-256-GCM") && vectorCount($0) > 0
    } run: { file, _, log in
        for index in 0..<vectorCount(file) { log.skip("vector \(index + 1)", .parameterSet) }
    }

    private static func vectorCount(_ file: VectorFile) -> Int {
        file.bytes.split(separator: 0x0a).count { $0.starts(with: Array("    K: ".utf8)) }
    }
}

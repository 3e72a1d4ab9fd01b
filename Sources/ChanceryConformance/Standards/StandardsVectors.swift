internal import ChancerySuite
internal import ChanceryWire

/// The runners for the vectors of public standards projects.
public enum StandardsVectors {
    public static let runners: [VectorRunner] =
        WycheproofSignatures.runners + WycheproofEncapsulation.runners + WycheproofSymmetric.runners + ACVP.runners
        + C2SP.runners + CCTVLattice.runners + [canonicalJSON, xWing, age]

    private static let canonicalJSON = VectorRunner("RFC 8785 canonical JSON") {
        $0.json?["vectors"]?.array?.first?["input_base64"] != nil
    } run: { file, _, log in
        for test in try file.document.list("vectors") {
            log.run(try test.text("name")) {
                let found = try CanonicalForm.jcs.encode(JSONParser.parse(test.base64("input_base64")))
                $0.equal(
                    "text", String(decoding: found, as: UTF8.self),
                    String(decoding: try test.base64("output_base64"), as: UTF8.self))
                $0.equal("bytes", found, try Hex.decode(test.list("output_hex").compactMap(\.string).joined()))
            }
        }
    }

    private static let xWing = VectorRunner("X-Wing") {
        guard let first = $0.json?.array?.first else { return false }
        return ["seed", "eseed", "ss", "sk", "pk", "ct"].allSatisfy { first[$0] != nil }
    } run: { file, _, log in
        for (index, test) in (try file.document.array ?? []).enumerated() {
            log.run("vector \(index + 1)") {
                var seed = try test.hex("seed")
                $0.equal("private key", try test.hex("sk"), seed)
                let key = try DecapsulationKey(.xWing, seed: .taking(&seed))
                $0.equal("public key", key.publicKey, try test.hex("pk"))
                let found = try KnownAnswer.encapsulate(.xWing, to: key.publicKey, entropy: test.hex("eseed"))
                $0.equal("ciphertext", found.ciphertext, try test.hex("ct"))
                $0.equal("encapsulated secret", found.sharedSecret, try test.hex("ss"))
                $0.equal("secret", try key.decapsulate(test.hex("ct")).copyForExport(), try test.hex("ss"))
            }
        }
    }

    private static let age = VectorRunner("CCTV age test kit") {
        $0.json?["vectors"]?.array?.first?["file_base64"] != nil
    } run: { file, _, log in
        for test in try file.document.list("vectors") { log.skip(try test.text("name"), .laterRoom) }
    }
}

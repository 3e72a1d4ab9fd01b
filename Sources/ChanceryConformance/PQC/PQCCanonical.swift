internal import ChanceryGovernance
internal import ChancerySuite
internal import ChanceryWire

/// `canonical.json` of the governance data and `mislabelled.json`.
enum PQCCanonical {
    /// What is signed of an object; what is signed of a vote is what stands in its `vote`.
    static func signedBytes(kind: String, _ object: JSONObject) throws -> [UInt8] {
        switch kind {
        case "proposal", "result": try ReferenceForm.signedBytes(of: object, kind == "result" ? .result : .proposal)
        case "attestation":
            try CanonicalForm.aiss1.encode(object.removing(["signer_did", "algorithm", "signature", "public_key"]))
        default: try CanonicalForm.aiss1.encode(object)
        }
    }

    static let canonical = VectorRunner("canonical forms of governance objects") {
        $0.name == "canonical.json" && $0.json?["frame"]?.object != nil && $0.json?["cases"]?.array != nil
    } run: { file, _, log in
        let document = try file.document
        guard let frame = document["frame"]?.object else { return }
        for test in try document.list("cases") {
            let note = test["note"]?.string.map { " (\($0))" } ?? ""
            log.run(try test.text("id") + note) {
                let kind = try test.text("kind")
                let text = try test.text("input_json")
                // Texts that are not I-JSON are refused, whatever the reference makes of them.
                if test["recommended"]?.string == "refuse" {
                    return _ = $0.throwing("a text that is not I-JSON") { _ = try JSONParser.parse(text) }
                }
                guard var object = try JSONParser.parse(text).object else {
                    return $0.isTrue("the input is an object, which", false)
                }
                if kind == "proposal.parameters" {
                    let parameters = object
                    object = frame
                    object["parameters"] = .object(parameters)
                }
                let bytes = try signedBytes(kind: kind, object)
                $0.equal("bytes", text8(bytes), text8(try test.hex("bytes_hex")))
                $0.equal("hash", Digest.sha3_256(bytes), try test.hex("sha3_256"))
                try compareWithJCS(bytes, test, &$0)
            }
        }
    }

    /// RFC 8785 on the same value: the same bytes, other bytes, or an error, as stated.
    private static func compareWithJCS(_ bytes: [UInt8], _ test: JSONValue, _ comparison: inout Comparison) throws {
        let value = try JSONParser.parse(bytes)
        guard test["rfc8785_error"] == nil else {
            let error = comparison.throwing("a number beyond RFC 8785") { _ = try CanonicalForm.jcs.encode(value) }
            return comparison.equal("error", (error as? WireError)?.reason, .numberOutOfRange)
        }
        let strict = try CanonicalForm.jcs.encode(value)
        comparison.equal("same as RFC 8785", strict == bytes, try test.flag("same_as_rfc8785"))
        if let stated = try test.optionalHex("rfc8785_bytes_hex") {
            comparison.equal("RFC 8785 bytes", text8(strict), text8(stated))
        }
    }

    private static func text8(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    static let mislabelled = VectorRunner("objects under a false ML-DSA label") {
        $0.name == "mislabelled.json" && $0.json?["cases"]?.array?.first?["algorithm_label"] != nil
    } run: { file, _, log in
        for test in try file.document.list("cases") {
            let backend = try test.text("backend")
            let verdicts = try test.list("package_verifies")
            for (index, kind) in ["proposal", "vote", "result"].enumerated() {
                let name = "\(backend) \(kind)"
                guard let envelope = test[kind]?.object, let object = kind == "vote" ? envelope["vote"]?.object : envelope
                else {
                    log.run(name) { $0.isTrue("the object is there, which", false) }
                    continue
                }
                let fields = JSONValue.object(envelope)
                log.run(name) {
                    let key = try fields.hex("public_key")
                    let signature = try fields.hex("signature")
                    let label = try fields.text("algorithm")
                    $0.equal("label", label, try test.text("algorithm_label"))
                    $0.equal("key length", key.count, try test.number("public_key_bytes"))
                    $0.equal("signature length", signature.count, try test.number("signature_bytes"))
                    $0.equal("DID", "did:pqaid:" + Hex.encode(Digest.sha3_256(key)), try test.text("did"))
                    $0.isTrue("a refusal is recommended, which", try test.text("recommended").hasPrefix("refuse"))
                    guard let algorithm = SignatureAlgorithm(rawValue: label) else {
                        return $0.isTrue("the label is known, which", false)
                    }
                    let digest = Digest.sha3_256(try signedBytes(kind: kind, object))
                    let verifier = try? PublicSignatureKey(algorithm, key)
                    $0.equal("valid", verifier?.isValid(signature, for: digest) ?? false, false)
                    let record = try ReferenceRecordKind(rawValue: kind).map { try PQCEnvelopes.Statement($0, fields) }
                    $0.equal("refusal", record?.verdict(ReferenceKeyring()).refusal, .wrongSize)
                    // The object is whole: what refuses it is its label, not a damaged text.
                    if backend == "ed25519" {
                        let classical = try PublicSignatureKey(.ed25519, key)
                        $0.equal(
                            "valid as Ed25519", .bool(classical.isValid(signature, for: digest)), verdicts[safe: index])
                    }
                }
                if backend != "ed25519" { log.skip("\(name), the verdict of the package", .parameterSet) }
            }
        }
    }
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

public import ChancerySuite
public import ChanceryWire

/// Requests signed by RFC 9421 with `ml-dsa-65` (C2SP httpsig-pq v1.0.0), in one profile: docs/spec/request-signature.md.
///
/// Always covered, in this order: `@method`, `@authority`, `@path`, `@query`, `content-digest`. Always there, in any order:
/// `created`, `expires`, `nonce`, `keyid`, `alg`, `tag`.
public enum HTTPMessageSignature {
    public static let algorithm = "ml-dsa-65"
    public static let tag = "pq-trust-api"
    static let components = #"("@method" "@authority" "@path" "@query" "content-digest")"#

    /// The three headers that sign a request.
    ///
    /// - Parameter nonce: 16 to 64 random bytes, never used before with this key.
    public static func headers(
        signing facts: RequestFacts, keyID: String, created: UTCTime, expires: UTCTime, nonce: RequestNonce,
        by key: SigningKey<Purpose.HTTP>
    ) throws -> [RequestFacts.Header] {
        try RequestSignature.checkKeyID(keyID)
        let parameters =
            "\(components);created=\(created.seconds);expires=\(expires.seconds);nonce=\"\(nonce.text)\";keyid=\"\(keyID)\""
            + ";alg=\"\(algorithm)\";tag=\"\(tag)\""
        let digest = facts.contentDigest
        let value = try key.sign(base(of: facts, digest: digest, parameters: parameters), context: [])
        return [
            RequestFacts.Header("Content-Digest", digest), RequestFacts.Header("Signature-Input", "sig1=\(parameters)"),
            RequestFacts.Header("Signature", "sig1=:\(Base64.standard.encode(value)):"),
        ]
    }

    /// The signature base of RFC 9421 §2.5.
    static func base(of facts: RequestFacts, digest: String, parameters: String) -> [UInt8] {
        Array(
            """
            "@method": \(facts.method)
            "@authority": \(facts.authority)
            "@path": \(facts.path)
            "@query": ?\(facts.query ?? "")
            "content-digest": \(digest)
            "@signature-params": \(parameters)
            """.utf8)
    }

    /// The signature of a request; nil when there is no sign of one.
    ///
    /// - Throws: ``WireError`` for anything but the profile: a header twice, a second label, other components, spaces.
    static func read(_ facts: RequestFacts) throws(WireError) -> RequestSignature? {
        let input = try facts.header("Signature-Input")
        let signature = try facts.header("Signature")
        guard input != nil || signature != nil else { return nil }
        guard let input, let signature, let digest = try facts.header("Content-Digest") else {
            throw WireError(.missingMember, "a signed request has Signature-Input, Signature and Content-Digest")
        }
        guard input.utf8.count <= 1024, signature.utf8.count <= 8192 else {
            throw WireError(.tooLong, "a signature header is too long")
        }
        var scanner = FieldScanner(input)
        let label = try scanner.label()
        let parameters = scanner.rest
        let values = try SignatureParameters(&scanner)
        var other = FieldScanner(signature)
        guard try other.label() == label else {
            throw WireError(.invalidValue, "Signature has another label than Signature-Input")
        }
        let value = try other.byteSequence()
        try other.finish()
        try ContentDigest.check(digest)
        return RequestSignature(
            keyID: values.keyID, algorithm: values.algorithm, nonce: values.nonce, created: values.created,
            expires: values.expires, value: value, message: base(of: facts, digest: digest, parameters: parameters),
            context: [], coversBody: digest.utf8.elementsEqual(facts.contentDigest.utf8))
    }
}

/// `Content-Digest` of RFC 9530 with exactly one `sha-256`.
enum ContentDigest {
    static func text(of body: [UInt8]) -> String { "sha-256=:\(Base64.standard.encode(Digest.sha256(body))):" }

    static func check(_ text: String) throws(WireError) { _ = try value(text) }

    static func value(_ text: String) throws(WireError) -> [UInt8] {
        guard text.utf8.count <= 128 else { throw WireError(.tooLong, "Content-Digest is too long") }
        var scanner = FieldScanner(text)
        guard try scanner.label() == "sha-256" else { throw WireError(.invalidValue, "Content-Digest is one sha-256") }
        let value = try scanner.byteSequence()
        guard value.count == 32 else { throw WireError(.invalidValue, "a sha-256 has 32 bytes") }
        try scanner.finish()
        return value
    }
}

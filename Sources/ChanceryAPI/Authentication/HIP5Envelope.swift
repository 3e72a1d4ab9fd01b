public import ChancerySuite
public import ChanceryWire

/// Requests signed by the envelope of HIP-5, in the header `HIP5-Authorization`: base64url of the RFC 8785 bytes of
/// `{"api_key_id","timestamp","nonce","signature":{"algorithm","value"}}`.
public enum HIP5Envelope {
    public static let header = "HIP5-Authorization"
    public static let algorithm = "ML-DSA-65"
    static let context = Array("hip5-api-auth/v1".utf8)

    /// The header that signs a request.
    ///
    /// - Parameter nonce: 16 to 64 random bytes, never used before with this key.
    public static func header(
        signing facts: RequestFacts, keyID: String, time: UTCTime, nonce: RequestNonce, by key: SigningKey<Purpose.HTTP>
    ) throws -> RequestFacts.Header {
        try RequestSignature.checkKeyID(keyID)
        let message = canonicalText(of: facts, keyID: keyID, seconds: time.seconds, nonce: nonce.text)
        let value = try key.sign(message, context: context)
        let envelope: JSONValue = [
            "api_key_id": .string(keyID), "timestamp": .integer(time.seconds), "nonce": .string(nonce.text),
            "signature": ["algorithm": .string(algorithm), "value": .string(Base64.standard.encode(value))],
        ]
        return RequestFacts.Header(header, Base64.url.encode(try CanonicalForm.jcs.encode(envelope)))
    }

    /// What is signed: eight lines, no line feed after the last.
    static func canonicalText(of facts: RequestFacts, keyID: String, seconds: Int64, nonce: String) -> [UInt8] {
        let lines = [
            "HIP5-API-AUTH-V1", keyID, String(seconds), nonce, facts.method, facts.authority, facts.target,
            facts.contentDigest,
        ]
        return Array(lines.joined(separator: "\n").utf8)
    }

    /// The signature of a request; nil when the header is absent.
    ///
    /// - Throws: ``WireError`` for a header twice, or bytes that are not the one form of such an envelope.
    static func read(_ facts: RequestFacts) throws(WireError) -> RequestSignature? {
        guard let text = try facts.header(header) else { return nil }
        guard text.utf8.count <= 8192 else { throw WireError(.tooLong, "the envelope is too long") }
        let bytes = try Base64.url.decode(text)
        let value = try JSONParser.parse(bytes, limits: .init(bytes: 8192, depth: 2, values: 16))
        guard try CanonicalForm.jcs.encode(value) == bytes else {
            throw WireError(.notCanonical, "the envelope is not in canonical form")
        }
        var reader = try RecordReader(value, "envelope")
        let keyID = try reader.string("api_key_id", limit: 128)
        try RequestSignature.checkKeyID(keyID)
        let seconds = try reader.integer("timestamp")
        let nonce = try reader.string("nonce", limit: 86)
        var signature = RecordReader(try reader.object("signature"), "signature")
        let algorithm = try signature.string("algorithm", limit: 32)
        let signed = try Base64.standard.decode(signature.string("value", limit: 8192))
        try signature.finish()
        try reader.finish()
        return RequestSignature(
            keyID: keyID, algorithm: algorithm, nonce: try RequestNonce(text: nonce),
            created: try RequestSignature.time(seconds), expires: nil, value: signed,
            message: canonicalText(of: facts, keyID: keyID, seconds: seconds, nonce: nonce), context: context,
            coversBody: true)
    }
}

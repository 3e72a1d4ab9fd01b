public import ChancerySuite
public import ChanceryVault
internal import ChanceryWire

/// What stands in the clear before a sealed request. All of it is HPKE's `info`: a request opens only under the terms that it
/// was sealed with.
public struct RequestHead: Sendable, Equatable {
    static let magic = Array("chancery/inference/v1".utf8) + [0]
    public static let idBytes = 16

    /// ``ServiceKeyStatement/digest``: 32 bytes.
    public let statement: [UInt8]
    /// Drawn by the client, never used before: 16 bytes.
    public let id: [UInt8]
    public let model: ManifestDigest
    public let tier: PrivacyTier
    /// The id of the key that signs the HTTP request; 1 to 128 visible ASCII characters.
    public let caller: String
    /// Of the body, as `application/json`; 1 to 128 visible ASCII characters.
    public let mediaType: String
    public let bytes: [UInt8]

    /// - Throws: `inference.malformed` for texts out of bounds.
    public init(
        _ statement: ServiceKeyStatement, id: [UInt8] = SystemRandom.bytes(idBytes), caller: String,
        mediaType: String = "application/json"
    ) throws(InferenceError) {
        try self.init(
            statement: statement.digest, id: id, model: statement.terms.model, tier: statement.terms.tier,
            caller: Array(caller.utf8), mediaType: Array(mediaType.utf8))
    }

    private init(
        statement: [UInt8], id: [UInt8], model: ManifestDigest, tier: PrivacyTier, caller: [UInt8], mediaType: [UInt8]
    ) throws(InferenceError) {
        guard id.count == Self.idBytes else { throw InferenceError(.malformed, "a request's id has 16 bytes") }
        for text in [caller, mediaType] {
            guard (1...128).contains(text.count), text.allSatisfy({ (0x21...0x7e).contains($0) }) else {
                throw InferenceError(.malformed, "caller and media type are 1 to 128 visible ASCII characters")
            }
        }
        self.statement = statement
        self.id = id
        self.model = model
        self.tier = tier
        self.caller = String(decoding: caller, as: UTF8.self)
        self.mediaType = String(decoding: mediaType, as: UTF8.self)
        bytes =
            Self.magic + statement + id + model.bytes + [tier.rawValue, UInt8(caller.count)] + caller
            + [UInt8(mediaType.count)] + mediaType
    }

    /// Reads the head at the start of `request`. Nothing in it is believed until a frame opened under it.
    ///
    /// - Throws: `inference.malformed`.
    public init(startOf request: [UInt8]) throws(InferenceError) {
        var rest = request[...]
        func take(_ count: Int) throws(InferenceError) -> [UInt8] {
            guard rest.count >= count else { throw InferenceError(.malformed, "the request ends in its head") }
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        guard try take(Self.magic.count) == Self.magic else {
            throw InferenceError(.malformed, "the bytes are no sealed request")
        }
        let (statement, id, digest, tier) = (try take(32), try take(Self.idBytes), try take(32), try take(1)[0])
        guard let model = try? ManifestDigest(digest), let tier = PrivacyTier(rawValue: tier) else {
            throw InferenceError(.malformed, "the request names no tier")
        }
        let caller = try take(Int(try take(1)[0]))
        let mediaType = try take(Int(try take(1)[0]))
        try self.init(statement: statement, id: id, model: model, tier: tier, caller: caller, mediaType: mediaType)
    }

    /// Whether this head is for exactly what `terms` state.
    ///
    /// - Throws: `inference.other_service`, `inference.other_model`, `inference.tier_mismatch`.
    func requireFits(_ statement: ServiceKeyStatement) throws(InferenceError) {
        guard self.statement == statement.digest else {
            throw InferenceError(.otherService, "the request is for another statement")
        }
        guard model == statement.terms.model else {
            throw InferenceError(.otherModel, "the request is for the manifest \(model.text)")
        }
        guard tier == statement.terms.tier else {
            throw InferenceError(.tierMismatch, "the request is for tier \(tier.rawValue)")
        }
    }
}

public import ChanceryWire

/// What the operator of a home says about a key with which a client signs its requests.
///
/// Nobody signs it: whoever may write to the home is its operator. The log makes it permanent.
public struct APIKeyStatement: Sendable, Equatable {
    public static let kind = "chancery/api-key/v1"

    public enum Status: String, Sendable {
        case active
        /// For good: a key that was revoked is never taken again.
        case revoked
    }

    /// `ak_` and the first 16 bytes of the SHA3-256 of ``key`` in hex.
    public let keyID: String
    /// Whom the operator gave it to.
    public let name: String
    /// What its holder may do, in the words of the interface, sorted.
    public let roles: [String]
    /// The ML-DSA-65 public key.
    public let key: [UInt8]
    public let notBefore: UTCTime
    public let notAfter: UTCTime
    public let status: Status

    package var members: JSONValue {
        [
            "key": .string(Base64.url.encode(key)), "key_id": .string(keyID), "name": .string(name),
            "not_after": .string(notAfter.text), "not_before": .string(notBefore.text),
            "roles": .array(roles.map { .string($0) }), "status": .string(status.rawValue),
        ]
    }

    func with(_ status: Status) -> APIKeyStatement {
        APIKeyStatement(
            keyID: keyID, name: name, roles: roles, key: key, notBefore: notBefore, notAfter: notAfter, status: status)
    }
}

extension APIKeyStatement {
    /// Reads what ``StoreStatement`` stored.
    init(decoding bytes: [UInt8]) throws {
        var reader = try RecordReader(JSONParser.parse(bytes, limits: .init(bytes: 1 << 16, depth: 4)), "api key")
        _ = try reader.string("type", limit: 64)
        _ = try reader.string("time", limit: 32)
        _ = try reader.bytes("salt", count: 16)
        key = try Base64.url.decode(reader.string("key", limit: 8192))
        keyID = try reader.string("key_id", limit: 64)
        name = try reader.string("name", limit: 64)
        notAfter = try UTCTime(reader.string("not_after", limit: 32))
        notBefore = try UTCTime(reader.string("not_before", limit: 32))
        roles = try reader.array("roles", limit: 16).map { value in
            guard let word = value.string else { throw WireError(.wrongType, "a role is a word") }
            return word
        }
        guard let status = Status(rawValue: try reader.string("status", limit: 16)) else {
            throw WireError(.invalidValue, "an api key is active or revoked")
        }
        self.status = status
        try reader.finish()
    }
}

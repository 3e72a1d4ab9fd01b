public import ChanceryWire

/// What the operator of a home says about a key with which a client signs its requests.
///
/// Nobody signs it: whoever may write to the home is its operator. The log makes it permanent. A later statement about the
/// same key can shorten its life or end it, and nothing else.
public struct APIKeyStatement: Sendable, Equatable {
    public static let kind = "chancery/api-key/v1"

    public enum Status: String, Sendable {
        case active
        /// Another key took its place; it counts until its end, which came nearer.
        case replaced
        /// For good: a key that was revoked is never taken again.
        case revoked
    }

    /// `ak_` and the first 16 bytes of the SHA3-256 of ``key`` in hex.
    public let keyID: String
    /// Whom the operator gave it to.
    public let name: String
    /// What its holder may do, in the words of the interface, sorted.
    public let roles: [String]
    /// How much its holder may do; empty for no limits.
    public let quotas: [APIKeyQuota]
    /// The ML-DSA-65 public key.
    public let key: [UInt8]
    public let notBefore: UTCTime
    public internal(set) var notAfter: UTCTime
    public internal(set) var status: Status
    /// The key whose place it took.
    public let replaces: String?
    /// The key that took its place.
    public internal(set) var replacedBy: String?
    /// The first key of those that took each other's place. They share their quotas: a rotation grants nothing twice.
    public internal(set) var line: String

    init(
        _ keyID: String, name: String, roles: [String], quotas: [APIKeyQuota], key: [UInt8], notBefore: UTCTime,
        notAfter: UTCTime, replaces: String? = nil
    ) {
        self.keyID = keyID
        self.name = name
        self.roles = roles
        self.quotas = quotas
        self.key = key
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.replaces = replaces
        status = .active
        line = keyID
    }

    package var members: JSONValue {
        var members: JSONObject = [
            "key": .string(Base64.url.encode(key)), "key_id": .string(keyID), "name": .string(name),
            "not_after": .string(notAfter.text), "not_before": .string(notBefore.text),
            "roles": .array(roles.map { .string($0) }), "status": .string(status.rawValue),
        ]
        // Absent where a store of before would not have them.
        if !quotas.isEmpty { members["quotas"] = .array(quotas.map(\.json)) }
        members["replaces"] = replaces.map { .string($0) }
        members["replaced_by"] = replacedBy.map { .string($0) }
        return .object(members)
    }

    func revoked() -> APIKeyStatement {
        var copy = self
        copy.status = .revoked
        return copy
    }

    /// The same key, which ends at `end` if not before, because `successor` takes its place.
    func replaced(by successor: String, until end: UTCTime) -> APIKeyStatement {
        var copy = self
        copy.status = .replaced
        copy.replacedBy = successor
        copy.notAfter = min(notAfter, end)
        return copy
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
            throw WireError(.invalidValue, "an api key is active, replaced or revoked")
        }
        self.status = status
        quotas =
            try reader.optional("quotas") == nil
            ? [] : reader.array("quotas", limit: APIKeyQuota.mostQuotas).map { try APIKeyQuota($0) }
        try APIKeyQuota.check(quotas)
        replaces = try reader.optionalString("replaces", limit: 64)
        replacedBy = try reader.optionalString("replaced_by", limit: 64)
        line = keyID
        try reader.finish()
    }
}

public import ChancerySuite
public import ChanceryWire
internal import Synchronization

/// The keys with which clients sign requests to this home, as its store has them. Another process that registers or revokes
/// one is heard at the next look.
public final class APIKeyRegistry: Sendable {
    /// The longest life of a key, and the usual one: 31 days in seconds (HIP-5).
    public static let longestLifetime: Int64 = 31 * 86_400
    /// Most keys that a home registers: each look at the list reads all of them.
    public static let capacity = 10_000

    private struct Known {
        var position: UInt64?
        var keys: [String: APIKeyStatement] = [:]
    }

    private let store: any RecordStore & RecordIndex
    private let now: @Sendable () -> UTCTime
    private let known = Mutex(Known())

    public init(store: any RecordStore & RecordIndex, now: @escaping @Sendable () -> UTCTime) {
        self.store = store
        self.now = now
    }

    /// The id of a public key.
    public static func keyID(of key: [UInt8]) -> String { "ak_" + Hex.encode(Digest.sha3_256(key).prefix(16)) }

    /// Lets whoever holds the private half of `key` in.
    ///
    /// - Parameters:
    ///   - roles: words of the interface; at least one.
    ///   - lifetime: in seconds, at most ``longestLifetime``.
    /// - Throws: `node.already_exists` for a key that was registered before, `node.invalid_name`, `node.rejected`.
    public func register(
        _ key: VerifyingKey<Purpose.HTTP>, name: String, roles: Set<String>, lifetime: Int64
    ) throws -> APIKeyStatement {
        guard (1...64).contains(name.utf8.count), !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f })
        else { throw NodeError(.invalidName, "a key's holder has a name of 1 to 64 bytes without control characters") }
        guard key.suite == .mlDSA65 else { throw NodeError(.rejected, "requests are signed with ML-DSA-65") }
        guard !roles.isEmpty, (1...Self.longestLifetime).contains(lifetime) else {
            throw NodeError(.rejected, "a key has a role, and lives 31 days at most")
        }
        let time = now()
        let statement = APIKeyStatement(
            keyID: Self.keyID(of: key.bytes), name: name, roles: roles.sorted(), key: key.bytes, notBefore: time,
            notAfter: time.advanced(bySeconds: lifetime), status: .active)
        return try store(statement, at: time) { keys in
            guard keys[statement.keyID] == nil else {
                throw NodeError(.alreadyExists, "the key `\(statement.keyID)` was registered before")
            }
            guard keys.count < Self.capacity else { throw NodeError(.rejected, "a home has \(Self.capacity) keys at most") }
        }
    }

    /// Lets the holder of a key in no more, at once and for good.
    ///
    /// - Throws: `node.not_found`, `node.rejected` when it was revoked before.
    public func revoke(_ keyID: String) throws -> APIKeyStatement {
        guard let statement = try key(keyID) else {
            throw NodeError(.notFound, "there is no key `\(keyID.prefix(64))`")
        }
        return try store(statement.with(.revoked), at: now()) { keys in
            guard keys[keyID]?.status == .active else { throw NodeError(.rejected, "the key `\(keyID)` was revoked before") }
        }
    }

    /// The key with this id; nil when there is none.
    public func key(_ keyID: String) throws -> APIKeyStatement? { try current()[keyID] }

    /// Every key, by id.
    public func keys() throws -> [APIKeyStatement] { try current().values.sorted { $0.keyID < $1.keyID } }

    /// Two processes that register one key at once would both store it; it is the same key with the same rights unless two
    /// operators disagree, and then the first counts.
    private func store(
        _ statement: APIKeyStatement, at time: UTCTime, unless check: ([String: APIKeyStatement]) throws -> Void
    ) throws -> APIKeyStatement {
        try check(current())
        let record = try StoreStatement(APIKeyStatement.kind, time, statement.members).record()
        _ = try store.append([record], moving: [])
        guard let stored = try key(statement.keyID) else {
            throw NodeError(.storeCorrupt, "the key `\(statement.keyID)` was stored and is not there")
        }
        return stored
    }

    private func current() throws -> [String: APIKeyStatement] {
        try known.withLock { known in
            var query = RecordQuery(kind: APIKeyStatement.kind, after: known.position, limit: 1000)
            while true {
                let page = try store.records(query)
                for record in page {
                    let statement = try APIKeyStatement(decoding: record.bytes)
                    known.position = record.position
                    switch (known.keys[statement.keyID]?.status, statement.status) {
                    case (nil, _), (.active?, .revoked): known.keys[statement.keyID] = statement
                    // Neither a second registration nor anything else revives a key or changes what it may do.
                    default: break
                    }
                }
                query.after = known.position
                if page.count < query.limit { return known.keys }
            }
        }
    }
}

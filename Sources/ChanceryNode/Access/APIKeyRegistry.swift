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
    ///   - quotas: how much its holder may do; no limit where empty.
    ///   - lifetime: in seconds, at most ``longestLifetime``.
    /// - Throws: `node.already_exists` for a key that was registered before, `node.invalid_name`, `node.rejected`.
    public func register(
        _ key: VerifyingKey<Purpose.HTTP>, name: String, roles: Set<String>, quotas: [APIKeyQuota] = [], lifetime: Int64
    ) throws -> APIKeyStatement {
        guard (1...64).contains(name.utf8.count), !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f })
        else { throw NodeError(.invalidName, "a key's holder has a name of 1 to 64 bytes without control characters") }
        try Self.check(key, lifetime: lifetime)
        guard !roles.isEmpty else { throw NodeError(.rejected, "a key has a role") }
        try APIKeyQuota.check(quotas)
        let time = now()
        let statement = APIKeyStatement(
            Self.keyID(of: key.bytes), name: name, roles: roles.sorted(), quotas: quotas, key: key.bytes, notBefore: time,
            notAfter: time.advanced(bySeconds: lifetime))
        let keys = try store([statement], at: time) { keys in try Self.requireRoom(for: statement.keyID, among: keys) }
        return try Self.stored(statement.keyID, keys)
    }

    /// Puts `key` in the place of another: it has the same name, roles and quotas. The old one counts on until the end of the
    /// overlap, and never longer than before.
    ///
    /// - Parameters:
    ///   - overlap: in seconds, at most ``longestOverlap``; with 0 the old key is out at once.
    ///   - lifetime: that of the new key in seconds, at most ``longestLifetime``.
    /// - Returns: both keys as they are now.
    /// - Throws: `node.not_found`; `node.rejected` for a key that was replaced or revoked or is past its end;
    ///   `node.already_exists` for a new key that was registered before.
    public func rotate(
        _ keyID: String, to key: VerifyingKey<Purpose.HTTP>, overlap: Int64 = standardOverlap,
        lifetime: Int64 = longestLifetime
    ) throws -> (new: APIKeyStatement, old: APIKeyStatement) {
        try Self.check(key, lifetime: lifetime)
        guard (0...Self.longestOverlap).contains(overlap) else {
            throw NodeError(.rejected, "two keys count together for 7 days at most")
        }
        let old = try registered(keyID)
        let time = now()
        let new = APIKeyStatement(
            Self.keyID(of: key.bytes), name: old.name, roles: old.roles, quotas: old.quotas, key: key.bytes, notBefore: time,
            notAfter: time.advanced(bySeconds: lifetime), replaces: keyID)
        let end = old.replaced(by: new.keyID, until: time.advanced(bySeconds: overlap))
        let keys = try store([new, end], at: time) { keys in
            try Self.requireReplaceable(keys[keyID], at: time)
            try Self.requireRoom(for: new.keyID, among: keys)
        }
        guard keys[keyID]?.replacedBy == new.keyID else {
            throw NodeError(.rejected, "another process replaced the key `\(keyID)` first")
        }
        return (try Self.stored(new.keyID, keys), try Self.stored(keyID, keys))
    }

    /// Checks that a key counts and has no successor.
    ///
    /// - Throws: `node.not_found`, `node.rejected`.
    public func requireReplaceable(_ keyID: String) throws {
        try Self.requireReplaceable(registered(keyID), at: now())
    }

    private static func requireReplaceable(_ key: APIKeyStatement?, at time: UTCTime) throws {
        let state = key?.state(at: time) ?? .revoked
        guard [.active, .due].contains(state) else {
            throw NodeError(.rejected, "the key is \(state.rawValue): nothing takes its place")
        }
    }

    /// Lets the holder of a key in no more, at once and for good. A key that took its place stays.
    ///
    /// - Throws: `node.not_found`, `node.rejected` when it was revoked before.
    public func revoke(_ keyID: String) throws -> APIKeyStatement {
        let keys = try store([registered(keyID).revoked()], at: now()) { keys in
            guard keys[keyID]?.status != .revoked else {
                throw NodeError(.rejected, "the key `\(keyID)` was revoked before")
            }
        }
        return try Self.stored(keyID, keys)
    }

    /// The key with this id; nil when there is none.
    public func key(_ keyID: String) throws -> APIKeyStatement? { try current()[keyID] }

    /// Every key, by id.
    public func keys() throws -> [APIKeyStatement] { try current().values.sorted { $0.keyID < $1.keyID } }

    /// Two processes that register one key at once would both store it; it is the same key with the same rights unless two
    /// operators disagree, and then the first counts.
    private func store(
        _ statements: [APIKeyStatement], at time: UTCTime, unless check: ([String: APIKeyStatement]) throws -> Void
    ) throws -> [String: APIKeyStatement] {
        try check(current())
        let records = try statements.map { try StoreStatement(APIKeyStatement.kind, time, $0.members).record() }
        _ = try store.append(records, moving: [])
        return try current()
    }

    private func registered(_ keyID: String) throws -> APIKeyStatement {
        guard let statement = try key(keyID) else {
            throw NodeError(.notFound, "there is no key `\(keyID.prefix(64))`")
        }
        return statement
    }

    private static func stored(_ keyID: String, _ keys: [String: APIKeyStatement]) throws -> APIKeyStatement {
        guard let statement = keys[keyID] else {
            throw NodeError(.storeCorrupt, "the key `\(keyID)` was stored and is not there")
        }
        return statement
    }

    private static func check(_ key: VerifyingKey<Purpose.HTTP>, lifetime: Int64) throws {
        guard key.suite == .mlDSA65 else { throw NodeError(.rejected, "requests are signed with ML-DSA-65") }
        guard (1...longestLifetime).contains(lifetime) else { throw NodeError(.rejected, "a key lives 31 days at most") }
    }

    private static func requireRoom(for keyID: String, among keys: [String: APIKeyStatement]) throws {
        guard keys[keyID] == nil else { throw NodeError(.alreadyExists, "the key `\(keyID)` was registered before") }
        guard keys.count < capacity else { throw NodeError(.rejected, "a home has \(capacity) keys at most") }
    }

    private func current() throws -> [String: APIKeyStatement] {
        try known.withLock { known in
            var query = RecordQuery(kind: APIKeyStatement.kind, after: known.position, limit: 1000)
            while true {
                let page = try store.records(query)
                for record in page {
                    let statement = try APIKeyStatement(decoding: record.bytes)
                    known.position = record.position
                    Self.take(statement, into: &known.keys)
                }
                query.after = known.position
                if page.count < query.limit { return known.keys }
            }
        }
    }

    /// What a statement changes. Neither a second registration nor anything else revives a key, lengthens its life or changes
    /// what it may do; of two keys that would take one's place the first counts.
    private static func take(_ statement: APIKeyStatement, into keys: inout [String: APIKeyStatement]) {
        switch (keys[statement.keyID], statement.status) {
        case (nil, .active):
            var new = statement
            if let replaced = statement.replaces {
                guard let old = keys[replaced], old.status == .active, statement.notBefore <= old.notAfter else { return }
                new.line = old.line
            }
            keys[statement.keyID] = new
        case (nil, _): keys[statement.keyID] = statement
        case (let known?, .replaced) where known.status == .active:
            guard let successor = statement.replacedBy, keys[successor]?.replaces == known.keyID else { return }
            keys[statement.keyID] = known.replaced(by: successor, until: statement.notAfter)
        case (let known?, .revoked) where known.status != .revoked: keys[statement.keyID] = known.revoked()
        default: return
        }
    }
}

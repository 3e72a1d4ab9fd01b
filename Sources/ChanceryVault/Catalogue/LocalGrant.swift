internal import ChancerySuite
public import ChanceryWire

/// The writ of a home without a committee: its operator lets one agent open one version for a time. Where a committee
/// votes, its writs alone count.
public struct LocalGrant: Sendable, Equatable {
    static let idBytes = 32
    private static let agentPrefix = "did:pqaid:"
    static let agentBytes = agentPrefix.utf8.count + 64
    /// Longest time in seconds.
    public static let longestLifetime: Int64 = 366 * 86_400

    /// 32 random bytes.
    public let id: [UInt8]
    public let manifest: ManifestDigest
    /// The agent's DID.
    public let agent: String
    public let from: UTCTime
    public let until: UTCTime

    /// - Throws: `vault.event_malformed` for an agent that is no DID, or a time out of bounds.
    public init(
        _ manifest: ManifestDigest, to agent: String, from: UTCTime, lifetime: Int64
    ) throws(VaultError) {
        guard (1...Self.longestLifetime).contains(lifetime) else {
            throw VaultError(.eventMalformed, "a grant lasts 1 to \(Self.longestLifetime) seconds")
        }
        try self.init(SystemRandom.bytes(Self.idBytes), manifest, agent, from, from.advanced(bySeconds: lifetime))
    }

    private init(
        _ id: [UInt8], _ manifest: ManifestDigest, _ agent: String, _ from: UTCTime, _ until: UTCTime
    ) throws(VaultError) {
        let isDID =
            agent.utf8.count == Self.agentBytes && agent.utf8.starts(with: Self.agentPrefix.utf8)
            && agent.utf8.dropFirst(Self.agentPrefix.utf8.count).allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
            }
        guard isDID, from < until, until <= from.advanced(bySeconds: Self.longestLifetime) else {
            throw VaultError(.eventMalformed, "a grant names an agent by its DID and ends after it begins")
        }
        self.id = id
        self.manifest = manifest
        self.agent = agent
        self.from = from
        self.until = until
    }

    var members: JSONObject {
        [
            "agent": .string(agent), "from": .string(from.text), "grant": .string(Hex.encode(id)),
            "manifest": .string(manifest.text), "until": .string(until.text),
        ]
    }

    init(_ reader: inout RecordReader) throws {
        try self.init(
            reader.hex("grant", count: Self.idBytes), ManifestDigest(reader.string("manifest", limit: 64)),
            reader.string("agent", limit: Self.agentBytes), reader.time("from"), reader.time("until"))
    }

    /// As a writ. Its generation is always the first: whoever grants again makes another id.
    public var writ: AccessStanding.Writ { AccessStanding.Writ(id: id, generation: 1, leaseEnd: until) }
}

/// The grants that were made and not taken back. At most one for each version and agent: the newest.
public struct GrantBook: Sendable {
    /// Most grants that are kept. Those that are over make room for a new one.
    public static let limit = 1 << 18

    private struct Key: Hashable {
        let manifest: ManifestDigest
        let agent: [UInt8]
    }

    private var grants: [Key: LocalGrant] = [:]
    private var keys: [[UInt8]: Key] = [:]

    public init() {}

    /// What lets `agent` open the version at `time`.
    public func grant(of manifest: ManifestDigest, to agent: String, at time: UTCTime) -> LocalGrant? {
        grants[Key(manifest: manifest, agent: Array(agent.utf8))].flatMap { $0.from <= time && time < $0.until ? $0 : nil }
    }

    /// All grants of a version, by agent.
    public func grants(of manifest: ManifestDigest) -> [LocalGrant] {
        grants.values.filter { $0.manifest == manifest }.sorted { $0.agent < $1.agent }
    }

    mutating func add(_ grant: LocalGrant) throws(VaultError) {
        guard keys[grant.id] == nil else { throw VaultError(.catalogueConflict, "the grant is there already") }
        let key = Key(manifest: grant.manifest, agent: Array(grant.agent.utf8))
        // What is replaced takes no more room.
        if grants[key] == nil, keys.count >= Self.limit { try makeRoom(at: grant.from) }
        if let replaced = grants.updateValue(grant, forKey: key) { keys[replaced.id] = nil }
        keys[grant.id] = key
    }

    /// Only what the events say decides: whoever folds them keeps the same grants.
    ///
    /// - Throws: `vault.catalogue_conflict` where none is over; nothing has changed then.
    private mutating func makeRoom(at time: UTCTime) throws(VaultError) {
        let over = grants.filter { $0.value.until <= time }
        guard !over.isEmpty else { throw VaultError(.catalogueConflict, "there are \(Self.limit) grants") }
        for (key, grant) in over {
            grants[key] = nil
            keys[grant.id] = nil
        }
    }

    mutating func revoke(_ id: [UInt8]) throws(VaultError) {
        guard let key = keys.removeValue(forKey: id) else {
            throw VaultError(.catalogueConflict, "there is no grant `\(Hex.encode(id.prefix(8)))`")
        }
        grants[key] = nil
    }
}

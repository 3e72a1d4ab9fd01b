public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// One organisation's node in a committee: who it is, what it weighs, and its keys, one for each purpose (rule K1).
public struct Member: Sendable, Equatable {
    public let did: DID
    /// What people call it, at most 64 bytes; never used to decide anything.
    public let name: String
    public let weight: Int64
    public let keys: MemberKeys

    public init(did: DID, name: String, weight: Int64, keys: MemberKeys) {
        self.did = did
        self.name = name
        self.weight = weight
        self.keys = keys
    }

    public var json: JSONValue {
        ["did": .string(did.text), "keys": keys.json, "name": .string(name), "weight": .integer(weight)]
    }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "member")
        did = try DID(reader.string("did", limit: 128))
        name = try reader.string("name", limit: 64)
        weight = try reader.integer("weight", in: 1...Fraction.largestWeight)
        keys = try MemberKeys(reader.value("keys"))
        try reader.finish()
    }
}

/// The public keys with which a member acts.
public struct MemberKeys: Sendable, Equatable {
    /// Proposals and ballots: the members' people.
    public let ballot: VerifyingKey<Purpose.Ballot>
    /// Blocks and consensus votes: the members' machines.
    public let consensus: VerifyingKey<Purpose.Consensus>
    /// Requests of one node to another (RFC 9421).
    public let http: VerifyingKey<Purpose.HTTP>

    public init(
        ballot: VerifyingKey<Purpose.Ballot>, consensus: VerifyingKey<Purpose.Consensus>, http: VerifyingKey<Purpose.HTTP>
    ) {
        self.ballot = ballot
        self.consensus = consensus
        self.http = http
    }

    /// The ids of all keys; no key stands for two members or purposes.
    package var ids: [[UInt8]] { [ballot.id, consensus.id, http.id] }

    public var json: JSONValue { [Self.entry(ballot), Self.entry(consensus), Self.entry(http)] }

    public init(_ value: JSONValue) throws {
        guard let entries = value.array, entries.count == 3 else {
            throw GovernanceError(.committeeInvalid, "a member has a ballot, a consensus and an http key, in this order")
        }
        ballot = try Self.key(entries[0])
        consensus = try Self.key(entries[1])
        // RFC 9421 knows ML-DSA alone.
        http = try Self.key(entries[2], [.mlDSA65, .mlDSA87])
    }

    static func entry<Use: KeyPurpose>(_ key: VerifyingKey<Use>) -> JSONValue {
        [
            "key": .string(Base64.url.encode(key.bytes)), "purpose": .string(Use.name), "suite": .string(key.suite.rawValue),
        ]
    }

    private static func key<Use: KeyPurpose>(
        _ value: JSONValue, _ accepted: Set<SignatureSuite> = [.mlDSA65, .mlDSA87, .hybrid]
    ) throws -> VerifyingKey<Use> {
        var reader = try RecordReader(value, "member key")
        let key: VerifyingKey<Use> = try reader.verifyingKey(accepted)
        try reader.finish()
        return key
    }
}

extension RecordReader {
    /// The members `purpose`, `suite` and `key`, of a purpose that the caller knows.
    mutating func verifyingKey<Use: KeyPurpose>(
        _ accepted: Set<SignatureSuite> = [.mlDSA65, .mlDSA87, .hybrid]
    ) throws -> VerifyingKey<Use> {
        guard try string("purpose", limit: 32).utf8.elementsEqual(Use.name.utf8) else {
            throw GovernanceError(.committeeInvalid, "a `\(Use.name)` key was expected")
        }
        guard let suite = SignatureSuite(rawValue: try string("suite", limit: 32)), accepted.contains(suite) else {
            throw GovernanceError(.committeeInvalid, "a `\(Use.name)` key is of another suite than this purpose takes")
        }
        return try VerifyingKey(suite, try bytes("key", count: suite.publicKeyBytes))
    }
}

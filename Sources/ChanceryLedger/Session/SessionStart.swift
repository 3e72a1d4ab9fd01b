public import ChancerySuite
public import ChanceryWire

/// Who takes part in a session, in which role, and until when; signed by the member who started it and bound by every
/// pairwise handshake, whose payload hash is this record's id.
public struct SessionStart: Sendable {
    public static let type = "chancery/session-start/v1"
    /// All pairs shake hands, so the work grows with the square.
    public static let memberCounts = 2...16

    public struct Member: Sendable, Equatable {
        public let agent: PartyStatement
        /// Unique in the session.
        public let name: String
        public let role: String
    }

    /// What a caller says of a member to be.
    public struct Invitation: Sendable {
        public let party: RecordParty
        public let name: String
        public let role: String

        public init(_ party: RecordParty, name: String, role: String) {
            self.party = party
            self.name = name
            self.role = role
        }
    }

    public let record: VerifiedRecord
    public let session: SessionID
    /// Ascending by DID.
    public let members: [Member]
    public let starter: DID
    public let time: UTCTime
    public let expires: UTCTime

    /// Starts a session. `salt` is 16 fresh random bytes.
    public static func make(
        session: SessionID, members: [Invitation], starter: RecordParty, key: SigningKey<Purpose.Record>, time: UTCTime,
        expires: UTCTime, salt: [UInt8]
    ) throws(LedgerError) -> SessionStart {
        let sorted = members.sorted { $0.party.did.bytes.lexicographicallyPrecedes($1.party.did.bytes) }
        var body = JSONObject()
        body["session"] = session.json
        body["members"] = .array(
            sorted.map { ["agent": $0.party.statement.json, "name": .string($0.name), "role": .string($0.role)] })
        body["did"] = .string(starter.did.text)
        body["time"] = .string(time.text)
        body["expires"] = .string(expires.text)
        body["salt"] = .string(Base64.url.encode(salt))
        let record = try SessionRecord.sign(body, type: type, by: key)
        return try SessionStart(verifying: record, registry: RecordRegistry(sorted.map(\.party)))
    }

    /// - Throws: `ledger.session_malformed`, `ledger.session_foreign_member`, `ledger.session_signature`.
    public init(verifying bytes: [UInt8], registry: RecordRegistry) throws(LedgerError) {
        try self.init(verifying: SessionRecord.decode(bytes), registry: registry)
    }

    init(verifying unverified: UnverifiedRecord, registry: RecordRegistry) throws(LedgerError) {
        do throws(WireError) {
            var reader = RecordReader(unverified.body, "session start")
            _ = try reader.string("type", limit: 64)
            session = try SessionID(reading: &reader)
            var members: [Member] = []
            for element in try reader.array("members", limit: Self.memberCounts.upperBound) {
                var member = try RecordReader(element, "member")
                members.append(
                    Member(
                        agent: try PartyStatement(member.value("agent")), name: try member.string("name", limit: 64),
                        role: try member.string("role", limit: 64)))
                try member.finish()
            }
            self.members = members
            starter = try DID(reader.string("did", limit: 80))
            time = try reader.time("time")
            expires = try reader.time("expires")
            _ = try reader.bytes("salt", count: HandshakeTranscript.saltBytes)
            try reader.finish()
        } catch {
            throw LedgerError(.sessionMalformed, error)
        }
        guard Self.memberCounts.contains(members.count), expires > time,
            zip(members, members.dropFirst()).allSatisfy({
                $0.agent.did.bytes.lexicographicallyPrecedes($1.agent.did.bytes)
            }), Set(members.map(\.agent.keyID)).count == members.count,
            Set(members.map { Array($0.name.utf8) }).count == members.count, members.allSatisfy({ !$0.name.isEmpty })
        else {
            throw LedgerError(.sessionMalformed, "members must be 2 to 16, ascending, with keys and names of their own")
        }
        for (index, member) in members.enumerated() {
            guard let party = registry[member.agent.did], party.statement == member.agent else {
                throw LedgerError(
                    .sessionForeignMember, "a member is not who its identity document says", index: index)
            }
        }
        let author = starter
        guard members.contains(where: { $0.agent.did == author }), let party = registry[author] else {
            throw LedgerError(.sessionForeignMember, "the session was started by somebody who is not a member")
        }
        record = try SessionRecord.verify(unverified, Self.type, [party])
    }

    /// The members that an unverified start names, so that a caller can look up their identity documents.
    public static func claimedMembers(_ bytes: [UInt8]) throws(LedgerError) -> [PartyStatement] {
        let record = try SessionRecord.decode(bytes)
        guard record.type == type else {
            throw LedgerError(.sessionMalformed, "a `\(record.type.prefix(64))` starts no session")
        }
        do throws(WireError) {
            var reader = RecordReader(record.body, "session start")
            var members: [PartyStatement] = []
            for element in try reader.array("members", limit: memberCounts.upperBound) {
                var member = try RecordReader(element, "member")
                members.append(try PartyStatement(member.value("agent")))
            }
            return members
        } catch {
            throw LedgerError(.sessionMalformed, error)
        }
    }

    /// The pairs that shake hands, in the order of their counters 1, 2, …: initiator first.
    public var pairs: [(initiator: DID, responder: DID)] {
        members.indices.flatMap { left in
            members.indices.dropFirst(left + 1).map { (members[left].agent.did, members[$0].agent.did) }
        }
    }

    /// The terms of the handshake with counter `counter`.
    public func terms(counter: Int64) throws(LedgerError) -> HandshakeTerms {
        try HandshakeTerms(session: session, counter: counter, payloadHash: record.id, expires: expires)
    }
}

/// Decoding, signing and verifying records under the error codes of this room.
enum SessionRecord {
    static func decode(_ bytes: [UInt8]) throws(LedgerError) -> UnverifiedRecord {
        do {
            return try UnverifiedRecord(decoding: bytes, limit: HandshakeRecord.byteLimit)
        } catch {
            throw LedgerError(.sessionMalformed, error)
        }
    }

    static func decode(_ value: JSONValue) throws(LedgerError) -> UnverifiedRecord {
        do {
            return try UnverifiedRecord(value, limit: HandshakeRecord.byteLimit)
        } catch {
            throw LedgerError(.sessionMalformed, error)
        }
    }

    static func verify(_ record: UnverifiedRecord, _ type: String, _ parties: [RecordParty]) throws(LedgerError)
        -> VerifiedRecord
    {
        do {
            return try record.verify(type: type, by: parties.map { RecordVerifier($0.key) })
        } catch {
            throw LedgerError(.sessionSignature, error)
        }
    }

    static func sign(_ body: JSONObject, type: String, by key: SigningKey<Purpose.Record>) throws(LedgerError)
        -> UnverifiedRecord
    {
        do {
            return try UnverifiedRecord(decoding: VerifiedRecord.sign(body, type: type, by: key).bytes)
        } catch {
            throw LedgerError(.sessionMalformed, "the record could not be signed: \(error)")
        }
    }
}

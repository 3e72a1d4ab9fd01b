internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// That somebody handed in another history of an agent than the one on record, with the signature that proves it.
///
/// Nobody signs the statement; what counts is the evidence in it, which is valid under the agent's own key (rule P6).
struct ForkStatement: Equatable {
    static let kind = "chancery/fork/v1"
    /// Longest evidence in bytes; a longer event is no proof that fits a statement.
    static let evidenceLimit = 40 << 10

    let agentID: String
    /// The id of the record that stands where the other one claims to stand: an event, or a batch seal.
    let stored: [UInt8]
    let offered: [UInt8]

    init(agentID: String, stored: [UInt8], offered: [UInt8]) {
        self.agentID = agentID
        self.stored = stored
        self.offered = offered
    }

    func record(at time: UTCTime) throws -> NewRecord {
        try StoreStatement(
            Self.kind, time,
            [
                "agent_id": .string(agentID), "offered": .string(Base64.url.encode(offered)),
                "stored": .string(Hex.encode(stored)),
            ]
        ).record()
    }

    init(decoding bytes: [UInt8]) throws {
        var reader = try RecordReader(JSONParser.parse(bytes, limits: .init(bytes: 1 << 16, depth: 4)), "fork")
        _ = try (reader.string("type", limit: 64), reader.string("time", limit: 32), reader.bytes("salt", count: 16))
        agentID = try reader.string("agent_id", limit: 64)
        offered = try Base64.url.decode(reader.string("offered", limit: 1 << 16))
        stored = try Hex.decode(reader.string("stored", limit: 128))
        try reader.finish()
    }

    /// Whether the agent's own key signed two things that exclude each other: the evidence, and the record that it differs
    /// from.
    func isProven(_ store: any RecordStore & RecordIndex, _ registry: IdentityRegistry) throws -> Bool {
        guard let record = try store.record(id: stored), record.agent.utf8.elementsEqual(agentID.utf8) else { return false }
        if record.kind == BatchSeal.type {
            guard case .identity(let document) = try registry.entry(for: agentID) else { return false }
            let mine = try BatchSeal.verify(UnverifiedRecord(decoding: record.bytes), by: document)
            let theirs = try BatchSeal.verify(UnverifiedRecord(decoding: offered), by: document)
            return mine.contradicts(theirs)
        }
        let (mine, theirs) = (try Event(decoding: record.bytes), try Event(decoding: offered))
        guard theirs.hash != mine.hash, theirs.agentID == mine.agentID, theirs.previousHash == mine.previousHash else {
            return false
        }
        try registry.aissIdentity(agentID).keys.verify(theirs)
        return true
    }
}

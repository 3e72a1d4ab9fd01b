internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryVigil
internal import ChanceryWire

extension ObservedEvent {
    /// What a record of the log tells about the agent that it belongs to; nil for records that are no acts of it.
    ///
    /// Every event of the log was verified when it was taken. An interaction counts as verified by its peer when the log
    /// holds the handshake that both signed.
    init?(_ record: StoredRecord, _ store: any RecordIndex) throws {
        let received = record.time / 1000
        if record.kind == AgentRecord.type {
            self.init(index: record.position, time: received, type: "identity_created")
            return
        }
        guard let sequence = record.sequence, sequence >= 0, let payload = try Self.payload(of: record) else { return nil }
        let traits = PayloadTraits(payload)
        var isPeerVerified = false
        if traits.isInteraction, let text = payload["interaction_hash"]?.string, let id = try? Hex.decode(text) {
            isPeerVerified =
                try store.record(id: id).map { try Self.isHandshake($0, of: record.agent, with: traits.peer, store) } ?? false
        }
        self.init(
            index: record.position, time: received, traits: traits, isPeerVerified: isPeerVerified, isTimestamped: false,
            isAttested: traits.isRotation)
    }

    /// Whether a record is a handshake that both `agent` and `peer`, by their agent ids, signed. In an answer with the
    /// responder's signature alone that of the initiator is the one under the proposal.
    private static func isHandshake(
        _ record: StoredRecord, of agent: String, with peer: String?, _ store: any RecordIndex
    ) throws -> Bool {
        guard record.kind == Handshake.type, let peer else { return false }
        let handshake = try UnverifiedRecord(decoding: record.bytes)
        let body = handshake.body
        if handshake.signatureCount < 2 {
            guard let proposal = body["proposal"]?.string, let id = try? Hex.decode(proposal),
                try store.record(id: id)?.kind == HandshakeProposal.type
            else { return false }
        }
        let sides = ["initiator", "responder"].compactMap { side in
            body[side]?["agent"]?["agent_ids"]?.array.map { ids in ids.compactMap(\.string) }
        }
        let names = { (side: [String], name: String) in side.contains { $0.utf8.elementsEqual(name.utf8) } }
        guard sides.count == 2 else { return false }
        return (names(sides[0], agent) && names(sides[1], peer)) || (names(sides[1], agent) && names(sides[0], peer))
    }

    private static func payload(of record: StoredRecord) throws -> JSONObject? {
        if record.kind == BatchEvent.version { return try BatchEvent(decoding: record.bytes).payload }
        guard EventProfile(rawValue: record.kind) != nil else { return nil }
        return try Event(decoding: record.bytes).payload
    }
}

internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

extension ChainImporter {
    /// Keeps the proof that a verified chain contradicts the store's: what its agent's key signed twice.
    func keepEvidence(of step: ImportedChain.Step, agentID: String, isBatch: Bool) throws {
        let offered: [UInt8]
        let stored: StoredRecord?
        if isBatch {
            guard let seal = step.records.last(where: { $0.sequence == nil }) else { return }
            offered = seal.bytes
            stored = try first(of: agentID, kind: BatchSeal.type) { record in
                let body = try UnverifiedRecord(decoding: record.bytes).body
                return (body["first_seq"]?.integer ?? 0) + (body["count"]?.integer ?? 0) > Int64(step.first)
            }
        } else {
            guard let other = try step.records.first(where: { try store.record(id: $0.id) == nil }),
                let sequence = other.sequence
            else { return }
            offered = other.bytes
            stored = try first(of: agentID, kind: nil) { $0.sequence == sequence }
        }
        guard let stored, offered.count <= ForkStatement.evidenceLimit else { return }
        let statement = ForkStatement(agentID: agentID, stored: stored.id, offered: offered)
        guard try first(kind: ForkStatement.kind, where: { try ForkStatement(decoding: $0.bytes) == statement }) == nil else {
            return
        }
        _ = try store.append([statement.record(at: now())], moving: [])
    }

    /// The first record of the chain that `matches`.
    private func first(
        of agentID: String? = nil, kind: String?, where matches: (StoredRecord) throws -> Bool
    ) throws -> StoredRecord? {
        var query = RecordQuery(agent: agentID, kind: kind, limit: 1000)
        while true {
            let page = try store.records(query)
            if let found = try page.first(where: matches) { return found }
            guard page.count == query.limit else { return nil }
            query.after = page.last?.position
        }
    }
}

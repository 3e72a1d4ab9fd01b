import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// Every signature of every record is verified again, wherever in the store the record stands.
struct LogAuditSignatureTests {
    private let home: SampleHome

    init() throws {
        home = try SampleHome()
        let (alice, bob) = (try home.identity("alice"), try home.identity("bob"))
        let exporter = ChainExporter(store: home.store, registry: home.registry, now: home.clock.now)
        _ = try home.ledger.register(alice, role: "clerk")
        _ = try home.ledger.stamp(samplePayloads(3), as: alice, profile: .aiss21)
        _ = try home.ledger.stamp(samplePayloads(3), as: bob, profile: .batch)
        try home.log.start(origin: "log.example/signatures", protection: .unencrypted)
        for identity in [alice, bob] {
            let agentID = identity.document.agentID.text
            _ = try exporter.signedExport(of: identity, agentID: agentID)
            _ = try exporter.chainCheckpoint(of: identity, agentID: agentID, log: home.log, protection: .unencrypted)
        }
        _ = try home.ledger.rotate(alice, keeper: home.keeper, protection: .unencrypted)
    }

    /// The signed record with one character of its last signature changed, as an attacker stores it who keeps leaf,
    /// tree and index in order.
    private func forged(_ record: StoredRecord) throws -> NewRecord {
        let text = String(decoding: record.bytes, as: UTF8.self)
        let start = try #require(text.ranges(of: "\"value\":\"").last?.upperBound)
        let letter = text[start] == "A" ? "B" : "A"
        let bytes = Array((text[..<start] + letter + text[text.index(after: start)...]).utf8)
        return try NewRecord.derive(kind: record.kind, bytes: bytes, sequence: record.sequence)
    }

    @Test(arguments: [
        "chancery/identity/v1", "chancery/agent/v1", "chancery/export/v1", "chancery/chain-head/v1", "chancery/batch-seal/v1",
    ])
    func `a false signature is named by its position`(kind: String) throws {
        #expect(try home.audit().failures == [])
        for record in try home.store.records(RecordQuery(kind: kind)) {
            let other = try SampleHome()
            var page = try home.store.records(RecordQuery(limit: 10_000))[...]
            while let next = page.popFirst() {
                let honest = try NewRecord.derive(kind: next.kind, bytes: next.bytes, sequence: next.sequence)
                _ = try other.store.append([next.position == record.position ? forged(next) : honest], moving: [])
            }
            let findings = try other.audit().failures
            #expect(findings.contains { $0.hasPrefix("record \(record.position): ") }, "\(findings)")
        }
    }

    @Test func `a signed record whose signer is not in the store is found`() throws {
        let export = try #require(try home.store.records(RecordQuery(kind: "chancery/export/v1")).first)
        let other = try SampleHome()
        _ = try other.store.append(
            [NewRecord.derive(kind: export.kind, bytes: export.bytes, sequence: nil)], moving: [])
        #expect(try other.audit().failures.contains { $0.hasPrefix("record 0: ") })
    }

    @Test func `a chain with events of two profiles is found`() throws {
        let home = try SampleHome()
        let alice = try home.identity("alice")
        _ = try home.ledger.stamp(samplePayloads(2), as: alice, profile: .aiss21)
        let state = try #require(try home.store.chain(alice.document.agentID.text))
        let event = try BatchEvent(
            agentID: alice.document.agentID, timestamp: 1_800_000_000, nonce: "n", payload: JSONObject(),
            previousHash: state.head)
        let position = try home.store.append([NewRecord(event, sequence: 0)], moving: [])
        #expect(try home.audit().failures.contains { $0.hasPrefix("record \(position): node.profile_fixed") })
    }
}

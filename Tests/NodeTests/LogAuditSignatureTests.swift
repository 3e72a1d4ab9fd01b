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
        let desk = HandshakeDesk(ledger: home.ledger)
        let capabilities = try CapabilitySet(["read"])
        let first = try desk.propose(as: alice, to: bob.document.did, capabilities: capabilities)
        let answer = try desk.accept(first.record.bytes, as: bob, capabilities: capabilities)
        _ = try desk.confirm(answer.record.bytes, as: alice)
        let second = try desk.propose(as: alice, to: bob.document.did, capabilities: capabilities)
        _ = try desk.refuse(second.record.bytes, as: bob, reason: "policy")
        let sessions = SessionDesk(ledger: home.ledger)
        let session = try sessions.start([.init(alice, role: "planner"), .init(bob, role: "buyer")]).start.session
        _ = try sessions.stamp(session, from: alice, to: bob, eventType: "task", payload: ["x": 1])
        _ = try sessions.stamp(session, from: bob, eventType: "note", payload: ["x": 2])
        _ = try sessions.end(session, by: alice, members: [alice, bob])
        try home.log.start(origin: "log.example/signatures", protection: .unencrypted)
        for identity in [alice, bob] {
            let agentID = identity.document.agentID.text
            _ = try exporter.signedExport(of: identity, agentID: agentID)
            _ = try exporter.chainCheckpoint(of: identity, agentID: agentID, log: home.log, protection: .unencrypted)
        }
        _ = try home.ledger.rotate(alice, keeper: home.keeper, protection: .unencrypted)
    }

    /// The signed record with one character of each of its signatures changed, as an attacker stores it who keeps
    /// leaf, tree and index in order.
    private func forgeries(_ record: StoredRecord) throws -> [NewRecord] {
        let text = String(decoding: record.bytes, as: UTF8.self)
        return try text.ranges(of: "\"value\":\"").map { range in
            let start = range.upperBound
            let letter = text[start] == "A" ? "B" : "A"
            let bytes = Array((text[..<start] + letter + text[text.index(after: start)...]).utf8)
            return try NewRecord.derive(kind: record.kind, bytes: bytes, sequence: record.sequence)
        }
    }

    @Test func `a false signature of any kind of record is named by its position`() async throws {
        #expect(try home.audit().failures == [])
        let records = try home.store.records(RecordQuery(limit: 10_000))
        let signed = records.filter { $0.sequence == nil && !$0.kind.contains("/log-") }
        let kinds = Set(signed.map(\.kind))
        #expect(kinds.count >= 13, "\(kinds.sorted())")
        // One record of each kind, the last: what it needs stands before it.
        let last = kinds.compactMap { kind in signed.last { $0.kind == kind } }
        let missed = await inParallel(last) { record -> String? in
            do {
                let forgeries = try forgeries(record)
                if forgeries.isEmpty { return "\(record.kind) has no signature" }
                for forgery in forgeries {
                    let other = try SampleHome()
                    _ = try other.store.append(
                        records.map {
                            $0.position == record.position
                                ? forgery : try NewRecord.derive(kind: $0.kind, bytes: $0.bytes, sequence: $0.sequence)
                        }, moving: [])
                    let findings = try other.audit().failures
                    // A false identity is false for every record of its agent; those stand before it.
                    if !findings.contains(where: {
                        $0.hasPrefix("record \(record.position): ") || $0.hasSuffix("of the `\(record.kind)` is false")
                    }) {
                        return "\(record.kind): \(findings)"
                    }
                }
                return nil
            } catch {
                return "\(record.kind): \(error)"
            }
        }
        #expect(missed == [])
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

import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// Exports that leave one home and are verified or imported in another.
struct ExchangeTests {
    private let home: SampleHome
    private let alice: OpenIdentity
    private var exporter: ChainExporter { Self.exporter(home) }

    init() throws {
        home = try SampleHome()
        alice = try home.identity()
    }

    private static func exporter(_ home: SampleHome) -> ChainExporter {
        ChainExporter(store: home.store, registry: home.registry, now: home.clock.now)
    }

    private func export(_ identity: OpenIdentity, of document: IdentityDocument? = nil) throws -> [UInt8] {
        try exporter.signedExport(of: identity, agentID: (document ?? identity.document).agentID.text)
    }

    private func keys(_ home: SampleHome? = nil) throws -> PinnedKeys {
        var keys = PinnedKeys()
        try keys.add((home ?? self.home).registry)
        return keys
    }

    private func verdict(_ bytes: [UInt8], _ keys: PinnedKeys? = nil) throws -> DocumentVerdict {
        try DocumentVerifier(keys: keys ?? self.keys()).verify(bytes)
    }

    private func rotate(_ identity: OpenIdentity) throws -> OpenIdentity {
        try home.ledger.rotate(identity, keeper: home.keeper, protection: .unencrypted)
    }

    /// A second home that holds the same identity, as a restored copy does.
    private func twin() throws -> (home: SampleHome, identity: OpenIdentity) {
        let other = try SampleHome()
        try other.registry.register([alice.document])
        return (other, alice)
    }

    private func take(_ bytes: [UInt8], into other: SampleHome, _ keys: PinnedKeys? = nil) throws -> ChainImporter.Outcome {
        try ChainImporter(store: other.store, registry: other.registry, now: other.clock.now).run(
            bytes, pinned: keys ?? self.keys())
    }

    private func size(_ home: SampleHome) throws -> UInt64 { try home.store.frontier().size }

    // MARK: rotation

    @Test(arguments: [StampProfile.aiss21, .batch])
    func `a signed export proves that a rotated chain starts at the rotation`(profile: StampProfile) throws {
        _ = try home.ledger.stamp(samplePayloads(2), as: alice, profile: profile)
        let next = try rotate(alice)
        _ = try home.ledger.stamp(samplePayloads(3), as: next, profile: profile)
        let later = try verdict(export(next))
        #expect(later.findings == [] && later.checked.contains { $0.hasPrefix("start: ") })
        // The latest keys vouch for the chain before, which its rotation ends.
        let earlier = try verdict(export(next, of: alice.document))
        #expect(earlier.findings == [] && earlier.checked.contains { $0.hasPrefix("end: ") })
        let other = try SampleHome()
        #expect(throws: LedgerError.self) { try take(export(next), into: other) }
        #expect(try take(export(next, of: alice.document), into: other).events == 3)
        #expect(try take(export(next), into: other).events == 3)
        #expect(try other.audit().failures == [])
    }

    @Test func `events cut off the front of a rotated chain leave its start unproven`() throws {
        _ = try home.ledger.stamp(samplePayloads(1), as: alice)
        let next = try rotate(alice)
        _ = try home.ledger.stamp(samplePayloads(4), as: next)
        let id = next.document.agentID.text
        let events = try home.store.records(RecordQuery(agent: id)).filter { $0.sequence != nil }
            .map { try JSONParser.parse($0.bytes) }
        let whole = try verdict(CanonicalForm.jcs.encode(.array(events)))
        let cut = try verdict(CanonicalForm.jcs.encode(.array(Array(events.dropFirst()))))
        for found in [whole, cut] {
            #expect(found.isValid && found.notes.contains { $0.hasPrefix("start not proven") }, "\(found)")
        }
    }

    @Test func `a chain under replaced keys that no rotation ends is remarked and not imported`() throws {
        _ = try home.ledger.stamp(samplePayloads(2), as: alice)
        let old = try export(alice)
        _ = try rotate(alice)
        let found = try verdict(old)
        #expect(found.isValid && found.notes.contains { $0.contains("no rotation ends it") })
        let other = try SampleHome()
        #expect(code { _ = try take(old, into: other) } == "ledger.key_superseded")
        #expect(try size(other) == 0)
    }

    // MARK: tails

    @Test func `a longer chain that differs before the stated event lacks the stated tail`() throws {
        let (other, _) = try twin()
        for home in [home, other] { try home.log.start(origin: "example.org/log", protection: .unencrypted) }
        _ = try home.ledger.stamp(samplePayloads(3), as: alice)
        _ = try other.ledger.stamp(samplePayloads(4, from: 9), as: alice)
        let checkpoint = try exporter.chainCheckpoint(
            of: alice, agentID: alice.document.agentID.text, log: home.log, protection: .unencrypted)
        let log = try CheckpointVerifier(#require(try home.log.verifierKeys()))
        let verifier = DocumentVerifier(keys: try keys(), log: log, checkpoint: checkpoint)
        #expect(try verifier.verify(export(alice)).isValid)
        let forked = try Self.exporter(other).signedExport(of: alice, agentID: alice.document.agentID.text)
        #expect(try verifier.verify(forked).findings.first?.hasPrefix("ledger.tail_missing") == true)
    }

    // MARK: import

    @Test(arguments: [StampProfile.aiss21, .batch])
    func `another history of an agent is refused, and nothing but the proof of it is kept`(profile: StampProfile) throws {
        let (other, _) = try twin()
        for _ in 0..<3 { _ = try home.ledger.stamp(samplePayloads(1), as: alice, profile: profile) }
        for _ in 0..<2 { _ = try other.ledger.stamp(samplePayloads(1, from: 5), as: alice, profile: profile) }
        let theirs = try Self.exporter(other).signedExport(of: alice, agentID: alice.document.agentID.text)
        let before = try size(home)
        let refusal = profile == .batch ? "ledger.seal_forked" : "ledger.fork_detected"
        #expect(code { _ = try take(theirs, into: home) } == refusal)
        #expect(try size(home) == before + 1)
        #expect(try home.store.records(RecordQuery(kind: "chancery/fork/v1")).count == 1)
        #expect(try home.audit().failures == [])
    }

    @Test func `an older export of the same chain is known, not a fork`() throws {
        for profile in [StampProfile.aiss21, .batch] {
            let agent = try home.identity("agent-\(profile.rawValue.prefix(5).lowercased().filter(\.isLetter))")
            _ = try home.ledger.stamp(samplePayloads(2), as: agent, profile: profile)
            let old = try export(agent)
            _ = try home.ledger.stamp(samplePayloads(2), as: agent, profile: profile)
            let outcome = try take(old, into: home)
            #expect(outcome.events == 0 && outcome.known == 2)
            // A home that has the older export takes the rest.
            let other = try SampleHome()
            #expect(try take(old, into: other).events == 2)
            let rest = try take(export(agent), into: other)
            #expect(rest.events == 2 && rest.known == 2)
            #expect(try other.audit().failures == [])
        }
    }

    @Test func `a batch export is not laid over an AISS-2.1 chain`() throws {
        let (other, _) = try twin()
        _ = try home.ledger.stamp(samplePayloads(3), as: alice)
        _ = try other.ledger.stamp(samplePayloads(2), as: alice, profile: .batch)
        let theirs = try Self.exporter(other).signedExport(of: alice, agentID: alice.document.agentID.text)
        #expect(code { _ = try take(theirs, into: home) } == "node.profile_fixed")
        #expect(try home.store.chain(alice.document.agentID.text)?.count == 3)
    }

    @Test func `a chain that is wrong somewhere leaves nothing behind, not even its identity`() throws {
        _ = try home.ledger.stamp(samplePayloads(3000), as: alice)
        var events = try home.store.records(RecordQuery(agent: alice.document.agentID.text, limit: 10_000))
            .filter { $0.sequence != nil }.map { try JSONParser.parse($0.bytes) }
        var wrong = try #require(events[2900].object)
        wrong["payload"] = ["event_type": "forged"]
        events[2900] = .object(wrong)
        let other = try SampleHome()
        #expect(throws: LedgerError.self) { try take(CanonicalForm.jcs.encode(.array(events)), into: other) }
        #expect(try size(other) == 0)
    }

    @Test(arguments: [("chain_integrity_hash", "ledger.export_hash_mismatch"), ("metadata", "ledger.export_metadata_mismatch")])
    func `what verification of an audit export refuses, import refuses`(member: String, expected: String) throws {
        _ = try home.ledger.stamp(samplePayloads(2), as: alice)
        let audit = try JSONParser.parse(exporter.auditExport(agentID: alice.document.agentID.text))
        var document = try #require(audit.object)
        if member == "metadata" {
            var metadata = try #require(document["metadata"]?.object)
            metadata["event_count"] = 999
            document["metadata"] = .object(metadata)
        } else {
            document[member] = .string(String(repeating: "0", count: 64))
        }
        let bytes = try CanonicalForm.jcs.encode(document)
        #expect(code { _ = try take(bytes, into: SampleHome()) } == expected)
        #expect(try verdict(bytes).findings.first?.hasPrefix(expected) == true)
    }

    @Test func `an audit export without events proves nothing`() throws {
        _ = try home.ledger.stamp(samplePayloads(1), as: alice)
        let audit = try JSONParser.parse(exporter.auditExport(agentID: alice.document.agentID.text))
        var document = try #require(audit.object)
        document["events"] = []
        document["chain_integrity_hash"] = .string(Hex.encode(Digest.sha256([])))
        document["metadata"] = [
            "event_count": 0, "exporter": "x", "first_timestamp": .null, "last_timestamp": .null,
        ]
        #expect(try verdict(CanonicalForm.jcs.encode(document)).isValid == false)
    }

    @Test func `an old export does not undo a retirement, a new one carries it`() throws {
        _ = try home.ledger.register(alice, role: "clerk")
        _ = try home.ledger.stamp(samplePayloads(1), as: alice)
        let active = try export(alice)
        home.clock.turn(by: 60)
        _ = try home.ledger.retire(alice)
        let retired = try export(alice)
        let other = try SampleHome()
        for file in [active, retired, active] { _ = try take(file, into: other) }
        #expect(try other.registry.agent(of: alice.document)?.status == .retired)
        #expect(try other.audit().failures == [])
    }

    private func adoptKeys(of identity: OpenIdentity, as name: IdentityName) throws {
        let keys = identity.keys.aiss.parts
        guard let classical = keys[0].exportSeed(), let postQuantum = keys[1].exportSeed() else {
            throw NodeError(.keyMissing, "the sample has seeds")
        }
        _ = try home.keeper.create(name, adoptingEd25519: classical, mlDSA65: postQuantum, protection: .unencrypted)
    }

    @Test func `one key belongs to one identity`() throws {
        let thief = try IdentityName("thief")
        #expect(code { try adoptKeys(of: alice, as: thief) } == "ledger.registry_conflict")
        #expect(try home.keeper.names() == ["alice"])
        _ = try home.ledger.stamp(samplePayloads(1), as: alice)
    }
}

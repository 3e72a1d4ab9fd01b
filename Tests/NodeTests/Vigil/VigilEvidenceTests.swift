import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryVigil
import ChanceryWire
import TestKit
import Testing

/// What counts for and against an agent is what the log proves, at once and in full.
struct VigilEvidenceTests {
    private let home: SampleHome
    private let alice: OpenIdentity

    init() throws {
        home = try SampleHome()
        alice = try home.identity("alice")
    }

    private func desk(_ store: (any RecordStore & RecordIndex)? = nil) -> VigilDesk {
        VigilDesk(store: store ?? home.store, registry: home.registry, now: home.clock.now)
    }

    // MARK: charges

    @Test func `a store that fails for a moment loses no charge`() throws {
        _ = try home.ledger.stamp(samplePayloads(4), as: alice)
        let other = try SampleHome()
        try other.registry.register([alice.document])
        _ = try other.ledger.stamp(samplePayloads(4, from: 50), as: alice)
        let export = try ChainExporter(store: other.store, registry: other.registry, now: other.clock.now)
            .signedExport(of: alice, agentID: alice.document.agentID.text)
        let importer = ChainImporter(store: home.store, registry: home.registry, now: home.clock.now)
        #expect(code { _ = try importer.run(export, pinned: PinnedKeys()) } == "ledger.fork_detected")
        let store = HookedStore(home.store)
        let desk = desk(store)
        for failure in [NodeError.Reason.storeBusy, .storeUnavailable, .storeCorrupt] {
            store.onRecord { throw NodeError(failure, "not now") }
            #expect(code { _ = try desk.assessment(of: alice.document.did) } == failure.rawValue)
        }
        store.onRecord(nil)
        let found = try desk.assessment(of: alice.document.did)
        #expect(found.isHeld)
        #expect(try found == self.desk().assessment(of: alice.document.did))
    }

    // MARK: what peers verified

    @Test(arguments: ["handshake", "answer", "answer alone", "proposal", "of others", "nothing"])
    func `an interaction counts as verified only with what both sides signed`(citation: String) throws {
        let bob = try home.identity("bob")
        let offer = try CapabilitySet(["read"])
        let desk = HandshakeDesk(ledger: home.ledger)
        let id: [UInt8]
        switch citation {
        case "handshake":
            let proposal = try desk.propose(as: bob, to: alice.document.did, capabilities: offer)
            let answer = try desk.accept(proposal.record.bytes, as: alice, capabilities: offer)
            id = try desk.confirm(answer.record.bytes, as: bob).record.id
        case "answer":
            let proposal = try desk.propose(as: bob, to: alice.document.did, capabilities: offer)
            id = try desk.accept(proposal.record.bytes, as: alice, capabilities: offer).record.id
        case "answer alone":
            let other = try SampleHome()
            for identity in [alice, bob] { try other.registry.register([identity.document]) }
            let desk = HandshakeDesk(ledger: other.ledger)
            let proposal = try desk.propose(as: bob, to: alice.document.did, capabilities: offer)
            let answer = try desk.accept(proposal.record.bytes, as: alice, capabilities: offer)
            _ = try home.store.append([NewRecord(answer.record)], moving: [])
            id = answer.record.id
        case "proposal": id = try desk.propose(as: bob, to: alice.document.did, capabilities: offer).record.id
        case "of others":
            let carol = try home.identity("carol")
            let proposal = try desk.propose(as: bob, to: carol.document.did, capabilities: offer)
            id = try desk.confirm(
                desk.accept(proposal.record.bytes, as: carol, capabilities: offer).record.bytes, as: bob
            ).record.id
        default: id = [UInt8](repeating: 1, count: 32)
        }
        let event: JSONObject = [
            "event_type": "a2a_message", "interaction_hash": .string(Hex.encode(id)),
            "peer_agent_id": .string(bob.document.agentID.text),
        ]
        _ = try home.ledger.stamp([JSONObject](repeating: event, count: 20), as: alice)
        let parts = try #require(try self.desk().assessment(of: alice.document.did).trustParts)
        #expect(parts.verified == (["handshake", "answer"].contains(citation) ? .one : .zero))
    }

    // MARK: at once

    @Test func `a risk that was just asked for follows the next event within the same second, whoever wrote it`() throws {
        _ = try home.ledger.stamp(samplePayloads(12), as: alice)
        let other = try SampleHome(home.folder, clock: home.clock)
        let desk = desk()
        let did = alice.document.did
        let before = try desk.risk(of: did)
        for step in 0..<20 {
            let event: JSONObject = ["event_type": "external_interaction", "peer_agent_id": .string("peer-\(step % 2)")]
            _ = try (step % 2 == 0 ? home : other).ledger.stamp([event], as: alice)
            #expect(try desk.risk(of: did) == self.desk().risk(of: did), "\(step)")
        }
        #expect(try desk.risk(of: did) != before)
        // And the time alone.
        home.clock.turn(by: 40 * 86_400)
        #expect(try desk.risk(of: did) == self.desk().risk(of: did))
    }
}

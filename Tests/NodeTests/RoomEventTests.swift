import ChanceryNode
import ChanceryVault
import ChanceryWire
import TestKit
import Testing

/// Whoever stamps with the keys of a room neither speaks for it nor stops it.
struct RoomEventTests {
    @Test(arguments: ["gate_decision", "gate_anything", "vault_put", "vault_", "vault_grant"])
    func `nobody stamps what a room writes`(type: String) throws {
        let home = try SampleHome()
        let identity = try home.identity()
        let payload: JSONObject = ["event_type": .string(type)]
        #expect(code { _ = try home.ledger.stamp([payload], as: identity) } == "node.rejected")
        #expect(code { _ = try home.ledger.stamp([payload], as: identity, profile: .batch) } == "node.rejected")
    }

    @Test func `a step stamped with the gate's keys does not stop the gate`() async throws {
        let sample = try await SampleGate()
        let decided = try await sample.decide()
        _ = try sample.home.ledger.stamp(samplePayloads(1), as: sample.identity, profile: .batch)
        _ = try await sample.decide()
        try await sample.redeem(decided.id)
        #expect(try sample.process().gate.questions().isEmpty)
    }

    @Test func `a step stamped with the vault's keys does not stop the vault`() async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        _ = try sample.home.ledger.stamp(samplePayloads(1), as: sample.identity, profile: .batch)
        try sample.grant(entry)
        #expect(try await sample.read(entry) == [1, 2, 3])
        #expect(try sample.process().catalogue { $0.live.count } == 1)
    }
}

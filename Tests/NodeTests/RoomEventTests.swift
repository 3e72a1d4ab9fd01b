import ChanceryNode
import ChanceryVault
import ChanceryWire
import TestKit
import Testing

/// Whoever stamps with the keys of a room neither speaks for it nor stops it.
struct RoomEventTests {
    /// What stamping an event of `type` comes to, in a home of its own.
    private func stamping(_ type: String, as name: String, _ profile: StampProfile) throws -> String? {
        let home = try SampleHome()
        let identity = try home.identity(name)
        return code { _ = try home.ledger.stamp([["event_type": .string(type)]], as: identity, profile: profile) }
    }

    @Test(arguments: ["gate_decision", "gate_refusal", "vault_put", "vault_grant"], ["alice", "gate", "vault"])
    func `nobody stamps what a room writes`(type: String, name: String) throws {
        for profile in [StampProfile.aiss21, .batch] { #expect(try stamping(type, as: name, profile) == "node.rejected") }
    }

    @Test(arguments: ["gate_opened", "gate_", "vault_door", "vault_"])
    func `what only begins like it stamps everybody but the rooms`(type: String) throws {
        for profile in [StampProfile.aiss21, .batch] {
            #expect(try stamping(type, as: "alice", profile) == nil)
            for room in ["gate", "vault"] { #expect(try stamping(type, as: room, profile) == "node.rejected") }
        }
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

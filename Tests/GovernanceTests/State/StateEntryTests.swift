import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct StateEntryTests {
    /// The entries as docs/spec/governance-state.md describes them, written out by hand, in a map that is its definition.
    @Test func `a state holds exactly the entries of the specification`() throws {
        var story = try StateScenario(members: 6)
        let federation = story.federation
        let roster = story.state.committee.rosterHash
        func time(_ slot: Int64) -> JSONValue { .string(SampleKeys.time(1 + slot * 60).text) }
        func hex(_ bytes: [UInt8]) -> JSONValue { .string(Hex.encode(bytes)) }
        let (one, two) = (try StateScenario.agent(1).text, try StateScenario.agent(2).text)

        let grant = try story.grant(1, "prod", rate: 7)
        let model = try story.decide(
            .authorizeModel(manifest: SampleProposal.hash(1), scope: .everything, constraints: .none))
        let delegation = try story.decide(story.delegation(1, 2, "prod/eu", depth: 2, rate: 5, life: 3600))
        let below = try story.decide(story.delegation(2, 3, "prod/eu", rate: 5, life: 600))
        let freeze = try story.decide(.emergencyFreeze(scope: Scope("test"), rooms: [.vault, .gate], reason: "r"))
        let unfreeze = try story.decide(.unfreeze([freeze]))
        let revoke = try story.decide(.revokeAgent(StateScenario.agent(1), scope: Scope("prod/us")))
        let policy = try story.decide(.updatePolicy(SampleProposal.hash(1)))
        let program = try story.decide(SampleProposal().parameters(.activateProgram).0)
        try story.next()
        try story.state.exclude(federation.dids[1], evidence: SampleProposal.hash(5))
        let removal = try story.terms(.removeNode(federation.dids[0]))
        try story.state.apply(removal)

        var slow = SlowMap()
        func hold(_ table: String, _ key: JSONValue, _ value: JSONValue) throws {
            let name = Digest.sha256(Array(table.utf8) + [0] + (try CanonicalForm.jcs.encode(key)))
            slow.entries[name] = try CanonicalForm.jcs.encode(value)
        }
        try hold(
            "grants", ["kind": "agent", "subject": .string(one)],
            [
                "generation": 1,
                "grants": [
                    [
                        "constraints": ["max_rate_qps": 7], "from": time(1), "generation": 0, "proposal": hex(grant),
                        "role": "clerk", "scope": "prod", "slot": 1,
                    ]
                ],
                "tombstones": [
                    ["from": time(7), "generation": 1, "proposal": hex(revoke), "scope": "prod/us", "slot": 7]
                ],
            ])
        try hold(
            "grants", ["kind": "model", "subject": hex(SampleProposal.hash(1))],
            [
                "generation": 0,
                "grants": [
                    [
                        "constraints": [:], "from": time(2), "generation": 0, "proposal": hex(model), "role": nil,
                        "scope": "*", "slot": 2,
                    ]
                ], "tombstones": [],
            ])
        func delegated(
            _ from: String, _ to: String, _ depth: Int64, _ parent: JSONValue, _ slot: Int64, _ id: [UInt8], until: Int64
        ) -> JSONValue {
            [
                "constraints": ["max_rate_qps": 5, "not_after": .string(SampleKeys.time(until).text)],
                "delegate": .string(to), "delegate_generation": 0, "delegator": .string(from), "delegator_generation": 0,
                "depth": .integer(depth), "from": time(slot), "parent": parent, "proposal": hex(id), "scope": "prod/eu",
                "slot": .integer(slot),
            ]
        }
        let three = try StateScenario.agent(3).text
        try hold("delegations", .string(two), [delegated(one, two, 2, nil, 3, delegation, until: 121 + 3600)])
        try hold("delegations", .string(three), [delegated(two, three, 0, hex(delegation), 4, below, until: 181 + 600)])
        try hold("freezes", hex(freeze), ["rooms": ["gate", "vault"], "scope": "test", "slot": 5])
        try hold("lifted", hex(freeze), ["by": hex(unfreeze), "slot": 6])
        try hold(
            "policy", nil,
            [
                "from": time(8), "generation": 1, "policy": hex(SampleProposal.hash(1)), "proposal": hex(policy), "slot": 8,
            ])
        try hold(
            "programs", hex(SampleProposal.hash(8)),
            [
                "from": time(9), "generation": 1, "policy": hex(SampleProposal.hash(3)), "proposal": hex(program), "slot": 9,
                "version": "1.4.0",
            ])
        try hold(
            "custodians", hex(SampleProposal.hash(8)),
            [
                "custodians": .array(try [10, 11, 12].map { .string(try StateScenario.agent($0).text) }), "generation": 1,
                "threshold": 2,
            ])
        try hold("previous-roster", nil, ["roster": hex(roster)])
        for (index, keys) in federation.keys.enumerated() {
            let ids = [keys.ballot.publicKey.id, keys.consensus.publicKey.id, keys.http.publicKey.id]
            try hold(
                "key-history", .string(federation.dids[index].text),
                [["epoch": 0, "keys": .array(ids.map(hex)), "since": 1, "until": index == 0 ? 11 : nil]])
            if index == 1 {
                try hold(
                    "excluded", .string(federation.dids[1].text),
                    ["evidence": hex(SampleProposal.hash(5)), "keys": .array(ids.prefix(2).map(hex)), "slot": 10])
            }
        }
        let decided = [grant, model, delegation, below, freeze, unfreeze, revoke, policy, program, removal.id]
        for (place, id) in decided.enumerated() {
            // Each was made one block before, but the last in its own, and lives for an hour.
            let made = Int64(place == 9 ? 10 : place) * 60 + 1
            try hold("terminal", hex(id), ["expires": .string(SampleKeys.time(made + 3600).text)])
        }
        #expect(story.state.root.map.size == UInt64(slow.entries.count))
        #expect(story.state.root.map.root.bytes == slow.root)
    }
}

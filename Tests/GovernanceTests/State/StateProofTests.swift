import ChanceryGovernance
import ChanceryLedger
import ChanceryWire
import TestKit
import Testing

struct StateProofTests {
    /// A state with an entry in each table, and the keys of these entries and of some that are not there.
    private static func story() throws -> (state: GovernanceState, present: [StateKey], absent: [StateKey]) {
        var story = try StateScenario(members: 6)
        try story.grant(1, "prod")
        try story.decide(story.delegation(1, 2, "prod/eu"))
        let freeze = try story.decide(.emergencyFreeze(scope: Scope("test"), rooms: [.gate], reason: ""))
        try story.decide(.unfreeze([freeze]))
        try story.revoke(1, "prod/us")
        try story.decide(.updatePolicy(SampleProposal.hash(1)))
        try story.decide(SampleProposal().parameters(.activateProgram).0)
        try story.next()
        let member = story.federation.dids[1]
        try story.state.exclude(member, evidence: SampleProposal.hash(5))
        try story.decide(.removeNode(story.federation.dids[0]))
        let program = SampleProposal.hash(8)
        let agents = try (1...3).map { try StateScenario.agent(UInt8($0)) }
        return (
            story.state,
            [
                .grants(.agent(agents[0])), .delegations(to: agents[1]), .freeze(freeze), .lifted(freeze), .terminal(freeze),
                .excluded(member), .keyHistory(member), .policy, .program(program), .custodians(program), .previousRoster,
            ],
            [
                .grants(.agent(agents[2])), .grants(.model(agents[0].bytes)), .delegations(to: agents[0]),
                .lifted(SampleProposal.hash(9)), .excluded(story.federation.dids[2]),
            ]
        )
    }

    @Test func `every table's entries are proven to a stranger, and what is not there`() throws {
        let (state, present, absent) = try Self.story()
        #expect(Set((present + absent).map(\.table)).count == 11)
        for key in present {
            let proof = try StateProof(decoding: state.proof(of: key).bytes)
            #expect(try proof.verify(key, stateRoot: state.stateRoot) != nil, "\(key)")
        }
        for key in absent {
            let proof = try StateProof(decoding: state.proof(of: key).bytes)
            #expect(try proof.verify(key, stateRoot: state.stateRoot) == nil, "\(key)")
        }
    }

    @Test func `a stranger reads from a proof what the node answers`() throws {
        let (state, present, _) = try Self.story()
        let value = try #require(try state.proof(of: present[0]).verify(present[0], stateRoot: state.stateRoot))
        let entry = try SubjectEntry(value)
        #expect(try entry == state.entry(of: .agent(StateScenario.agent(1))))
        #expect(try entry.grant(in: Scope("prod/us"), at: state.time) == .failure(.revoked))
        #expect(try (try? entry.grant(in: Scope("prod/eu"), at: state.time).get())?.scope == Scope("prod"))
    }

    @Test func `a proof of another state, key or value shows nothing`() throws {
        let (state, present, absent) = try Self.story()
        var later = state
        try later.begin(slot: state.slot + 1, at: state.time.advanced(bySeconds: 1), after: SampleProposal.hash(1))
        for key in present + absent {
            let proof = try state.proof(of: key)
            #expect(code { _ = try proof.verify(key, stateRoot: later.stateRoot) } == "governance.map_proof_false")
            for other in present + absent where other != key {
                #expect(code { _ = try proof.verify(other, stateRoot: state.stateRoot) } == "governance.map_proof_false")
            }
            for value in [.null, 1, ["generation": 0]] as [JSONValue] where value != proof.value ?? .null {
                var document = try #require(JSONParser.parse(proof.bytes).object)
                document["value"] = value
                let changed = try StateProof(decoding: CanonicalForm.jcs.encode(document))
                #expect(code { _ = try changed.verify(key, stateRoot: state.stateRoot) } == "governance.map_proof_false")
            }
        }
    }

    @Test(arguments: [true, false])
    func `every truncation and changed bit of a state proof is refused`(isPresent: Bool) async throws {
        let (state, present, absent) = try Self.story()
        let key = isPresent ? present[0] : absent[0]
        let root = state.stateRoot
        let golden = try state.proof(of: key).bytes
        let refused: @Sendable ([UInt8]) -> Bool = { bytes in
            isRefused { _ = try StateProof(decoding: bytes).verify(key, stateRoot: root) }
        }
        #expect(!refused(golden))
        let cuts = await inParallel(Array(0..<golden.count)) { refused(Array(golden[..<$0])) ? nil : $0 }
        #expect(cuts.isEmpty, "\(cuts)")
        let flips = await inParallel(bitFlips(of: golden)) { refused(golden.flipping($0.byte, $0.bit)) ? nil : $0 }
        #expect(flips.isEmpty, "\(flips)")
    }
}

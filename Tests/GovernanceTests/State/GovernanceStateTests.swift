import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct GovernanceStateTests {
    @Test func `a signed proposal takes effect, and the root says so`() throws {
        let sample = try SampleProposal()
        var state = GovernanceState(sample.federation.genesis)
        let terms = try ProposalTerms(
            .authorizeModel(manifest: SampleProposal.hash(1), scope: .everything, constraints: .none),
            basis: .generation(0), in: sample.committee, title: "sample", proposer: sample.federation.dids[0],
            created: SampleKeys.time(10), expires: SampleKeys.time(100), salt: SampleKeys.salt(1))
        let proposal = try Proposal.make(terms, in: sample.committee, key: sample.federation.keys[0].ballot)
        let root = state.stateRoot
        try state.apply(proposal, at: SampleKeys.time(20), slot: 1, after: sample.committee.federation.bytes)
        #expect(state.slot == 1 && state.isTerminal(proposal.id) && state.stateRoot != root)
        #expect(code { try state.check(proposal) } == "governance.proposal_terminal")
        let before = state
        #expect(
            code { try state.apply(proposal, at: SampleKeys.time(30), slot: 2, after: SampleProposal.hash(1)) }
                == "governance.proposal_terminal")
        #expect(state == before)
    }

    @Test func `slots follow one another and time goes on`() throws {
        var state = try StateScenario().state
        let (slot, time, parent) = (state.slot, state.time, SampleProposal.hash(1))
        let later = time.advanced(bySeconds: 1)
        #expect(code { try state.begin(slot: slot, at: later, after: parent) } == "governance.slot_invalid")
        #expect(code { try state.begin(slot: slot + 2, at: later, after: parent) } == "governance.slot_invalid")
        #expect(code { try state.begin(slot: slot + 1, at: time, after: parent) } == "governance.slot_invalid")
        #expect(code { try state.begin(slot: slot + 1, at: later, after: [1]) } == "governance.slot_invalid")
        #expect(code { try state.begin(slot: slot + 1, at: later, after: parent) } == nil)
    }

    @Test func `a proposal has its time`() throws {
        var story = try StateScenario()
        let early = try story.terms(
            .updatePolicy(SampleProposal.hash(1)), notBefore: story.state.time.advanced(bySeconds: 61))
        #expect(try story.refusal(of: early) == "governance.proposal_early")
        let late = try story.terms(.updatePolicy(SampleProposal.hash(1)), life: 60)
        #expect(try story.refusal(of: late) == "governance.proposal_expired")
        #expect(try story.refusal(of: early) == nil)
    }

    @Test func `another federation's proposal is refused`() throws {
        var story = try StateScenario()
        let other = try SampleFederation(weights: [1, 1, 1, 1, 1], name: "other")
        let terms = try story.terms(.updatePolicy(SampleProposal.hash(1)), in: other.committee)
        #expect(try story.refusal(of: terms) == "governance.foreign_record")
    }

    @Test func `a policy follows the one it was made for`() throws {
        var story = try StateScenario()
        let open = try story.terms(.updatePolicy(SampleProposal.hash(2)))
        try story.decide(.updatePolicy(SampleProposal.hash(1)))
        #expect(story.state.policy?.generation == 1)
        #expect(try story.refusal(of: open) == "governance.basis_stale")
        #expect(try story.refusal(of: .updatePolicy(SampleProposal.hash(1))) == "governance.precondition_failed")
        try story.decide(.updatePolicy(SampleProposal.hash(2)))
        #expect(story.state.policy?.policy == SampleProposal.hash(2) && story.state.policy?.generation == 2)
    }

    @Test func `a program is activated with its custodians, one generation after another`() throws {
        var story = try StateScenario()
        let parameters = try SampleProposal().parameters(.activateProgram).0
        let open = try story.terms(parameters)
        let id = try story.decide(parameters)
        let program = try #require(story.state.program(SampleProposal.hash(8)))
        #expect(program.generation == 1 && program.proposal == id && program.terms.threshold == 2)
        #expect(try story.refusal(of: open) == "governance.basis_stale")
        try story.decide(parameters)
        #expect(story.state.program(SampleProposal.hash(8))?.generation == 2)
    }

    @Test(arguments: ProposalKind.allCases.filter { ![.revokeModel, .revokeAgent, .emergencyFreeze].contains($0) })
    func `no basis but the current one lands`(kind: ProposalKind) throws {
        var story = try StateScenario()
        try story.grant(2, rate: 100)
        let parameters = try SampleProposal().parameters(kind).0
        let current = story.state.basis(for: parameters)
        for basis in [
            Basis.none, .generation(0), .generation(7), .delegation(delegator: 0, delegate: 0),
            .delegation(delegator: 1, delegate: 0), .policy(nil), .policy(SampleProposal.hash(4)),
            .keys(SampleProposal.hash(1)),
        ] where basis != current {
            guard let terms = try? story.terms(parameters, basis: basis) else { continue }
            #expect(try story.refusal(of: terms) == "governance.basis_stale", "\(basis)")
        }
    }

    @Test func `two nodes with the same blocks have the same root, and one with another block has not`() throws {
        let federation = try SampleFederation(weights: [1, 1, 1, 1, 1, 1])
        func run(_ last: UInt8) throws -> [UInt8] {
            var story = StateScenario(federation)
            try story.grant(1, "prod")
            try story.decide(story.delegation(1, 2, "prod/eu"))
            try story.decide(.emergencyFreeze(scope: Scope("test"), rooms: [.gate], reason: ""))
            try story.revoke(1, "prod/us")
            try story.decide(.updatePolicy(SampleProposal.hash(last)))
            try story.decide(.removeNode(story.federation.dids[0]))
            return story.state.stateRoot
        }
        #expect(try run(1) == run(1))
        #expect(try run(1) != run(2))
    }

    @Test func `each part of a root changes its hash`() throws {
        let root = try StateScenario().state.root
        #expect(try StateRoot(.object(root.json)) == root)
        let changes: [(String, JSONValue)] =
            [
                ("count", 99), ("epoch", 1), ("slot", 1), ("time", .string(SampleKeys.time(2).text)),
            ]
            + ["federation", "operators", "parent", "root", "roster"].map { ($0, .string(Hex.encode(SampleProposal.hash(9)))) }
        #expect(changes.count == root.json.count - 1)
        for (name, value) in changes {
            var json = root.json
            json[name] = value
            #expect(try StateRoot(.object(json)).hash != root.hash, "\(name)")
        }
    }
}

import ChanceryGovernance
import ChanceryLedger
import ChanceryWire
import TestKit
import Testing

struct FreezeTests {
    private static func freeze(_ scope: String, _ rooms: Set<Room> = [.compute, .gate, .vault]) throws -> ProposalParameters {
        .emergencyFreeze(scope: try Scope(scope), rooms: rooms, reason: "drill")
    }

    @Test func `an ordered freeze stops its rooms in its scope until it is lifted by name`() throws {
        var story = try StateScenario()
        try story.grant(1)
        let first = try story.decide(Self.freeze("prod", [.gate]))
        let second = try story.decide(Self.freeze("prod/eu", [.gate, .vault]))
        #expect(try story.denial(1, "prod/eu") == .frozen && story.denial(1, "prod/us") == .frozen)
        #expect(try story.denial(1, "*") == .frozen && story.denial(1, "test") == nil)
        #expect(try story.answer(1, "prod/us", room: .vault).denial == nil)
        #expect(try story.answer(1, "prod/eu", room: .vault).denial == .frozen)
        #expect(try story.answer(1, "prod/eu", room: .compute).denial == nil)
        try story.decide(.unfreeze([first]))
        #expect(try story.denial(1, "prod/us") == nil && story.denial(1, "prod/eu") == .frozen)
        #expect(story.state.freezes.map(\.proposal) == [second] && story.state.isLifted(first))
        try story.decide(.unfreeze([second]))
        #expect(try story.denial(1, "*") == nil)
    }

    @Test func `a freeze that was only seen acts at once, and ends when it is lifted`() throws {
        var story = try StateScenario()
        try story.grant(1)
        let terms = try story.terms(Self.freeze("prod"))
        let seen = try #require(Freeze(terms))
        #expect(try story.answer(1, "prod/eu", seen: [seen]).denial == .frozen)
        #expect(try story.state.isFrozen(Scope("prod"), in: .gate, seen: [seen]))
        #expect(try !story.state.isFrozen(Scope("prod"), in: .gate))
        #expect(try story.answer(1, "test", seen: [seen]).denial == nil)
        try story.decide(.unfreeze([terms.id]))
        #expect(try story.answer(1, "prod/eu", seen: [seen]).denial == nil)
        // Ordered behind its UNFREEZE it would have no effect.
        #expect(try story.refusal(of: terms) == "governance.precondition_failed")
    }

    @Test func `an UNFREEZE lifts what it names and nothing that came later`() throws {
        var story = try StateScenario()
        try story.grant(1)
        let first = try story.decide(Self.freeze("prod"))
        let open = try story.terms(.unfreeze([first]))
        let later = try story.decide(Self.freeze("prod"))
        try story.decide(open)
        #expect(try story.denial(1, "prod") == .frozen)
        #expect(try story.refusal(of: .unfreeze([first])) == "governance.basis_stale")
        #expect(
            try story.refusal(of: .unfreeze([first, later].sorted { $0.lexicographicallyPrecedes($1) }))
                == "governance.basis_stale")
        try story.decide(.unfreeze([later]))
        #expect(try story.denial(1, "prod") == nil)
    }

    @Test func `under a freeze only what restricts or repairs goes on`() throws {
        var story = try StateScenario(members: 6)
        try story.grant(1)
        let partial = try story.decide(Self.freeze("prod"))
        let agent = try StateScenario.agent(2)
        let inside = try Scope("prod/eu")
        #expect(
            try story.refusal(of: .authorizeAgent(agent, role: "r", scope: inside, constraints: .none)) == "governance.frozen")
        #expect(
            try story.refusal(of: .authorizeModel(manifest: SampleProposal.hash(1), scope: .everything, constraints: .none))
                == "governance.frozen")
        #expect(try story.refusal(of: story.delegation(1, 2, "prod")) == "governance.frozen")
        #expect(try story.refusal(of: story.delegation(1, 2, "test")) == nil)
        #expect(try story.refusal(of: .updatePolicy(SampleProposal.hash(1))) == nil)
        let all = try story.decide(Self.freeze("*", [.vault]))
        let sample = try SampleProposal()
        #expect(try story.refusal(of: .updatePolicy(SampleProposal.hash(2))) == "governance.frozen")
        #expect(try story.refusal(of: sample.parameters(.addNode).0) == "governance.frozen")
        let program = ProposalKind.activateProgram
        #expect(
            try story.refusal(of: story.terms(sample.parameters(program).0)) == "governance.frozen")
        let going: [ProposalParameters] = [
            .revokeAgent(agent, scope: inside), .revokeModel(manifest: SampleProposal.hash(1), scope: .everything),
            try Self.freeze("test"), .unfreeze([all, partial].sorted { $0.lexicographicallyPrecedes($1) }),
        ]
        for parameters in going { #expect(try story.refusal(of: parameters) == nil, "\(parameters)") }
        try story.decide(Self.freeze("*"))
        let keys = try SampleKeys.memberKeys(1, rotations: 1)
        #expect(try story.refusal(of: .rotateKey(SampleKeys.enrolment(1, keys: keys))) == nil)
        #expect(try story.refusal(of: .removeNode(story.federation.dids[2])) == nil)
    }
}

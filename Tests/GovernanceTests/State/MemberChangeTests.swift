import ChanceryGovernance
import ChanceryLedger
import ChanceryWire
import TestKit
import Testing

struct MemberChangeTests {
    private static func enrolment(_ number: UInt8, rotations: UInt8 = 0) throws -> Enrolment {
        try SampleKeys.enrolment(number, keys: SampleKeys.memberKeys(number, rotations: rotations))
    }

    @Test func `a member comes in and goes, each for the next slot, with its history of keys`() throws {
        var story = try StateScenario()
        let genesis = story.state.committee
        try story.decide(.addNode(Self.enrolment(9), weight: 1))
        let did = try Self.enrolment(9).did
        #expect(story.state.committee.epoch == 1 && story.state.committee.members.count == 6)
        #expect(story.state.committee.thresholds == genesis.thresholds)
        #expect(story.state.previousRoster == genesis.rosterHash)
        #expect(story.state.root.roster == story.state.committee.rosterHash && story.state.root.epoch == 1)
        #expect(story.state.keyHistory(of: did).map(\.since) == [2])
        try story.decide(.removeNode(did))
        #expect(story.state.committee.epoch == 2 && story.state.committee.members == genesis.members)
        #expect(story.state.keyHistory(of: did).map(\.until) == [3])
        // Its keys do not come back; fresh ones do.
        #expect(try story.refusal(of: .addNode(Self.enrolment(9), weight: 1)) == "governance.precondition_failed")
        #expect(try story.refusal(of: .addNode(Self.enrolment(9, rotations: 1), weight: 1)) == nil)
    }

    @Test func `a change of members is the last item of its block, and there is one`() throws {
        var story = try StateScenario(members: 6)
        let others = [
            try story.terms(.removeNode(story.federation.dids[1])), try story.terms(.addNode(Self.enrolment(9), weight: 1)),
            try story.terms(.revokeAgent(StateScenario.agent(1), scope: .everything)),
        ]
        try story.decide(.removeNode(story.federation.dids[0]))
        for terms in others { #expect(code { try story.state.apply(terms) } == "governance.roster_closed") }
        try story.next()
        // The open ones were made for the members before.
        #expect(code { try story.state.apply(others[0]) } == "governance.proposal_superseded")
        #expect(code { try story.state.apply(others[1]) } == "governance.proposal_superseded")
    }

    @Test func `a change of members clears nothing but open proposals`() throws {
        var story = try StateScenario(members: 6)
        try story.grant(1)
        let freeze = try story.decide(.emergencyFreeze(scope: Scope("prod"), rooms: [.gate], reason: ""))
        try story.decide(.updatePolicy(SampleProposal.hash(1)))
        let open = try story.terms(
            .authorizeAgent(StateScenario.agent(2), role: "r", scope: Scope("test"), constraints: .none))
        try story.decide(.removeNode(story.federation.dids[0]))
        #expect(try story.denial(1, "test") == nil && story.denial(1, "prod") == .frozen)
        #expect(story.state.policy?.policy == SampleProposal.hash(1) && story.state.freezes.map(\.proposal) == [freeze])
        #expect(try story.refusal(of: open) == "governance.proposal_superseded")
    }

    @Test func `REVOKE and FREEZE outlive one change of members and no second`() throws {
        var story = try StateScenario(members: 7)
        try story.grant(1)
        let revoke = try story.terms(.revokeAgent(StateScenario.agent(1), scope: .everything))
        let freeze = try story.terms(.emergencyFreeze(scope: .everything, rooms: [.gate], reason: ""))
        let late = try story.terms(.revokeAgent(StateScenario.agent(2), scope: .everything))
        let unfreeze = try story.terms(.unfreeze([SampleProposal.hash(1)]))
        try story.decide(.removeNode(story.federation.dids[0]))
        #expect(try story.refusal(of: unfreeze) == "governance.proposal_superseded")
        #expect(try story.refusal(of: revoke) == nil)
        #expect(try story.refusal(of: freeze) == nil)
        try story.decide(.removeNode(story.federation.dids[1]))
        #expect(try story.refusal(of: late) == "governance.proposal_superseded")
    }

    @Test func `a roster that comes back revives nothing that was superseded`() throws {
        var story = try StateScenario()
        let before = story.state.committee
        let open = try story.terms(.authorizeAgent(StateScenario.agent(1), role: "r", scope: .everything, constraints: .none))
        let revoke = try story.terms(.revokeAgent(StateScenario.agent(2), scope: .everything))
        try story.decide(.addNode(Self.enrolment(9), weight: 1))
        try story.decide(.removeNode(Self.enrolment(9).did))
        let after = story.state.committee
        #expect(after.members == before.members && after.rosterHash != before.rosterHash && after.rosterEpoch == 2)
        for terms in [open, revoke] { #expect(try story.refusal(of: terms) == "governance.proposal_superseded") }
    }

    @Test func `new keys of a machine close no ballot, new keys of people close all`() throws {
        var story = try StateScenario()
        let open = try story.terms(
            .authorizeAgent(StateScenario.agent(1), role: "r", scope: .everything, constraints: .none))
        let old = try SampleKeys.memberKeys(1)
        let new = try SampleKeys.memberKeys(1, rotations: 1)
        let machine = MemberSigningKeys(ballot: old.ballot, consensus: new.consensus, http: new.http)
        let roster = story.state.committee.rosterHash
        try story.decide(.rotateKey(SampleKeys.enrolment(1, keys: machine)))
        #expect(story.state.committee.rosterHash == roster && story.state.committee.epoch == 1)
        #expect(story.state.committee.rosterEpoch == 0)
        #expect(story.state.committee[story.federation.dids[0]]?.keys == machine.publicKeys)
        #expect(try story.refusal(of: open) == nil)
        let superseded = try story.terms(.updatePolicy(SampleProposal.hash(1)))
        try story.decide(.rotateKey(SampleKeys.enrolment(1, keys: new)))
        #expect(story.state.committee.rosterHash != roster)
        #expect(try story.refusal(of: superseded) == "governance.proposal_superseded")
    }

    @Test func `a rotation opened before another rotation of the member cannot land after it`() throws {
        var story = try StateScenario()
        let old = try SampleKeys.memberKeys(1)
        func machine(_ rotations: UInt8) throws -> ProposalParameters {
            let new = try SampleKeys.memberKeys(1, rotations: rotations)
            return .rotateKey(
                try SampleKeys.enrolment(
                    1, keys: MemberSigningKeys(ballot: old.ballot, consensus: new.consensus, http: new.http)))
        }
        let open = try story.terms(machine(1))
        try story.decide(machine(2))
        #expect(try story.refusal(of: open) == "governance.basis_stale")
        // Nor do retired keys return, or keys that change nothing.
        #expect(try story.refusal(of: Self.rotation(old)) == "governance.precondition_failed")
        #expect(try story.refusal(of: machine(2)) == "governance.precondition_failed")
    }

    private static func rotation(_ keys: MemberSigningKeys) throws -> ProposalParameters {
        .rotateKey(try SampleKeys.enrolment(1, keys: keys))
    }

    @Test func `changes that leave no sound committee are refused`() throws {
        var story = try StateScenario(members: 4)
        let stranger = try SampleProposal.agent(99)
        #expect(try story.refusal(of: .removeNode(stranger)) == "governance.precondition_failed")
        #expect(try story.refusal(of: .addNode(Self.enrolment(1, rotations: 1), weight: 1)) == "governance.precondition_failed")
        let rotation = try story.terms(.rotateKey(Self.enrolment(9)), basis: .keys(Self.enrolment(9).keys.hash))
        #expect(try story.refusal(of: rotation) == "governance.basis_stale")
        // Three members cannot tolerate a fault, nor can five of whom one has a third.
        #expect(try story.refusal(of: .removeNode(story.federation.dids[0])) == "governance.committee_invalid")
        #expect(try story.refusal(of: .addNode(Self.enrolment(9), weight: 2)) == "governance.committee_invalid")
        #expect(try story.refusal(of: .addNode(Self.enrolment(9), weight: 1)) == nil)
    }

    @Test func `who contradicted himself has no weight until he has other keys`() throws {
        var story = try StateScenario()
        let did = story.federation.dids[0]
        try story.next()
        try story.state.exclude(did, evidence: SampleProposal.hash(5))
        #expect(story.state.excluded == [did])
        #expect(code { try story.state.exclude(did, evidence: SampleProposal.hash(6)) } == "governance.precondition_failed")
        #expect(
            code { try story.state.exclude(SampleProposal.agent(9), evidence: SampleProposal.hash(6)) }
                == "governance.precondition_failed")
        let (old, new) = (try SampleKeys.memberKeys(1), try SampleKeys.memberKeys(1, rotations: 1))
        // The consensus key that contradicted itself would stay: so does the exclusion.
        try story.decide(
            Self.rotation(MemberSigningKeys(ballot: new.ballot, consensus: old.consensus, http: old.http)))
        #expect(story.state.isExcluded(did))
        try story.decide(
            Self.rotation(MemberSigningKeys(ballot: new.ballot, consensus: new.consensus, http: old.http)))
        #expect(story.state.excluded.isEmpty)
    }
}

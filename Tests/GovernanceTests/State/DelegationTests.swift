import ChanceryGovernance
import ChanceryWire
import TestKit
import Testing

struct DelegationTests {
    @Test func `an agent acts for another with what both votes allow`() throws {
        var story = try StateScenario()
        let grant = try story.grant(1, "prod", role: "clerk", rate: 100)
        let delegation = try story.decide(story.delegation(1, 2, "prod/eu", rate: 10))
        let authority = try #require(story.answer(2, "prod/eu/x").authority)
        #expect(authority.proposal == grant && authority.role == "clerk" && authority.chain == [delegation])
        #expect(authority.constraints.maxRateQPS == 10)
        #expect(try story.denial(2, "prod/us") == .unknownSubject)
        // A tighter grant of the delegator binds the delegate, without another vote about it.
        try story.grant(1, "prod/eu", rate: 3)
        #expect(try story.answer(2, "prod/eu").authority?.constraints.maxRateQPS == 3)
    }

    @Test func `nobody gives away more than he has`() throws {
        var story = try StateScenario()
        let end = story.state.time.advanced(bySeconds: 7200)
        try story.grant(1, "prod", rate: 100, notAfter: end)
        let wider: [ProposalParameters] = [
            try story.delegation(1, 2, "*", rate: 10, life: 600), try story.delegation(1, 2, "test", rate: 10, life: 600),
            try story.delegation(1, 2, "prod", rate: 101, life: 600), try story.delegation(1, 2, "prod", life: 600),
            try story.delegation(1, 2, "prod", rate: 10, life: 7200), try story.delegation(3, 2, "prod", rate: 10, life: 600),
        ]
        for parameters in wider {
            #expect(try story.refusal(of: parameters) == "governance.delegation_refused", "\(parameters)")
        }
        #expect(try story.refusal(of: story.delegation(1, 2, "prod", rate: 100, life: 600)) == nil)
        #expect(try story.refusal(of: story.delegation(1, 2, "prod", rate: 100, life: 0)) == "governance.precondition_failed")
    }

    @Test func `depth bounds how far a right is passed on`() throws {
        var story = try StateScenario()
        try story.grant(1)
        try story.decide(story.delegation(1, 2, depth: 1))
        #expect(try story.refusal(of: story.delegation(2, 3, depth: 1, life: 600)) == "governance.delegation_refused")
        try story.decide(story.delegation(2, 3, depth: 0, life: 600))
        #expect(try story.answer(3).authority?.chain.count == 2)
        #expect(try story.refusal(of: story.delegation(3, 4, depth: 0, life: 300)) == "governance.delegation_refused")
    }

    @Test func `the longest chain answers, and falls as a whole with its grant`() throws {
        var story = try StateScenario()
        try story.grant(1)
        for step in 0..<5 as Range<UInt8> {
            try story.decide(story.delegation(step + 1, step + 2, depth: Int64(4 - step), life: 86_400 - Int64(step) * 600))
        }
        #expect(try story.answer(6).authority?.chain.count == 5)
        let elsewhere = story
        try story.revoke(1, "prod/eu")
        for agent in 2...6 as ClosedRange<UInt8> {
            #expect(try story.denial(agent, "prod/eu/x") == .delegatorLost, "agent \(agent)")
            #expect(try story.denial(agent, "prod") == .delegatorLost)
            #expect(try story.denial(agent, "test") == nil)
        }
        // What died does not rise when its delegator is granted anew.
        try story.grant(1)
        for agent in 2...6 as ClosedRange<UInt8> { #expect(try story.denial(agent, "prod/eu") == .delegatorLost) }
        #expect(try story.denial(1, "prod/eu") == nil)
        // Cut in the middle, the upper half lives on.
        story = elsewhere
        try story.revoke(3)
        #expect(try story.denial(2) == nil)
        #expect(try story.denial(3) == .revoked)
        for agent in 4...6 as ClosedRange<UInt8> { #expect(try story.denial(agent) == .delegatorLost) }
        #expect(try story.state.delegations(to: StateScenario.agent(3)).isEmpty)
    }

    @Test func `a delegation ends at its time and with the grant above it`() throws {
        var story = try StateScenario()
        let end = story.state.time.advanced(bySeconds: 3600)
        try story.grant(1, notAfter: end)
        try story.decide(story.delegation(1, 2, life: 600))
        let delegated = story.state.time
        #expect(try story.denial(2, at: delegated) == nil)
        #expect(try story.denial(2, at: UTCTime(milliseconds: delegated.milliseconds - 1)) == .notYet)
        #expect(try story.denial(2, at: delegated.advanced(bySeconds: 540)) == .expired)
        // The delegator's grant may end before the delegation when a shorter one replaces it.
        try story.grant(1, notAfter: story.state.time.advanced(bySeconds: 120))
        #expect(try story.denial(2, at: story.state.time.advanced(bySeconds: 59)) == nil)
        #expect(try story.denial(2, at: story.state.time.advanced(bySeconds: 119)) == .delegatorLost)
    }

    @Test func `a REVOKE of the delegate ends it, also for what was opened before`() throws {
        var story = try StateScenario()
        try story.grant(1)
        let open = try story.terms(story.delegation(1, 2))
        let given = try story.terms(story.delegation(1, 2, "prod"))
        try story.decide(given)
        try story.revoke(2)
        #expect(try story.denial(2, "prod") == .revoked)
        #expect(try story.refusal(of: open) == "governance.basis_stale")
        try story.decide(story.delegation(1, 2, "prod/eu"))
        #expect(try story.denial(2, "prod/eu") == nil && story.denial(2, "prod/us") == .revoked)
    }

    @Test func `a delegation opened before the delegator's REVOKE cannot land after a new grant`() throws {
        var story = try StateScenario()
        try story.grant(1)
        let open = try story.terms(story.delegation(1, 2))
        try story.revoke(1, "prod")
        try story.grant(1)
        #expect(try story.refusal(of: open) == "governance.basis_stale")
    }

    @Test(arguments: 1...4 as ClosedRange<UInt8>)
    func `cycles of every length are refused`(length: UInt8) throws {
        var story = try StateScenario()
        for agent in 1...length + 1 { try story.grant(agent) }
        for agent in 1...length { try story.decide(story.delegation(agent, agent + 1, "prod", depth: 0, life: 600)) }
        #expect(try story.refusal(of: story.delegation(length + 1, 1, "test")) == "governance.delegation_cycle")
        #expect(try story.refusal(of: story.delegation(length + 1, 9, "test")) == nil)
        // An ended delegation stands in nobody's way.
        try story.next(after: 3600)
        #expect(try story.refusal(of: story.delegation(length + 1, 1, "test")) == nil)
    }

    @Test func `a delegation to oneself cannot be written`() throws {
        let story = try StateScenario()
        #expect(code { _ = try story.delegation(1, 1) } == "governance.proposal_malformed")
    }

    @Test func `a later delegation of the same scope replaces the earlier, and what hangs on that falls`() throws {
        var story = try StateScenario()
        try story.grant(1)
        try story.decide(story.delegation(1, 2, depth: 1, rate: 50))
        try story.decide(story.delegation(2, 3, rate: 40, life: 600))
        #expect(try story.denial(3) == nil)
        try story.decide(story.delegation(1, 2, depth: 1, rate: 5))
        #expect(try story.answer(2).authority?.constraints.maxRateQPS == 5)
        #expect(try story.state.delegations(to: StateScenario.agent(2)).count == 1)
        #expect(try story.denial(3) == .delegatorLost)
    }
}

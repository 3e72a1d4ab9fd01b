import ChanceryGovernance
import ChanceryWire
import TestKit
import Testing

struct GrantTests {
    @Test func `what was voted is what is granted, and nothing more`() throws {
        var story = try StateScenario()
        let id = try story.grant(1, "prod/eu", role: "clerk", rate: 50)
        let authority = try #require(story.answer(1, "prod/eu/billing").authority)
        #expect(authority.proposal == id && authority.role == "clerk" && authority.chain.isEmpty)
        #expect(try authority.constraints == Constraints(maxRateQPS: 50))
        #expect(try story.denial(1, "prod") == .neverGranted)
        #expect(try story.denial(1, "prod/us") == .neverGranted)
        #expect(try story.denial(2, "prod/eu") == .unknownSubject)
        let model = Subject.model(SampleProposal.hash(1))
        #expect(try story.state.isAuthorized(model, in: Scope("prod/eu"), at: story.state.time).denial == .unknownSubject)
    }

    @Test func `models and agents of the same number are two`() throws {
        var story = try StateScenario()
        let scope = Scope.everything
        try story.decide(.authorizeModel(manifest: SampleProposal.hash(1), scope: scope, constraints: .none))
        #expect(
            story.state.isAuthorized(.model(SampleProposal.hash(1)), in: scope, at: story.state.time).authority?.role == nil)
        #expect(story.state.isAuthorized(.model(SampleProposal.hash(1)), in: scope, at: story.state.time).denial == nil)
        #expect(try story.denial(1) == .unknownSubject)
        try story.decide(.revokeModel(manifest: SampleProposal.hash(1), scope: scope))
        #expect(story.state.isAuthorized(.model(SampleProposal.hash(1)), in: scope, at: story.state.time).denial == .revoked)
    }

    @Test func `a grant begins with its block and ends at its time`() throws {
        var story = try StateScenario()
        let end = story.state.time.advanced(bySeconds: 600)
        try story.grant(1, notAfter: end)
        let begin = story.state.time
        #expect(try story.denial(1, at: UTCTime(milliseconds: begin.milliseconds - 1)) == .notYet)
        #expect(try story.denial(1, at: begin) == nil)
        #expect(try story.denial(1, at: UTCTime(milliseconds: end.milliseconds - 1)) == nil)
        #expect(try story.denial(1, at: end) == .expired)
        try story.next(after: 600)
        #expect(
            try story.refusal(
                of: .authorizeAgent(
                    StateScenario.agent(1), role: "clerk", scope: .everything,
                    constraints: Constraints(notAfter: story.state.time))) == "governance.precondition_failed")
    }

    @Test func `the narrowest grant counts, and a wider one when it has ended`() throws {
        var story = try StateScenario()
        let wide = try story.grant(1, "*", rate: 100)
        let end = story.state.time.advanced(bySeconds: 600)
        let narrow = try story.grant(1, "prod", rate: 5, notAfter: end)
        #expect(try story.answer(1, "prod/eu").authority?.proposal == narrow)
        #expect(try story.answer(1, "test").authority?.proposal == wide)
        #expect(try story.answer(1, "prod/eu", at: end).authority?.proposal == wide)
    }

    @Test func `an AUTHORIZE opened before a REVOKE cannot land after it`() throws {
        var story = try StateScenario()
        try story.grant(1)
        let renewal = try story.terms(
            .authorizeAgent(StateScenario.agent(1), role: "clerk", scope: .everything, constraints: .none))
        let elsewhere = try story.terms(
            .authorizeAgent(StateScenario.agent(1), role: "clerk", scope: Scope("test"), constraints: .none))
        try story.revoke(1, "prod")
        #expect(try story.refusal(of: renewal) == "governance.basis_stale")
        #expect(try story.refusal(of: elsewhere) == "governance.basis_stale")
        #expect(try story.denial(1, "prod") == .revoked)
        try story.grant(1)
        #expect(try story.denial(1, "prod") == nil)
    }

    @Test func `replaying an old grant does nothing`() throws {
        var story = try StateScenario()
        let terms = try story.terms(
            .authorizeAgent(StateScenario.agent(1), role: "clerk", scope: .everything, constraints: .none), life: 600)
        try story.decide(terms)
        #expect(try story.refusal(of: terms) == "governance.proposal_terminal")
        try story.revoke(1)
        #expect(try story.refusal(of: terms) == "governance.proposal_terminal")
        // Past its expiry nobody needs to remember it.
        try story.next(after: 600)
        #expect(!story.state.isTerminal(terms.id))
        #expect(try story.refusal(of: terms) == "governance.proposal_expired")
        #expect(try story.denial(1) == .revoked)
    }

    @Test func `a REVOKE is never stale, and lands before anything was granted`() throws {
        var story = try StateScenario()
        let first = try story.terms(.revokeAgent(StateScenario.agent(1), scope: .everything))
        let grant = try story.terms(
            .authorizeAgent(StateScenario.agent(1), role: "clerk", scope: .everything, constraints: .none))
        try story.revoke(1)
        try story.decide(first)
        #expect(try story.refusal(of: grant) == "governance.basis_stale")
        #expect(try story.denial(1) == .revoked)
        #expect(try story.state.entry(of: .agent(StateScenario.agent(1)))?.generation == 2)
    }

    @Test func `REVOKE wins in one block, whatever stands first`() throws {
        for isRevokedFirst in [true, false] {
            var story = try StateScenario()
            let grant = try story.terms(
                .authorizeAgent(StateScenario.agent(1), role: "clerk", scope: .everything, constraints: .none))
            let revoke = try story.terms(.revokeAgent(StateScenario.agent(1), scope: .everything))
            try story.next()
            if isRevokedFirst {
                try story.state.apply(revoke)
                #expect(code { try story.state.apply(grant) } == "governance.basis_stale")
            } else {
                try story.state.apply(grant)
                try story.state.apply(revoke)
            }
            #expect(try story.denial(1) == .revoked)
        }
    }

    @Test func `a part that was revoked denies the part and the whole`() throws {
        var story = try StateScenario()
        try story.grant(1, "prod")
        try story.revoke(1, "prod/eu")
        #expect(try story.denial(1, "prod/eu/x") == .revoked)
        #expect(try story.denial(1, "prod/eu") == .revoked)
        #expect(try story.denial(1, "prod") == .revoked)
        #expect(try story.denial(1, "prod/us") == nil)
        try story.grant(1, "prod/eu/x")
        #expect(try story.denial(1, "prod/eu/x") == nil)
        #expect(try story.denial(1, "prod/eu/y") == .revoked)
    }

    /// One passed proposal, as the definition below reads it.
    private enum Entry {
        case grant(Scope, end: UTCTime?, id: [UInt8])
        case revoke(Scope)
    }

    @Test func `after any history the answer is that of the definition`() throws {
        var random = Mutator("grants", corpus: [])
        let scopes = try ["*", "a", "a/b", "a/b/c", "a/d", "e", "e/f"].map { try Scope($0) }
        for round in 0..<25 {
            var story = try StateScenario()
            var history: [Entry] = []
            for _ in 0..<24 {
                let scope = scopes[random.next(scopes.count)]
                if random.next(3) == 0 {
                    try story.decide(.revokeAgent(StateScenario.agent(1), scope: scope))
                    history.append(.revoke(scope))
                } else {
                    let end: UTCTime? =
                        random.next(3) == 0 ? story.state.time.advanced(bySeconds: Int64(61 + random.next(600))) : nil
                    let id = try story.decide(
                        .authorizeAgent(
                            StateScenario.agent(1), role: "clerk", scope: scope, constraints: Constraints(notAfter: end)))
                    history.append(.grant(scope, end: end, id: id))
                }
                for scope in scopes {
                    let expected = Self.defined(history, scope, at: story.state.time)
                    #expect(
                        try story.answer(1, scope.text).authority?.proposal == expected,
                        "round \(round) of seed \(random.seed): \(history) in \(scope)")
                }
                let subject = try Subject.agent(StateScenario.agent(1))
                let entry = try #require(story.state.entry(of: subject))
                #expect(try SubjectEntry(entry.json) == entry)
            }
        }
    }

    /// Of the grants that cover the scope, that no later REVOKE touched there, that no later grant of the same scope
    /// replaced, and that have not ended: the narrowest.
    private static func defined(_ history: [Entry], _ scope: Scope, at time: UTCTime) -> [UInt8]? {
        var live: [(scope: Scope, end: UTCTime?, id: [UInt8])] = []
        for entry in history {
            switch entry {
            case .revoke(let revoked) where revoked.covers(scope) || scope.covers(revoked): live = []
            // It takes grants that lie within it away as a whole; the place asked about is not in them.
            case .revoke: break
            case .grant(let granted, let end, let id):
                live.removeAll { $0.scope == granted }
                if granted.covers(scope) { live.append((granted, end, id)) }
            }
        }
        return live.filter { $0.end.map { time < $0 } ?? true }.max { $0.scope.segments.count < $1.scope.segments.count }?.id
    }
}

import ChanceryVigil
import ChanceryWire
import Testing

/// Where the standard engine must not answer as the reference does (reference 3 and 8.1, numbers 8, 9 and 18).
struct MendTests {
    static let start: Int64 = 1_787_774_400

    @Test(arguments: Violation.allCases.filter(\.isTampering))
    func `tampering is critical at once`(violation: Violation) throws {
        var watch = AgentWatch(Histories.steady(hours: 100))
        let before = watch.assessment(at: watch.clock)
        #expect(before.band == .safe)
        watch.charge(violation, at: watch.clock + 1, evidence: "17")
        let after = watch.assessment(at: watch.clock)
        #expect(after.band == .critical)
        #expect(try #require(after.risk) >= Millionths(750_000))
        #expect(after.stability == .critical)
        let alert = try #require(after.alerts.first)
        #expect(alert.kind == .tampering && alert.severity == .critical && alert.evidence == ["17"])
        #expect(alert.time == watch.clock)
    }

    @Test func `a tampered chain, safe in the reference, scores at least what the vectors recommend`() throws {
        for (name, violation, least) in [
            ("tampered_payload", Violation.brokenLink, 300_000 as Int64), ("time_goes_back", .timeReversal, 100_000),
        ] {
            let entry = try #require(Vectors.cases("vrs.json", "chain_risk").first { $0["name"]?.string == name })
            #expect(try Vectors.facts(#require(entry["events"]?.array)).score == 0)
            let recommended = try #require(entry["recommended_min_score"]?.number)
            #expect(Double(least) / 1_000_000 == recommended)
            var watch = AgentWatch(Histories.steady(hours: 100))
            watch.charge(violation, at: watch.clock, evidence: "4")
            #expect(watch.assessment(at: watch.clock).chain >= Millionths(least))
        }
    }

    @Test func `sending an event twice is no fork and leaves its agent alone`() {
        let agent = AgentWatch(Histories.steady(hours: 50))
        let before = agent.assessment(at: agent.clock)
        var submitter = AgentWatch("client", Histories.steady(hours: 50))
        submitter.charge(.replayedSubmission, at: submitter.clock, evidence: "12")
        let found = submitter.assessment(at: submitter.clock)
        #expect(agent.assessment(at: agent.clock) == before)
        #expect(found.chain == Millionths(200_000))
        #expect(found.band == .safe && !found.isHeld && found.stability == .stable)
        #expect(found.alerts.map(\.kind) == [.submissions])
        // The reference calls the same list CRITICAL.
        #expect(ReferenceRisk([], facts: .init(isLinked: true, forks: 1, replays: 1), at: 0).state == "CRITICAL")
    }

    @Test(arguments: [
        (Violation.fork, Violation.Party.agent), (.equivocation, .agent), (.brokenLink, .agent), (.timeReversal, .agent),
        (.rewrittenHistory, .agent), (.badSignature, .submitter), (.replayedSubmission, .submitter),
        (.rejectedSubmission, .submitter), (.tamperedStore, .store),
    ])
    func `each violation has one party to blame`(violation: Violation, party: Violation.Party) {
        #expect(violation.party == party)
    }

    @Test func `timestamps that hold count`() {
        let with = AgentWatch(Histories.steady(hours: 50)).assessment(at: 0)
        let without = AgentWatch(Histories.steady(hours: 50, timestamped: false)).assessment(at: 0)
        #expect(with.trust == .one)
        #expect(with.tier == .elite)
        #expect(without.trust == Millionths(850_000))
    }

    @Test func `the unknown and the new are not elite`() {
        let unknown = Assessment.unknown("nobody", profile: .standard, at: Self.start)
        #expect(unknown.risk == nil && unknown.band == .unknown && unknown.trust == nil && unknown.tier == .unknown)
        let new = AgentWatch(Histories.steady(hours: 9)).assessment(at: Self.start)
        #expect(new.trust == Millionths(500_000) && new.tier == .unrated && new.trustParts == nil)
        #expect(AgentWatch(Histories.steady(hours: 10)).assessment(at: Self.start).tier == .elite)
        #expect(ReferenceTrust([], facts: .init(isLinked: true, forks: 0, replays: 0), at: 0).tier == "Elite")
    }

    @Test func `a charge makes the unknown known`() {
        var watch = AgentWatch(agent: "client", profile: .standard)
        watch.charge(.badSignature, at: Self.start, evidence: "r1")
        let found = watch.assessment(at: Self.start)
        #expect(found.band == .critical && found.risk != nil && found.tier == .unrated)
    }

    @Test func `going quiet is no fall of entropy`() throws {
        let watch = AgentWatch(Histories.steady(hours: 100))
        let later = watch.assessment(at: watch.clock + 7 * 86_400)
        #expect(later.collusionParts.entropyDrop == .zero)
        let quiet = try #require(Vectors.cases("a2c.json").first { $0["name"]?.string == "entropy_no_recent" })
        #expect(quiet["expected"]?["indicators"]?["entropy_drop"]?["score"]?.number == 1)
    }

    @Test func `closing oneself off is one`() {
        var deeds = Histories.steady(hours: 600)
        let last = Self.start + 600 * 3600
        for index in 0..<40 {
            deeds.append(
                .event(
                    index: 1000 + UInt64(index), time: last + 3 * 86_400 + Int64(index) * 60, type: "a2a_message", peer: "p1",
                    verified: true, timestamped: true, attested: false))
        }
        let found = AgentWatch(deeds).assessment(at: 0)
        #expect(found.collusionParts.entropyDrop == .one)
        #expect(found.alerts.contains { $0.kind == .entropyDrop && $0.evidence == ["1036", "1037", "1038", "1039"] })
    }

    @Test func `a correlation is at most one, however few events the other side has`() throws {
        let many = (0..<40).map { Self.event(UInt64($0), Self.start + Int64($0) * 2) }
        let few = (0..<3).map { Self.event(UInt64($0), Self.start + Int64($0) * 2) }
        let (left, right) = (AgentWatch("a", many), AgentWatch("b", few))
        for (one, other) in [(left, right), (right, left)] {
            let found = try #require(Synchronisation(one.times, other.times, at: Self.start + 100))
            #expect(found.correlation == .one)
            #expect(found.matched.count == 3)
        }
    }

    @Test func `peers in any order give the same answer`() {
        let watches = ["b", "c", "d", "e"].enumerated().map { place, name in
            AgentWatch(name, (0..<20).map { Self.event(UInt64($0), Self.start + Int64($0) * 600 + Int64(place * 2)) })
        }
        let watch = AgentWatch("a", (0..<20).map { Self.event(UInt64($0), Self.start + Int64($0) * 600 + 1) })
        let found = watch.assessment(at: 0, peers: watches)
        #expect(found == watch.assessment(at: 0, peers: watches.reversed()))
        #expect(found.alerts.first?.text.contains("`b`") == true)
    }

    @Test func `agents do not disturb each other, however their events interleave`() {
        let histories = (0..<3).map { Histories.random(seed: UInt64($0), count: 120) }
        let apart = histories.enumerated().map { AgentWatch("a\($0.offset)", $0.element) }
        var together = (0..<3).map { AgentWatch(agent: "a\($0)", profile: .standard) }
        var places = [0, 0, 0]
        var generator = SeededGenerator(seed: 7)
        while let agent = (0..<3).filter({ places[$0] < 120 }).randomElement(using: &generator) {
            histories[agent][places[agent]].apply(to: &together[agent])
            places[agent] += 1
        }
        #expect(together == apart)
    }

    @Test func `an agent cannot date its past away`() {
        var watch = AgentWatch(Histories.steady(hours: 100))
        watch.charge(.fork, at: watch.clock, evidence: "5")
        let received = watch.clock + 60
        watch.observe(ObservedEvent(index: 5000, time: received + 90 * 86_400, receivedAt: received, type: "tool_call"))
        #expect(watch.clock == received)
        #expect(watch.assessment(at: received).band == .critical)
    }

    @Test func `a hold ends, the counts stay`() {
        var watch = AgentWatch(Histories.steady(hours: 100))
        watch.charge(.fork, at: watch.clock, evidence: "5")
        let month: Int64 = 30 * 86_400
        #expect(watch.assessment(at: watch.clock + month - 1).band == .critical)
        let later = watch.assessment(at: watch.clock + month)
        #expect(!later.isHeld && later.chain == Millionths(133_333))
    }

    private static func event(_ index: UInt64, _ time: Int64) -> Deed {
        .event(index: index, time: time, type: "s", peer: nil, verified: false, timestamped: true, attested: false)
    }
}

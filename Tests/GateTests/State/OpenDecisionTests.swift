import ChanceryGate
import ChanceryPolicy
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// Where a decision stands, at every moment of its life.
struct OpenDecisionTests {
    private func time(_ seconds: Int64) -> UTCTime { SampleKeys.time(seconds) }

    /// The decision as the state keeps it after `events`.
    private func open(_ decision: GateDecision, _ events: [GateEvent] = []) throws -> OpenDecision {
        var state = GateState()
        state.apply(.decision(decision), id: try Sample.id(1), at: decision.time)
        for event in events { state.apply(event, id: try Sample.id(2), at: decision.time) }
        return try #require(try state.open[Sample.id(1)])
    }

    private func answer(_ choice: Approval.Choice, to decision: GateDecision, at seconds: Int64, lifetime: Int64 = 20) throws
        -> GateEvent
    {
        let key = try Sample.key()
        let terms = try Approval.Terms(
            choice, on: decision, Sample.id(1), justification: "", at: time(seconds), lifetime: lifetime)
        return .answer(.init(try Approval.sign(terms, as: Sample.approver("ann", .l3, key), key: key)))
    }

    @Test(arguments: [Effect.allow, .allowWithLog, .restrict])
    func `a permission stands for half a minute`(effect: Effect) throws {
        let decision = try open(Sample.decision(effect))
        #expect([0, 30].map { decision.standing(at: time($0)) } == [.allowed(until: time(30)), .allowed(until: time(30))])
        #expect(decision.standing(at: UTCTime(milliseconds: time(30).milliseconds + 1)) == .lapsed)
    }

    @Test func `a block is nowhere among what somebody may act on`() throws {
        var state = GateState()
        state.apply(.decision(try Sample.decision(.block)), id: try Sample.id(1), at: time(0))
        #expect(state.open.isEmpty)
    }

    @Test func `a question waits stage by stage and then lapses`() throws {
        let question = try Sample.question(.escalate, timeout: 10, risk: "0.8")
        let decision = try open(Sample.decision(.requireHuman, question: question))
        let expected: [(Int64, OpenDecision.Standing)] = [
            (-5, .waiting(stage: 0, clearance: .l2)), (0, .waiting(stage: 0, clearance: .l2)),
            (10, .waiting(stage: 1, clearance: .l3)), (19, .waiting(stage: 1, clearance: .l3)), (20, .lapsed), (9999, .lapsed),
        ]
        for (seconds, standing) in expected { #expect(decision.standing(at: time(seconds)) == standing, "\(seconds)") }
    }

    @Test func `an approval stands until its own end, a rejection for good`() throws {
        let asked = try Sample.decision(.requireHuman)
        let approved = try open(asked, [answer(.approve, to: asked, at: 5)])
        #expect(approved.standing(at: time(25)) == .approved(by: "ann", until: time(25)))
        #expect(approved.standing(at: time(26)) == .lapsed)
        let rejected = try open(asked, [answer(.reject, to: asked, at: 5)])
        #expect([5, 26, 9999].allSatisfy { rejected.standing(at: time($0)) == .rejected(by: "ann") })
    }

    @Test func `the first answer counts, and none after the lapse`() throws {
        let asked = try Sample.decision(.requireHuman)
        let rejected = try open(asked, [answer(.reject, to: asked, at: 5), answer(.approve, to: asked, at: 6)])
        #expect(rejected.standing(at: time(7)) == .rejected(by: "ann"))
        let lapsed = try open(asked, [.lapse(.init(Sample.id(1))), answer(.approve, to: asked, at: 5)])
        #expect(lapsed.standing(at: time(7)) == .lapsed)
    }

    @Test func `what was used is used`() throws {
        let redemption = GateEvent.redemption(.init(try Sample.id(1), actionHash: [], caller: ""))
        let allowed = try open(Sample.decision(), [redemption])
        let asked = try Sample.decision(.requireHuman)
        let approved = try open(asked, [answer(.approve, to: asked, at: 5), redemption])
        for seconds: Int64 in [0, 6, 9999] {
            #expect(allowed.standing(at: time(seconds)) == .redeemed && approved.standing(at: time(seconds)) == .redeemed)
        }
    }

    @Test func `every standing has a word of its own`() {
        let all: [OpenDecision.Standing] = [
            .allowed(until: time(0)), .blocked, .waiting(stage: 0, clearance: .l1), .approved(by: "a", until: time(0)),
            .rejected(by: "a"), .lapsed, .redeemed,
        ]
        #expect(Set(all.map(\.word)).count == all.count)
    }
}

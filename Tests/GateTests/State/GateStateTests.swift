import ChanceryGate
import ChanceryPolicy
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// The state follows from the events and does not grow with their number.
struct GateStateTests {
    private func time(_ seconds: Int64) -> UTCTime { SampleKeys.time(seconds) }

    @Test func `questions are counted until somebody answers or their time is over`() throws {
        var state = GateState()
        let question = try Sample.question(timeout: 10)
        for number in 0..<4 {
            let agent = number == 3 ? "did:sample:other" : Sample.agent
            state.apply(
                .decision(try Sample.decision(.requireHuman, agent: agent, question: question)), id: try Sample.id(number),
                at: time(0))
        }
        #expect(state.waiting(of: Sample.agent) == 3 && state.waiting(of: "did:sample:other") == 1 && state.waitingCount == 4)
        let key = try Sample.key()
        let asked = try Sample.decision(.requireHuman, question: question)
        let terms = try Approval.Terms(.reject, on: asked, Sample.id(0), justification: "", at: time(1))
        let answer = GateEvent.Answer(try Approval.sign(terms, as: Sample.approver("ann", .l3, key), key: key))
        // The same twice changes nothing.
        for _ in 0..<2 { state.apply(.answer(answer), id: try Sample.id(9), at: time(1)) }
        #expect(state.waiting(of: Sample.agent) == 2)
        #expect(state.lapsed(at: time(9)).isEmpty)
        let lapsed = state.lapsed(at: time(10))
        #expect(try Set(lapsed) == Set([1, 2, 3].map { try Sample.id($0) }))
        for id in lapsed + lapsed { state.apply(.lapse(.init(id)), id: try Sample.id(9), at: time(10)) }
        #expect(state.waitingCount == 0 && state.lapsed(at: time(99)).isEmpty)
    }

    @Test(arguments: [(ApprovalTerms.OnTimeout.block, 2), (.reject, 1), (.escalate, 1)])
    func `the lapse of a question that blocks counts against the agent`(onTimeout: ApprovalTerms.OnTimeout, alerts: Int) throws
    {
        var state = GateState()
        let question = try Sample.question(onTimeout, timeout: 10)
        state.apply(.decision(try Sample.decision(.requireHuman, question: question)), id: try Sample.id(1), at: time(0))
        for _ in 0..<2 { state.apply(.lapse(.init(try Sample.id(1))), id: try Sample.id(2), at: time(99)) }
        #expect(state.histories[Sample.agent]?.alerts.count == alerts)
        if alerts == 2 { #expect(state.histories[Sample.agent]?.alerts.last == time(99).seconds) }
    }

    @Test func `events about decisions that nobody knows change nothing`() throws {
        var state = GateState()
        let id = try Sample.id(1)
        let asked = try Sample.decision(.requireHuman)
        let key = try Sample.key()
        let terms = try Approval.Terms(.approve, on: asked, id, justification: "", at: time(1))
        let answer = GateEvent.Answer(try Approval.sign(terms, as: Sample.approver("ann", .l3, key), key: key))
        for event: GateEvent in [
            .redemption(.init(id, actionHash: [], caller: "")), .lapse(.init(id)), .answer(answer),
            .outcome(.init(id, .done, result: nil, detail: "", caller: "")),
        ] { state.apply(event, id: id, at: time(0)) }
        #expect(state.open.isEmpty && state.histories.isEmpty && state.waitingCount == 0)
    }

    @Test func `after a hundred thousand decisions the state holds the latest few and forgets no open one`() throws {
        var state = GateState()
        let allowed = try Sample.action()
        let question = try Sample.question(timeout: 7 * 86_400)
        let asked = try Sample.id(-1)
        state.apply(.decision(try Sample.decision(.requireHuman, action: allowed, question: question)), id: asked, at: time(0))
        var largest = 0
        for number in 0..<100_000 {
            // Ten a second, each of which may be used for half a minute.
            let second = Int64(number / 10)
            let effect: Effect = number % 3 == 0 ? .block : .allow
            let id = try Sample.id(number)
            state.apply(.decision(try Sample.decision(effect, action: allowed, at: second)), id: id, at: time(second))
            if number % 3 == 1 {
                state.apply(.redemption(.init(id, actionHash: allowed.hash, caller: "")), id: id, at: time(second))
            }
            largest = max(largest, state.open.count)
        }
        #expect(largest <= 1024 + 3 * 320, "\(largest)")
        #expect(state.open[asked] != nil && state.waitingCount == 1)
        // What is still usable was kept.
        let last = try Sample.id(99_998)
        #expect(state.open[last]?.standing(at: time(10_000)) == .allowed(until: time(10_029)))
        let history = try #require(state.histories[Sample.agent])
        #expect(history.alerts.count <= AgentHistory.capacity && state.histories.count == 1)
    }
}

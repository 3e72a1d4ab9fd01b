import ChanceryLedger
import ChanceryNode
import ChanceryPolicy
import ChancerySuite
import ChanceryWire
import Synchronization

/// What the test wants to be known of an agent; `number` counts the questions from 0.
final class ScriptedRisk: RiskSource {
    private struct State {
        var asked = 0
        var answer: @Sendable (_ number: Int) throws -> AgentRisk
    }
    private let state: Mutex<State>

    init(_ risk: String = "0.1") { state = Mutex(State(answer: { _ in Self.risk(risk) })) }

    static func risk(_ risk: String?, _ stability: Stability? = .stable) -> AgentRisk {
        AgentRisk(
            risk: risk.flatMap { ExactDecimal($0) }, stability: stability, collusion: .zero, trust: ExactDecimal("0.9"),
            engine: "script/1")
    }

    var asked: Int { state.withLock { $0.asked } }

    /// From now on; the count starts anew.
    func answer(_ answer: @escaping @Sendable (_ number: Int) throws -> AgentRisk) {
        state.withLock { $0 = State(answer: answer) }
    }

    func set(_ risk: String?, _ stability: Stability? = .stable) { answer { _ in Self.risk(risk, stability) } }

    func risk(of agent: DID) throws -> AgentRisk {
        let (answer, number) = state.withLock { state in
            defer { state.asked += 1 }
            return (state.answer, state.asked)
        }
        return try answer(number)
    }
}

/// A committee that says what the test wants.
final class ScriptedAuthority: AuthoritySource {
    private struct State {
        var asked = 0
        var voted: VotedPolicy?
        var answer: @Sendable (_ number: Int, _ voted: VotedPolicy?) async throws -> CommitteeWord
    }
    private let state = Mutex(State(answer: { _, voted in ScriptedAuthority.word(policy: voted) }))

    static func word(authorized: Bool = true, frozen: Bool = false, role: String? = "clerk", policy: VotedPolicy?)
        -> CommitteeWord
    {
        CommitteeWord(isAuthorized: authorized, isFrozen: frozen, role: role, delegatedBy: nil, policy: policy)
    }

    func vote(_ text: String) {
        let voted = VotedPolicy(hash: Digest.sha256(Array(text.utf8)), proposal: Digest.sha256(Array("proposal".utf8)))
        state.withLock { $0.voted = voted }
    }

    func answer(_ answer: @escaping @Sendable (_ number: Int, _ voted: VotedPolicy?) async throws -> CommitteeWord) {
        state.withLock { ($0.answer, $0.asked) = (answer, 0) }
    }

    func word(on agent: DID) async throws -> CommitteeWord {
        let (answer, number, voted) = state.withLock { state in
            defer { state.asked += 1 }
            return (state.answer, state.asked, state.voted)
        }
        return try await answer(number, voted)
    }

    func policy() async throws -> VotedPolicy? { state.withLock { $0.voted } }
}

/// A failure without a code, as a library may throw it.
struct PlainFailure: Error {}

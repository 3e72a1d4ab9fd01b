import ChanceryMCP
import ChanceryWire
import Synchronization

/// A gate that answers by the name of the tool, and remembers what it was told.
final class ScriptedGate: ActionGate {
    struct Failure: Error {}

    private struct State {
        var count = 0
        var approved: Set<String> = []
        var redeemed: Set<String> = []
        var sealed: [String: CallState] = [:]
        var outcomes: [ActionOutcome] = []
        var refusals: [GatewayRefusal] = []
    }

    private let state = Mutex(State())
    var outcomes: [ActionOutcome] { state.withLock { $0.outcomes } }
    var redeemed: Int { state.withLock { $0.redeemed.count } }
    var refusals: [GatewayRefusal] { state.withLock { $0.refusals } }

    func decide(_ action: GatedAction) async throws -> GateAnswer {
        let id = state.withLock { state in
            state.count += 1
            return "d-\(state.count)"
        }
        func receipt(_ outcome: String) -> DecisionReceipt {
            DecisionReceipt(id: id, outcome: outcome, rule: "rule", reason: "the script says so", policyHash: "p")
        }
        switch action.name {
        case "deny": return .block(receipt("BLOCK"))
        case "ask": return .wait(receipt("REQUIRE_HUMAN"), deadline: UTCTime(milliseconds: .max))
        case "fail": throw Failure()
        case "hang":
            try await Task.sleep(for: .seconds(60))
            return .allow(receipt("ALLOW"))
        default: return .allow(receipt("ALLOW"))
        }
    }

    func approve(_ decision: String) { state.withLock { _ = $0.approved.insert(decision) } }

    func redeem(_ decision: String, _ action: GatedAction) async throws -> Redemption {
        state.withLock { $0.redeemed.insert(decision).inserted } ? .redeemed : .refused(reason: "spent")
    }

    func wait(for decision: String, until: UTCTime) async throws -> GateVerdict {
        for _ in 0..<200 {
            if state.withLock({ $0.approved.contains(decision) }) { return .approved }
            try await Task.sleep(for: .milliseconds(5))
        }
        return .pending
    }

    func seal(_ call: CallState) async throws -> String {
        state.withLock { $0.sealed[call.serial] = call }
        return call.serial
    }

    func unseal(_ text: String) async throws -> CallState {
        guard let call = state.withLock({ $0.sealed[text] }) else { throw Failure() }
        return call
    }

    func record(_ outcome: ActionOutcome) async throws {
        guard outcome.action.name != "lose" else { throw Failure() }
        state.withLock { $0.outcomes.append(outcome) }
    }
    func record(_ refusal: GatewayRefusal) async { state.withLock { $0.refusals.append(refusal) } }
}

/// Pins in memory.
final class MemoryPins: PinStore {
    private let bytes = Mutex<[UInt8]?>(nil)
    func load() async throws -> [UInt8]? { bytes.withLock { $0 } }
    func save(_ saved: [UInt8]) async throws { bytes.withLock { $0 = saved } }
}

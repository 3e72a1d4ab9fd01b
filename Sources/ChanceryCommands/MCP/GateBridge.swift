internal import ChanceryGate
internal import ChanceryMCP
internal import ChanceryNode
internal import ChanceryPolicy
internal import ChanceryStorage
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation
internal import Synchronization

/// The gate of a home, as the gateway asks it.
///
/// A call that is allowed at once is carried out at once by the gateway itself: its decision is its one use. One that a
/// person approved is redeemed in a step of its own.
final class GateBridge: ChanceryMCP.ActionGate {
    private let gate: ChanceryNode.ActionGate
    private let agent: String
    private let caller: String
    private let key: SecretBytes
    /// Whether an outcome may be written together with the next decision.
    private let letsOutcomesWait: Bool
    /// Decisions that were used at once and that the gateway has not asked for yet.
    private let used = Mutex<Set<String>>([])

    init(
        _ gate: ChanceryNode.ActionGate, agent: String, upstream: String, key: consuming SecretBytes, letsOutcomesWait: Bool
    ) {
        self.gate = gate
        self.agent = agent
        caller = "mcp:\(upstream)"
        self.key = key
        self.letsOutcomesWait = letsOutcomesWait
    }

    func decide(_ action: ChanceryMCP.GatedAction) async throws -> GateAnswer {
        let decided = try await gate.decide(Self.request(action), for: agent, by: caller, usedAtOnce: true)
        let decision = decided.decision
        let receipt = DecisionReceipt(
            id: decided.id.text, outcome: decision.verdict.effect.rawValue, rule: decision.verdict.rule,
            reason: decision.verdict.reason, policyHash: decision.policy.map { Hex.encode($0) } ?? "")
        switch decision.verdict.effect {
        case .block: return .block(receipt)
        case .requireHuman: return .wait(receipt, deadline: decision.expires)
        case .allow, .allowWithLog, .restrict:
            used.withLock { _ = $0.insert(decided.id.text) }
            return .allow(receipt)
        }
    }

    func redeem(_ decision: String, _ action: ChanceryMCP.GatedAction) async throws -> Redemption {
        if used.withLock({ $0.remove(decision) != nil }) { return .redeemed }
        do {
            try await gate.redeem(DecisionID(decision), Self.request(action), for: agent, by: caller)
            return .redeemed
        } catch let error as GateError {
            return .refused(reason: "\(error.code): \(error.detail)")
        }
    }

    func wait(for decision: String, until deadline: UTCTime) async throws -> GateVerdict {
        switch try await gate.settled(DecisionID(decision), until: deadline) {
        case .approved, .allowed: .approved
        case .waiting: .pending
        case .rejected(let name): .denied(reason: "\(name) said no")
        case .lapsed: .denied(reason: "nobody answered in time")
        case .blocked, .redeemed: .denied(reason: "the decision allows nothing any more")
        }
    }

    func seal(_ state: CallState) async throws -> String {
        let nonce = SystemRandom.bytes(AEAD.nonceBytes)
        let sealed = try AEAD.seal(state.encoded(), key: key, nonce: nonce, authenticating: Array(CallState.type.utf8))
        return Base64.url.encode(nonce + sealed)
    }

    func unseal(_ text: String) async throws -> CallState {
        let bytes = try Base64.url.decode(text)
        guard bytes.count > AEAD.nonceBytes else { throw SuiteError(.openFailed, "the sealed bytes do not open") }
        return try CallState(
            decoding: AEAD.open(
                Array(bytes.dropFirst(AEAD.nonceBytes)), key: key, nonce: Array(bytes.prefix(AEAD.nonceBytes)),
                authenticating: Array(CallState.type.utf8)))
    }

    func record(_ outcome: ActionOutcome) async throws {
        let status: GateEvent.Outcome.Status =
            switch outcome.status {
            case .completed, .withheld: .done
            case .toolError, .serverError, .notForwarded: .failed
            case .unknown: .unknown
            }
        let noted = try GateEvent.Outcome(
            DecisionID(outcome.decision), status, result: outcome.resultHash.flatMap { try? Hex.decode($0, count: 32) },
            detail: "\(outcome.status.rawValue), \(outcome.resultBytes) bytes\(outcome.isDelivered ? "" : ", not delivered")",
            caller: caller)
        try await gate.conclude(
            noted, of: agent, hasHappened: outcome.status != .notForwarded, mayWait: letsOutcomesWait)
    }

    func record(_ refusal: GatewayRefusal) async {
        let error = MCPError(refusal.reason, "\(refusal.side.rawValue) \(refusal.method) \(refusal.name): \(refusal.detail)")
        // The refusal itself matters more than that it could be written down.
        _ = try? await gate.refuse("mcp \(refusal.upstream)", error, agent: agent, caller: caller)
    }

    /// The call as an action: a tool is called by its name, anything else by its method.
    private static func request(_ action: ChanceryMCP.GatedAction) throws -> ChanceryGate.GatedAction {
        var payload = action.arguments.object ?? JSONObject()
        let isTool = action.method == .callTool
        guard !isTool || ChanceryMCP.GatedAction.Method(rawValue: action.name) == nil else {
            throw GateError(.actionMalformed, "a tool may not be called like a method of the protocol")
        }
        if action.method == .getPrompt { payload = ["arguments": action.arguments, "name": .string(action.name)] }
        return try ChanceryGate.GatedAction(
            isTool ? action.name : action.method.rawValue, payload: payload,
            tool: .init(upstream: action.upstream, pin: action.pin.map { try Hex.decode($0, count: 32) }))
    }
}

extension Home {
    /// The key under which states of waiting calls are sealed; it never leaves the home.
    func callStateKey() throws -> SecretBytes {
        let file = path + "/private/mcp-state.key"
        try AtomicFile.makeFolder(path + "/private")
        if !FileManager.default.fileExists(atPath: file) {
            do {
                try AtomicFile.write(SystemRandom.bytes(AEAD.keyBytes), to: file)
            } catch let error as NodeError where error.reason == .alreadyExists {
                // Another gateway made it in between.
            }
        }
        var bytes = try AtomicFile.read(file, limit: 64)
        guard bytes.count == AEAD.keyBytes else { throw NodeError(.storeCorrupt, "`\(file)` is no key of 32 bytes") }
        return SecretBytes(erasing: &bytes)
    }
}

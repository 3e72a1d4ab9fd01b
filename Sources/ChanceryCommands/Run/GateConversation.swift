internal import ChanceryAPI
internal import ChanceryGate
internal import ChanceryPolicy
internal import ChanceryTransport
internal import ChanceryWire
internal import Foundation

/// The gate of a server, asked over its Unix socket. Whatever is not understood is no permission.
struct GateConversation {
    private static let answerLimit = 1 << 20

    private let path: String
    private let patience: Duration

    /// - Parameter patience: how long an answer may take.
    init(at path: String, patience: Duration) {
        self.path = path
        self.patience = patience
    }

    /// What the gate said.
    enum Answer {
        /// The action may happen once, now: the permission is used.
        case permitted(DecisionID)
        /// People are asked.
        case waiting(DecisionID, why: String)
        case denied(why: String)
    }

    var isAnswering: Bool { (try? ask(.get, "/health"))?["status"]?.string != nil }

    /// Asks for `action`, and uses what is allowed at once.
    ///
    /// - Throws: `transport.unreachable`, and what the gate refused, with its own code.
    func decide(_ action: GatedAction, for agent: String?) throws -> Answer {
        var body = try Self.body(of: action, for: agent)
        body["redeem"] = true
        let answer = try ask(.post, "/v1/gate/decisions", .object(body))
        let id = try id(in: answer, about: action)
        guard let effect = (answer["effect"]?.string).flatMap(Effect.init(rawValue:)), let rule = answer["rule"]?.string,
            let reason = answer["reason"]?.string
        else { throw unexpected }
        let why = "\(effect.rawValue) by \(rule): \(reason)"
        if effect == .requireHuman { return .waiting(id, why: why) }
        guard answer["allowed"]?.bool == true, effect < .requireHuman else { return .denied(why: why) }
        guard answer["redeemed"]?.bool == true else { throw unexpected }
        return .permitted(id)
    }

    /// Waits until people answered, at most so many seconds, and uses what they allowed.
    func redeem(_ id: DecisionID, _ action: GatedAction, for agent: String?, waiting seconds: Int) throws {
        var left = seconds
        while left > 0 {
            let span = min(left, 30)
            let shown = try ask(
                .get, "/v1/gate/decisions/\(id.text)?wait=\(span)", patience: patience + .seconds(span))
            guard let state = shown["standing"]?["state"]?.string else { break }
            guard state == "waiting" else { break }
            left -= span
        }
        let answer = try ask(
            .post, "/v1/gate/decisions/\(id.text)/redeem", .object(Self.body(of: action, for: agent)))
        guard answer["redeemed"]?.bool == true, answer["decision"]?.string?.utf8.elementsEqual(id.text.utf8) == true else {
            throw unexpected
        }
    }

    /// Tells what came of the action.
    func note(_ outcome: GateEvent.Outcome, for agent: String?) throws {
        var body: JSONObject = ["detail": .string(outcome.detail), "status": .string(outcome.status.rawValue)]
        body["agent"] = agent.map { .string($0) }
        body["result"] = outcome.result.map { .string(Hex.encode($0)) }
        _ = try ask(.post, "/v1/gate/decisions/\(outcome.decision.text)/outcome", .object(body))
    }

    private static func body(of action: GatedAction, for agent: String?) throws -> JSONObject {
        var body: JSONObject = ["action": .string(action.name), "payload": .object(action.payload)]
        body["agent"] = agent.map { .string($0) }
        body["target"] = action.target.map { .string($0) }
        return body
    }

    /// The decision that an answer is about: of exactly this action.
    private func id(in answer: JSONValue, about action: GatedAction) throws -> DecisionID {
        guard let text = answer["decision"]?.string, let id = try? DecisionID(text),
            answer["action_hash"]?.string?.utf8.elementsEqual(Hex.encode(action.hash).utf8) == true
        else { throw unexpected }
        return id
    }

    private func ask(
        _ method: RouteDocument.Method, _ target: String, _ body: JSONValue? = nil, patience: Duration? = nil
    ) throws -> JSONValue {
        let facts = try RequestFacts(
            method: method.rawValue, scheme: .http, authority: "localhost", target: target, headers: [],
            body: body.map { try CanonicalForm.jcs.encode($0) } ?? [])
        let (exchange, type, allowed) = (
            HTTPExchange(socket: path), body == nil ? nil : "application/json", patience ?? self.patience
        )
        let answer = try Daemon.result {
            try await withThrowingTaskGroup(of: HTTPExchange.Answer?.self) { group in
                group.addTask { try await exchange.send(facts, [], mediaType: type, limit: Self.answerLimit) }
                group.addTask {
                    try await Task.sleep(for: allowed)
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
        }
        guard let answer else { throw TransportError(.unreachable, "`\(path)` does not answer within \(allowed)") }
        let value = try? JSONParser.parse(answer.body, limits: .init(bytes: Self.answerLimit, depth: 64))
        guard let value else { throw unexpected }
        guard (200..<300).contains(answer.status) else {
            guard let code = value["code"]?.string, let detail = value["detail"]?.string else { throw unexpected }
            throw AgentRefusal(code: code, detail: detail.asErrorDetail)
        }
        return value
    }

    private var unexpected: any Error {
        TransportError(.unreachable, "what answers at `\(path)` is no gate that this version understands")
    }
}

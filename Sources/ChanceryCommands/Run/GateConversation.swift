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

    /// What the gate said, and what whoever carries it out owes besides.
    enum Answer {
        /// The action may happen once, now: the permission is used.
        case permitted(DecisionID, [Obligation], why: String)
        /// People are asked.
        case waiting(DecisionID, [Obligation], why: String)
        case denied(why: String)
    }

    var isAnswering: Bool { (try? ask(.get, "/health"))?["status"]?.string != nil }

    /// Asks for `action`, and uses what is allowed at once. A use whose answer is not understood is settled: it led to nothing.
    ///
    /// - Throws: `transport.unreachable`, and what the gate refused, with its own code.
    func decide(_ action: GatedAction, for agent: String?) throws -> Answer {
        var body = try Self.body(of: action, for: agent)
        body["redeem"] = true
        let answer = try ask(.post, "/v1/gate/decisions", .object(body))
        let id = try id(in: answer, about: action)
        let isUsed = answer["redeemed"]?.bool == true
        guard let understood = Self.read(answer, of: id, isUsed: isUsed) else {
            if isUsed { abandon(id, for: agent) }
            throw unexpected
        }
        return understood
    }

    /// Nil for what contradicts itself, or holds anything that this version does not know.
    private static func read(_ answer: JSONValue, of id: DecisionID, isUsed: Bool) -> Answer? {
        guard let effect = (answer["effect"]?.string).flatMap(Effect.init(rawValue:)), let rule = answer["rule"]?.string,
            let reason = answer["reason"]?.string, let values = answer["obligations"]?.array
        else { return nil }
        let owed = values.compactMap(obligation)
        guard owed.count == values.count, !isUsed || (answer["allowed"]?.bool == true && effect < .requireHuman) else {
            return nil
        }
        let why = "\(effect.rawValue) by \(rule): \(reason)"
        if effect == .requireHuman { return .waiting(id, owed, why: why) }
        guard answer["allowed"]?.bool == true, effect < .requireHuman else { return .denied(why: why) }
        return isUsed ? .permitted(id, owed, why: why) : nil
    }

    /// Reads what ``Obligation/json()`` wrote; nil for one that this version does not know.
    private static func obligation(_ value: JSONValue) -> Obligation? {
        let members = value.object
        guard let name = (value.string ?? members?["name"]?.string).flatMap(Obligation.Name.init(rawValue:)) else { return nil }
        let argument = members?["value"]?.string
        guard members.map({ $0.count == 2 }) ?? true, Obligation.takesValue(name) == (argument != nil),
            (members != nil) == (argument != nil), name != .logLevel || Obligation.levels.contains(argument ?? "")
        else { return nil }
        return Obligation(name, argument)
    }

    /// Waits until people answered, at most so many seconds, and uses what they allowed.
    ///
    /// - Throws: as ``decide(_:for:)``; ``Stop`` when a signal asks for an end before there is an answer.
    func redeem(_ id: DecisionID, _ action: GatedAction, for agent: String?, waiting seconds: Int, _ signals: EndSignals) throws
    {
        var left = seconds
        while left > 0 {
            let span = min(left, 30)
            let shown = try ask(
                .get, "/v1/gate/decisions/\(id.text)?wait=\(span)", patience: patience + .seconds(span), until: signals)
            guard let state = shown["standing"]?["state"]?.string else { break }
            guard state == "waiting" else { break }
            left -= span
        }
        try signals.check()
        let answer = try ask(
            .post, "/v1/gate/decisions/\(id.text)/redeem", .object(Self.body(of: action, for: agent)))
        let isUsed = answer["redeemed"]?.bool == true
        guard isUsed, answer["decision"]?.string?.utf8.elementsEqual(id.text.utf8) == true else {
            if isUsed { abandon(id, for: agent) }
            throw unexpected
        }
    }

    /// Says that a permission which was used led to nothing. Where that is not taken, the use shows among the orphans.
    private func abandon(_ id: DecisionID, for agent: String?) {
        try? note(.init(id, .failed, result: nil, detail: "the answer was not understood", caller: ""), for: agent)
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

    /// - Parameter signals: those that end the wait for an answer.
    private func ask(
        _ method: RouteDocument.Method, _ target: String, _ body: JSONValue? = nil, patience: Duration? = nil,
        until signals: EndSignals? = nil
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
                if let signals {
                    group.addTask {
                        while true {
                            try signals.check()
                            try await Task.sleep(for: .milliseconds(100))
                        }
                    }
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

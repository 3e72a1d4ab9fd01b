import ChanceryGate
import ChanceryPolicy
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// What the gate writes is read back as it was, by every process, whatever those who were refused called themselves.
struct GateEventTests {
    private let hash = [UInt8](repeating: 0x5a, count: 32)

    private func events() throws -> [GateEvent] {
        let key = try Sample.key()
        let question = try Sample.question(.escalate, justification: true, principals: ["ann"])
        let asked = try Sample.decision(
            .requireHuman,
            action: GatedAction(
                "pay", payload: Sample.object(["to": "https://bank.example"]), target: "bank.example", labels: ["untrusted"],
                tool: .init(upstream: "ledger", pin: hash)),
            question: question)
        let terms = try Approval.Terms(.approve, on: asked, Sample.id(1), justification: "", at: SampleKeys.time(1))
        let refused = GateError(.notPending, "nobody waits")
        return try [
            .policy(
                PolicyActivation(
                    text: "name: x\n", name: "x", version: "1.0", by: "operator", comment: "first", proposal: hash,
                    previous: hash,
                    time: SampleKeys.time(0))),
            .decision(Sample.decision()), .decision(Sample.decision(.block, rule: "ROLE")), .decision(asked),
            .answer(.init(Approval.sign(terms, as: Sample.approver("ann", .l1, key), key: key))),
            .redemption(.init(Sample.id(1), actionHash: hash, caller: "uid:1000")),
            .outcome(.init(Sample.id(1), .failed, result: hash, detail: "exit 1", caller: "uid:1000")),
            .lapse(.init(Sample.id(1))),
            .refusal(.init(of: "redeem", refused, agent: Sample.agent, caller: "uid:1000", decision: Sample.id(1))),
            .refusal(.init(of: "answer", refused, agent: "", caller: "uid:1000")),
        ]
    }

    /// The payload as another process finds it: through its bytes.
    private func stored(_ event: GateEvent) throws -> JSONObject {
        try #require(try JSONParser.parse(CanonicalForm.jcs.encode(event.payload)).object)
    }

    @Test func `every event reads back as it was written`() throws {
        var types: Set<String> = []
        for event in try events() {
            let payload = try stored(event)
            let read = try GateEvent(payload)
            #expect(try CanonicalForm.jcs.encode(read.payload) == CanonicalForm.jcs.encode(payload))
            types.insert(try #require(payload["event_type"]?.string))
        }
        #expect(types == GateEvent.eventTypes)
    }

    @Test(arguments: [["b", "a"], ["a", "a"]])
    func `an action that is not in its one form is refused, whatever its hash`(labels: [String]) throws {
        let action = try GatedAction("pay", payload: Sample.object(["amount": 1]), labels: Set(labels))
        var payload = try stored(.decision(Sample.decision(action: action)))
        var changed = try #require(payload["action"]?.object)
        changed["labels"] = .array(labels.map { .string($0) })
        payload["action"] = .object(changed)
        let event = payload
        #expect(code(of: { _ = try GateEvent(event) }) == "gate.event_malformed")
    }

    @Test func `a member missing, added or of another type is refused in every event and every part of one`() throws {
        for event in try events() {
            let payload = JSONValue.object(try stored(event))
            let parts = [[], ["action"], ["action", "tool"], ["facts"], ["verdict"], ["question"]]
            for part in parts where part.reduce(payload, { $0[$1] ?? .null }).object != nil {
                Damaged.each(of: payload, at: part) { damaged, what in
                    // A refusal need not be about a decision.
                    if part.isEmpty, what.hasSuffix("without `session_id`"), case .refusal = event { return }
                    #expect(throws: (any Error).self, "\(payload["event_type"]?.string ?? ""): \(what)") {
                        try GateEvent(#require(damaged.object))
                    }
                }
            }
        }
    }

    @Test func `an event of somebody else is none of the gate's`() {
        for type in ["gate_unknown", "GATE_DECISION", "", "step"] {
            #expect(code { _ = try GateEvent(Sample.object(["event_type": .string(type)])) } == "gate.event_malformed")
        }
    }

    @Test(arguments: ["action", "agent", "action_hash", "expires", "question", "effect"])
    func `a decision whose parts contradict each other is refused`(part: String) throws {
        var payload = try Sample.decision(.requireHuman).payload
        switch part {
        case "action": payload["action"] = try Sample.action(amount: 1_000_000).json
        case "agent": payload["agent"] = "did:sample:other"
        case "action_hash": payload["action_hash"] = .string(Hex.encode(hash))
        case "expires": payload["expires"] = .string(SampleKeys.time(1_000_000).text)
        case "question": payload["question"] = .null
        default: payload["verdict"] = try Sample.decision(.allow).payload["verdict"]
        }
        #expect(code { _ = try GateEvent(payload) } == "gate.event_malformed")
    }

    @Test func `an obligation that nobody knows is refused`() throws {
        for obligation: JSONValue in ["fly", ["name": "notify"], ["name": "notify", "value": "x", "more": 1], 5] {
            var payload = try Sample.decision().payload
            var verdict = try #require(payload["verdict"]?.object)
            verdict["obligations"] = [obligation]
            payload["verdict"] = .object(verdict)
            #expect(throws: (any Error).self, "\(obligation)") { try GateEvent(payload) }
        }
    }

    @Test func `a policy whose text is not the one of its hash was altered`() throws {
        var payload = Sample.activation("vrs_block: 0.8").payload
        payload["text"] = "vrs_block: 0.9"
        #expect(code { _ = try GateEvent(payload) } == "gate.policy_altered")
    }

    /// Whoever can make the gate write what it cannot read has switched it off.
    @Test func `no name, caller or detail is too long to be read again`() throws {
        let long = String(repeating: "\u{1f512}e\u{301}\u{0}", count: 2000)
        let error = WireError(.invalidValue, long)
        let events: [GateEvent] = try [
            .refusal(.init(of: long, error, agent: long, caller: long, decision: nil)),
            .decision(Sample.decision(caller: long)), .redemption(.init(Sample.id(1), actionHash: hash, caller: long)),
            .outcome(.init(Sample.id(1), .unknown, result: nil, detail: long, caller: long)),
        ]
        for event in events { #expect(throws: Never.self) { try GateEvent(stored(event)) } }
    }

    @Test func `a decision ends after half a minute, or with its question`() throws {
        #expect(try Sample.decision(.allow).expires == SampleKeys.time(30))
        let question = try Sample.question(.escalate, timeout: 60, risk: "0.8")
        #expect(try Sample.decision(.requireHuman, question: question).expires == SampleKeys.time(120))
        #expect(try Sample.decision(.block, question: question).question == nil)
        #expect(
            Effect.allCases.filter { effect in (try? Sample.decision(effect).isPermission) == true } == [
                .allow, .allowWithLog, .restrict,
            ])
    }

    @Test func `an id is exactly the hash of its event`() {
        for count in [0, 32, 63, 65] {
            #expect(throws: (any Error).self) { try DecisionID([UInt8](repeating: 0, count: count)) }
        }
        for text in [String(repeating: "AB", count: 64), String(repeating: "a", count: 127), "../../etc/passwd"] {
            #expect(throws: (any Error).self) { try DecisionID(text) }
        }
    }
}

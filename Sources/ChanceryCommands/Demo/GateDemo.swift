internal import ChanceryGate
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryPolicy
internal import ChancerySuite
internal import ChanceryVigil
internal import ChanceryWire
internal import Foundation

/// An agent works through the gateway: one call is blocked, one waits for a person and happens once, and a rewritten history
/// makes the gate stricter.
struct GateDemo {
    private static let policy = """
        language: chancery/policy/v2
        name: payments
        version: "1"
        rules:
          - {id: working, effect: allow, when: {action: ["read_*", "pay"]}}
          - {id: paying, effect: require_human, when: {action: [pay]}}
          - {id: destroying, effect: forbid, when: {pattern: ["rm\\\\s+-rf", "DROP\\\\s+TABLE"]}}
          - {id: risky, effect: forbid, when: {risk: {ge: 0.75}}}
        approval: {timeout_seconds: 60, on_timeout: REJECT, require_justification: true}
        """

    private let folder: String
    private let evidence: String
    private let printer: DemoPrinter
    private let agent = "clerk"

    /// - Parameter evidence: where the file about the payment goes.
    init(folder: String, evidence: String, printer: DemoPrinter) {
        self.folder = folder
        self.evidence = evidence
        self.printer = printer
    }

    /// Where the home of this part lies.
    static func home(in folder: String) -> (path: String, state: String) { (folder + "/gate/home", folder + "/gate/state") }

    func run() throws {
        printer.title("Every action is decided before it happens")
        let place = Self.home(in: folder)
        let home = try Home(path: place.path, state: place.state)
        let clerk = try printer.step("an agent, a gate, a policy and a person who may approve") {
            let name = try IdentityName(agent)
            _ = try home.keeper.create(name, protection: .unencrypted)
            let identity = try home.open(name, .unencrypted)
            _ = try home.ledger.register(identity, role: "clerk")
            _ = try home.ledger.stamp([["event_type": "started"]], as: identity)
            _ = try home.keeper.create(IdentityName(Home.gateName), protection: .unencrypted)
            return (identity, "the agent holds no key of the gate, and the gate none of the person")
        }
        let gate = try home.gate(home.open(IdentityName(Home.gateName), .unencrypted))
        let key = try ApproverKeyFile.generate()
        let ada = try home.approvers.register(
            Approver.register("ada", .l2, key: key, at: Home.now(), lifetime: 86_400))
        try printer.step("without a policy everything is denied; one is put in force") {
            let denied = try decide("read_ledger", [:], gate)
            guard denied.decision.verdict.effect == .block else { throw DemoFailure(detail: "allowed without a policy") }
            let text = Self.policy
            let activation = try Daemon.result { try await gate.activate(text, by: "demo", comment: "") }
            return (
                (), "\(denied.decision.verdict.rule), then \(activation.versionID), \(Hex.encode(activation.hash).prefix(16))…"
            )
        }
        try gateway(home)
        let paid = try payment(gate, ada, key)
        try attacks(home, gate, paid, ada, key)
        try vigil(home, gate, clerk)
        printer.title("Why")
        try printer.step("`gate why` tells the story of the payment") {
            let history = try gate.history(of: paid.id)
            let story = try GateView.story(history, standing: try gate.standing(of: paid.id))
            return ((), story.replacingOccurrences(of: "\n", with: "\n      "))
        }
        try EvidenceDemo(path: evidence, printer: printer, home: home).run(about: paid.id)
    }

    // MARK: through the gateway

    /// A gateway process holds a server that would do anything.
    private func gateway(_ home: Home) throws {
        let journal = folder + "/gate/journal"
        let server = folder + "/gate/server.py"
        try FileManager.default.createDirectory(atPath: folder + "/gate", withIntermediateDirectories: true)
        try Data(Self.server.utf8).write(to: URL(fileURLWithPath: server))
        guard let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first(where: FileManager.default.isExecutableFile)
        else {
            printer.title("(no python3 here: the gateway's part is left out)")
            return
        }
        let client = try GatewayClient(
            home: home.path, state: folder + "/gate/state", agent: agent, server: [python, server, journal])
        defer { client.end() }
        try printer.step("the agent calls a tool through the MCP gateway") {
            let answer = try client.call("read_file", ["path": "report.txt"])
            guard answer["isError"]?.bool != true else { throw DemoFailure(detail: "a harmless call was refused") }
            return ((), "allowed, used at once, the result's hash is on record")
        }
        try printer.attack("the agent is talked into `rm\\u00a0-rf /` with a no-break space", rule: "rule P5") {
            let answer = try client.call("read_file", ["path": "x; rm\u{a0}-rf /"])
            let reached = (try? String(contentsOfFile: journal, encoding: .utf8)) ?? ""
            guard answer["isError"]?.bool == true, !reached.contains("-rf") else { return nil }
            return "\(answer["structuredContent"]?["rule"]?.string ?? "blocked"): the server never saw it"
        }
    }

    private static let server = """
        json, sys = __import__("json"), __import__("sys")
        def out(m): sys.stdout.write(json.dumps(m) + "\\n"); sys.stdout.flush()
        for line in sys.stdin:
            m = json.loads(line)
            if "id" not in m: continue
            method = m.get("method")
            if method == "initialize":
                out({"jsonrpc": "2.0", "id": m["id"], "result": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                     "serverInfo": {"name": "files", "version": "1"}}})
            elif method == "tools/list":
                out({"jsonrpc": "2.0", "id": m["id"], "result": {"tools": [{"name": "read_file", "description": "Reads a file.",
                     "inputSchema": {"type": "object"}}]}})
            elif method == "tools/call":
                open(sys.argv[1], "a").write(line)
                out({"jsonrpc": "2.0", "id": m["id"], "result": {"content": [{"type": "text", "text": "42"}]}})
            else:
                out({"jsonrpc": "2.0", "id": m["id"], "error": {"code": -32601, "message": "no"}})
        """

    // MARK: a payment

    private let order: JSONObject = ["amount": 5000, "to": "ACME"]

    private func payment(
        _ gate: ActionGate, _ ada: Approver, _ key: SigningKey<Purpose.Approval>
    ) throws -> ActionGate.Decided {
        let asked = try printer.step("a payment waits for a person, who signs exactly what will happen") {
            let asked = try decide("pay", order, gate)
            try answer(asked, ada, key, gate)
            return (asked, "\(asked.decision.verdict.effect.rawValue), approved by ada with her own key")
        }
        try printer.step("the agent uses the approval, once") {
            let (order, agent) = (order, agent)
            try Daemon.run { try await gate.redeem(asked.id, GatedAction("pay", payload: order), for: agent, by: "demo") }
            try Daemon.run {
                try await gate.note(.init(asked.id, .done, result: nil, detail: "paid", caller: "demo"), of: agent)
            }
            return ((), "paid; the outcome is linked to decision \(asked.id.short)…")
        }
        return asked
    }

    private func attacks(
        _ home: Home, _ gate: ActionGate, _ paid: ActionGate.Decided, _ ada: Approver, _ key: SigningKey<Purpose.Approval>
    ) throws {
        printer.title("Attacks on the gate")
        let agent = agent
        try printer.attack("the agent uses the approval a second time", rule: "rule P3") {
            DemoAttacks.refusal {
                let order = order
                try Daemon.run { try await gate.redeem(paid.id, GatedAction("pay", payload: order), for: agent, by: "demo") }
            }
        }
        try printer.attack("the agent has 5,000 approved and pays 50,000", rule: "rule P3") {
            let asked = try decide("pay", order, gate)
            try answer(asked, ada, key, gate)
            return DemoAttacks.refusal {
                try Daemon.run {
                    let more = try GatedAction("pay", payload: ["amount": 50_000, "to": "ACME"])
                    try await gate.redeem(asked.id, more, for: agent, by: "demo")
                }
            }
        }
        try printer.attack("the agent registers as a person of its own name and approves itself", rule: "rule P3") {
            let asked = try decide("pay", order, gate)
            let own = try ApproverKeyFile.generate()
            let approver = try home.approvers.register(
                Approver.register("Clerk", .l3, key: own, at: Home.now(), lifetime: 86_400))
            return DemoAttacks.refusal { try answer(asked, approver, own, gate) }
        }
    }

    private func answer(
        _ asked: ActionGate.Decided, _ approver: Approver, _ key: SigningKey<Purpose.Approval>, _ gate: ActionGate
    ) throws {
        let terms = try Approval.Terms(
            .approve, on: asked.decision, asked.id, justification: "invoice 7", at: Home.now())
        let bytes = try Approval.sign(terms, as: approver, key: key).record.bytes
        try Daemon.run { _ = try await gate.answer(bytes, by: "demo") }
    }

    private func decide(_ action: String, _ payload: JSONObject, _ gate: ActionGate) throws -> ActionGate.Decided {
        let agent = agent
        return try Daemon.result { try await gate.decide(GatedAction(action, payload: payload), for: agent, by: "demo") }
    }

    // MARK: behaviour

    /// The agent's key writes another history elsewhere; somebody brings it here.
    private func vigil(_ home: Home, _ gate: ActionGate, _ clerk: OpenIdentity) throws {
        printer.title("Behaviour")
        let did = clerk.document.did
        let before = try home.vigil.assessment(of: did)
        try printer.step("vigil watches what the log proves of the agent") {
            ((), VigilView.line(agent, before))
        }
        try printer.attack("the agent rewrites its history in a copy and hands it in", rule: "rule P6") {
            let other = try Home(path: folder + "/gate/other", state: folder + "/gate/other-state")
            try other.registry.register(home.registry.history(of: did))
            _ = try other.ledger.stamp([["event_type": "never happened"], ["event_type": "neither"]], as: clerk)
            let forged = try other.exporter.auditExport(agentID: clerk.document.agentID.text)
            var keys = PinnedKeys()
            try keys.add(home.registry)
            return DemoAttacks.refusal {
                _ = try ChainImporter(store: home.store, registry: home.registry, now: Home.now).run(forged, pinned: keys)
            }
        }
        try printer.step("the proof is on record, the agent turns red, and the gate tightens") {
            let after = try home.vigil.assessment(of: did)
            let decided = try decide("read_ledger", [:], gate)
            guard after.band == .critical, decided.decision.verdict.effect == .block else {
                throw DemoFailure(detail: "a rewritten history changed nothing")
            }
            return (
                (),
                VigilView.line(agent, after)
                    + "; reading is now \(decided.decision.verdict.effect.rawValue) by \(decided.decision.verdict.rule)"
            )
        }
    }
}

internal import ChanceryGate
internal import ChanceryLedger
internal import ChanceryMCP
internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryWire

/// What our own MCP server does, over the use cases of a home.
struct HomeTools: ChanceryTools {
    let store: any RecordStore & RecordIndex
    let registry: IdentityRegistry
    let ledger: AgentLedger
    let exporter: ChainExporter
    /// Nil in a home without a gate.
    let gate: ChanceryNode.ActionGate?
    /// Who stamps; nil when nobody does.
    let identity: OpenIdentity?

    func run(_ tool: ServerTool, _ arguments: JSONObject) async throws -> JSONObject {
        switch tool {
        case .stampEvent: try stamp(arguments)
        case .verifyChain: try verify(arguments)
        case .exportAudit: try export(arguments)
        case .searchEvents: try search(arguments)
        case .explainDecision: try await explain(arguments)
        }
    }

    private func stamp(_ arguments: JSONObject) throws -> JSONObject {
        let owner = try signer(arguments["agent_id"]?.string ?? "")
        if let expected = arguments["previous_hash"]?.string {
            let head = try store.chain(owner.document.agentID.text)?.head
            guard head?.utf8.elementsEqual(expected.utf8) == true else {
                throw NodeError(.rejected, "the chain ends with `\(head?.prefix(64) ?? "nothing")`")
            }
        }
        let receipts = try ledger.recordingRefusal(of: "mcp stamp_event") {
            try ledger.stamp([arguments["payload"]?.object ?? JSONObject()], as: owner)
        }
        guard let receipt = receipts.first, let record = try store.record(id: Hex.decode(receipt.hash)) else {
            throw NodeError(.rejected, "nothing was stamped")
        }
        return [
            "event": try JSONParser.parse(record.bytes), "hash": .string(receipt.hash),
            "position": .integer(Int64(clamping: receipt.position)),
        ]
    }

    /// The open identity, when `agent` means it.
    ///
    /// - Throws: `node.rejected`: this server signs for one agent alone.
    private func signer(_ agent: String) throws -> OpenIdentity {
        guard let identity else { throw NodeError(.rejected, "this server stamps for nobody; start it with --agent") }
        let document = identity.document
        let names = [document.name, document.did.text, document.agentID.text, document.classicalAgentID.text]
        guard names.contains(where: { $0.utf8.elementsEqual(agent.utf8) }) else {
            throw NodeError(.rejected, "this server stamps for `\(document.name)` alone")
        }
        return identity
    }

    private func verify(_ arguments: JSONObject) throws -> JSONObject {
        var keys = PinnedKeys()
        try keys.add(registry)
        let bytes = try CanonicalForm.aiss1.encode(arguments["events"] ?? [])
        let verdict = try DocumentVerifier(keys: keys, log: nil, checkpoint: nil).verify(bytes) { _, _ in }
        return VerdictView.json(verdict).object ?? JSONObject()
    }

    private func export(_ arguments: JSONObject) throws -> JSONObject {
        guard arguments["output_format"]?.string != "pqz" else {
            throw NodeError(.rejected, "the archive form is not written; ask for `json`")
        }
        let (_, document) = try registry.agent(called: arguments["agent_id"]?.string ?? "")
        let isCertified = arguments["certified"]?.bool ?? false
        let bytes =
            isCertified
            ? try exporter.signedExport(of: signer(document.did.text), agentID: document.agentID.text) { _, _ in }
            : try exporter.auditExport(agentID: document.agentID.text)
        return ["certified": .bool(isCertified), "export": try JSONParser.parse(bytes, limits: .document)]
    }

    private func search(_ arguments: JSONObject) throws -> JSONObject {
        var query = RecordQuery(
            eventType: arguments["event_type"]?.string, from: arguments["from_timestamp"]?.integer.map { $0 * 1000 },
            until: arguments["to_timestamp"]?.integer.map { ($0 + 1) * 1000 },
            limit: Int(arguments["limit"]?.integer ?? 100), newestFirst: true)
        if let agent = arguments["agent_id"]?.string { query.agent = try registry.agent(called: agent).identity.agentID.text }
        return ["events": .array(try store.records(query).filter { $0.sequence != nil }.map(RecordBody.json))]
    }

    private func explain(_ arguments: JSONObject) async throws -> JSONObject {
        guard let gate else { throw NodeError(.notFound, "this home has no gate") }
        let history = try gate.history(of: gate.id(arguments["decision_id"]?.string ?? ""))
        let standing = try gate.standing(of: history.id)
        return [
            "decision": GateBody.json(history, standing: standing),
            "story": .string(try GateView.story(history, standing: standing)),
        ]
    }
}

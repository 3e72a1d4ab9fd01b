internal import ChanceryAPI
internal import ChanceryGate
internal import ChanceryNode
package import ChanceryPolicy
internal import ChancerySuite
package import ChanceryWire

extension Route {
    /// `POST /v1/gate/policies/lint`
    static func gateLint(_ service: GateService) -> Route {
        let finding = Schema.object([
            ("code", .string()), ("column", .count), ("fixable", .bool), ("line", .count), ("message", .string()),
            ("severity", .string()),
        ])
        let document = RouteDocument(
            .post, "/v1/gate/policies/lint", id: "gateLint", tag: "gate",
            summary: "What is wrong with the text of a policy, with line and column. Nothing is stored.", access: .oversight,
            body: .json(.object([("text", .string(limit: PolicyActivation.maximumBytes))])),
            bodyBytes: PolicyActivation.maximumBytes * 2,
            content: .json(
                .object([
                    ("findings", .array(finding)), ("loads", .bool), ("name", .string(isOptional: true)), ("policy", .hex(32)),
                    ("version", .string(isOptional: true)),
                ])), refusals: [415])
        return Route(document) { request in
            var reader = try RecordReader(
                JSONParser.parse(request.body, limits: .init(bytes: PolicyActivation.maximumBytes * 2, depth: 2)), "policy")
            let text = try reader.string("text", limit: PolicyActivation.maximumBytes)
            try reader.finish()
            return try await HomeServices.blocking { .json(PolicyBody.lint(text)) }
        }
    }

    /// `POST /v1/gate/policies/simulate`
    static func gateSimulate(_ service: GateService) -> Route {
        let document = RouteDocument(
            .post, "/v1/gate/policies/simulate", id: "gateSimulate", tag: "gate",
            summary:
                "What would be decided, by the active policy or by `text`. Nothing is stored, and nothing may be done with the answer.",
            access: .roles([.operator]),
            body: .json(
                .object(
                    [("action", .text()), ("agent", .text()), ("payload", .map(.any))],
                    optional: [
                        ("labels", .array(.text(limit: 64), limit: 16)), ("target", .text(limit: 259)),
                        ("text", .string(limit: PolicyActivation.maximumBytes)),
                    ])),
            bodyBytes: GatedAction.maximumBytes * 2 + PolicyActivation.maximumBytes * 2, content: .json(.map(.any)),
            refusals: [404, 415, 422])
        return Route(document) { request in
            let caller = try request.requireCaller()
            let limits = JSONParser.Limits(
                bytes: GatedAction.maximumBytes * 2 + PolicyActivation.maximumBytes * 2, depth: GatedAction.maximumDepth + 2)
            var object = try JSONParser.parse(request.body, limits: limits).object ?? JSONObject()
            let text = object["text"]?.string
            guard object["text"] == nil || text != nil, text.map({ $0.utf8.count <= PolicyActivation.maximumBytes }) ?? true
            else { throw APIError(.invalidParameter, "`text` is the text of a policy") }
            object["text"] = nil
            let body = try ActionBody(request, body: CanonicalForm.jcs.encode(object))
            let agent = try service.agent(body.agent, of: caller)
            let gate = service.gate
            let decision =
                if let text {
                    try await gate.rehearse(body.action, for: agent, by: caller.principal.keyID, under: text)
                } else {
                    try await gate.rehearse(body.action, for: agent, by: caller.principal.keyID)
                }
            return .json(GateBody.json(decision))
        }
    }
}

/// What is said about the text of a policy; findings are the same as from `chancery policy lint --json`.
package enum PolicyBody {
    static func lint(_ text: String) -> JSONValue {
        let bytes = Array(text.utf8)
        let findings = Policy.lint(bytes, format: .of(text))
        let policy = try? Policy(parsing: bytes, format: .of(text))
        return [
            "findings": .array(findings.map(json)),
            "loads": .bool(!findings.contains { $0.severity == .error }),
            "name": policy.map { .string($0.name) } ?? .null, "policy": .string(Hex.encode(Digest.sha256(bytes))),
            "version": policy.map { .string($0.version) } ?? .null,
        ]
    }

    package static func json(_ finding: PolicyFinding) -> JSONValue {
        [
            "code": .string(finding.code), "column": .integer(Int64(finding.column)), "fixable": .bool(finding.fix != nil),
            "line": .integer(Int64(finding.line)), "message": .string(finding.message),
            "severity": .string(finding.severity.rawValue),
        ]
    }
}

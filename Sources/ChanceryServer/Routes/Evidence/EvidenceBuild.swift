internal import ChanceryAPI
internal import ChanceryEvidence
internal import ChanceryGate
internal import ChanceryLedger
public import ChanceryNode
internal import ChanceryWire

extension RouteTable {
    /// Evidence of what the home holds.
    public static func evidence(_ desk: EvidenceDesk) -> [Route] { [.evidenceBuild(desk)] }
}

extension Route {
    /// `POST /v1/evidence`: the file that `chancery evidence build` writes.
    static func evidenceBuild(_ desk: EvidenceDesk) -> Route {
        let document = RouteDocument(
            .post, "/v1/evidence", id: "evidenceBuild", tag: "evidence",
            summary:
                "The answer to one question, with everything that a stranger needs to check it: of a decision, an event, a period of a chain or a slot.",
            access: .oversight,
            body: .json(
                .oneOf(
                    .object([("decision", .hex(64))]), .object([("event", .integer(0...CanonicalForm.largestSafeInteger))]),
                    .object([("slot", .integer(1...(1 << 20)))]),
                    .object([
                        ("chain", .string(pattern: "^[1-9A-HJ-NP-Za-km-z]{32}$")), ("from", .time()), ("until", .time()),
                    ]))),
            content: .json(.map(.any)), refusals: [404, 415, 422])
        return Route(document) { request in
            let asked = try question(request.body)
            return try await HomeServices.blocking {
                .bytes(try desk.build(asked).encoded(), mediaType: "application/json")
            }
        }
    }

    private static func question(_ body: [UInt8]) throws -> EvidenceDesk.Request {
        var reader = try RecordReader(JSONParser.parse(body, limits: .init(bytes: 1 << 16, depth: 2)), "question")
        let asked: EvidenceDesk.Request
        if reader.optional("decision") != nil {
            asked = .decision(try DecisionID(reader.string("decision", limit: 128)))
        } else if reader.optional("event") != nil {
            asked = .record(UInt64(try reader.integer("event")))
        } else if reader.optional("slot") != nil {
            asked = .slot(try reader.integer("slot", in: 1...(1 << 20)))
        } else {
            let (from, until) = (try reader.time("from"), try reader.time("until"))
            guard let chain = try? AgentID(reader.string("chain", limit: 64)) else {
                throw APIError(.invalidParameter, "a chain is named by an agent id")
            }
            asked = .period(chain: chain.text, from: from, until: until)
        }
        try reader.finish()
        return asked
    }
}

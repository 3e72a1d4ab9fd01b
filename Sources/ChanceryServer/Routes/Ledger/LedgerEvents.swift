internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `GET /v1/ledger/events`: what `chancery search` finds, a page at a time.
    static func ledgerEvents(_ services: HomeServices) -> Route {
        let document = RouteDocument(
            .get, "/v1/ledger/events", id: "ledgerEvents", tag: "ledger",
            summary: "Records by agent, type, kind, session and time, newest first unless asked otherwise.", access: .oversight,
            parameters: [
                .query("agent", .text(), "The agent id or DID that a record belongs to."),
                .query("type", .text(), "The event type."),
                .query("kind", .text(), "The kind of record, for example AISS-2.1 or chancery/seal/v1."),
                .query("session", .text(), "A session id."), .query("from", .time(), "From this time on."),
                .query("until", .time(), "Before this time."),
                .query("order", .string(values: ["newest", "oldest"]), "Which record comes first."),
                .query("brief", .string(values: ["true", "false"]), "Leave out what each record says."),
                .query("after", .count, "Go on after this position: `next` of the page before."),
                .query("limit", .integer(1...500, standard: 50), "Records a page."),
            ],
            content: .json(
                .object([
                    ("events", .array(RecordBody.listed, limit: 500)),
                    ("next", .integer(0...CanonicalForm.largestSafeInteger, isOptional: true)),
                ])))
        return Route(document) { request in
            let query = try query(request.parameters)
            let isBrief = try request.parameters.choice("brief", of: ["true", "false"]) == "true"
            return try await services.blocking {
                let page = try services.store.records(query)
                let next = page.count == query.limit ? page.last?.position : nil
                let events = page.map { isBrief ? .object(RecordBody.heading(RecordHeading($0))) : RecordBody.json($0) }
                return .json([
                    "events": .array(events), "next": next.map { .integer(Int64(clamping: $0)) } ?? .null,
                ])
            }
        }
    }

    private static func query(_ parameters: RequestParameters) throws(APIError) -> RecordQuery {
        RecordQuery(
            agent: try parameters.text("agent"), eventType: try parameters.text("type"), kind: try parameters.text("kind"),
            session: try parameters.text("session"), from: try parameters.time("from")?.milliseconds,
            until: try parameters.time("until")?.milliseconds,
            after: try parameters.integer("after", in: 0...CanonicalForm.largestSafeInteger).map(UInt64.init),
            limit: Int(try parameters.integer("limit", in: 1...500) ?? 50),
            newestFirst: try parameters.choice("order", of: ["newest", "oldest"]) != "oldest")
    }
}

internal import ChanceryAPI
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryVigil
internal import ChanceryWire

extension Route {
    /// `GET /v1/vigil/agents/{id}/history`
    static func vigilHistory(
        _ vigil: VigilDesk, _ registry: IdentityRegistry, now: @escaping @Sendable () -> UTCTime
    ) -> Route {
        let most: Int64 = 240
        let document = RouteDocument(
            .get, "/v1/vigil/agents/{id}/history", id: "vigilHistory", tag: "vigil",
            summary:
                "How an agent's risk and its four parts went, at moments that lie equally far apart; none where `from` lies after `until`. Default: the last day.",
            access: .oversight,
            parameters: [
                .path("id", .text(), "Its DID, name or agent id."), .query("from", .time(), "The first moment."),
                .query("until", .time(), "The last moment."), .query("points", .integer(2...most, standard: 60), "How many."),
            ],
            content: .json(
                .object([("agent", .string()), ("name", .string()), ("points", .array(.map(.any), limit: Int(most)))])),
            refusals: [404])
        return Route(document) { request in
            let id = try RequestParameters.require(request.parameters.text("id"), "id")
            let until = try request.parameters.time("until") ?? now()
            let from = try request.parameters.time("from") ?? until.advanced(bySeconds: -86_400)
            let count = try request.parameters.integer("points", in: 2...most) ?? 60
            return try await HomeServices.blocking {
                let (agent, identity) = try registry.agent(called: id)
                let (first, last) = (from.seconds, until.seconds)
                let points = try (0..<(from <= until ? count : 0)).map { index in
                    // Whole seconds, without a product that could overflow.
                    let step = Int64(Double(last - first) * Double(index) / Double(count - 1))
                    return VigilBody.point(try vigil.assessment(of: identity.did, at: UTCTime(seconds: first + step)))
                }
                return .json([
                    "agent": .string(identity.did.text), "name": .string(agent.name), "points": .array(points),
                ])
            }
        }
    }
}

extension VigilBody {
    /// What a line through time needs of an assessment; scores in millionths.
    static func point(_ assessment: Assessment) -> JSONValue {
        let whole = assessment.json()
        let names = ["as_of", "band", "collusion", "contributions", "risk", "stability", "time", "trust"]
        return .object(JSONObject(names.compactMap { name in whole[name].map { .init(name: name, value: $0) } }))
    }
}

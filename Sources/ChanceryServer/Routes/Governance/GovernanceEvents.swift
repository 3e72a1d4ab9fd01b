internal import ChanceryAPI
internal import ChanceryGovernance
internal import ChanceryNode
internal import ChanceryWire
internal import HTTPTypes
internal import Synchronization

extension Route {
    /// `GET /v1/governance/events`
    static func governanceEvents(_ service: FederationService) -> Route {
        let document = RouteDocument(
            .get, "/v1/governance/events", id: "governanceEvents", tag: "governance",
            summary:
                "Proposals, ballots, decisions, freezes and contradictions as this node learns of them; each id is a position in the log, from which `Last-Event-ID` goes on.",
            access: .everyRole,
            parameters: [.query("after", .count, "Begin after this position. Default: with what comes next.")],
            content: .events)
        return Route(document) { request in
            let asked = try request.parameters.integer("after", in: 0...CanonicalForm.largestSafeInteger).map(UInt64.init)
            let resumed = try request.lastEventID()
            let start = try await HomeServices.blocking { try resumed ?? asked ?? service.desk.latestPosition() }
            let position = Mutex(start)
            return .events(
                EventFeed {
                    let after = position.withLock { $0 }
                    let (latest, events) = try await HomeServices.blocking { () -> (UInt64?, [FederationEvent]) in
                        let latest = try service.desk.latestPosition()
                        return (latest, latest == after ? [] : try service.desk.events(after: after, limit: 100))
                    }
                    // Nothing of the federation up to there: it need not be looked at again.
                    position.withLock { $0 = events.last?.position ?? latest }
                    return events.map { ServerSentEvent(id: $0.position, name: $0.kind.rawValue, data: .object($0.facts)) }
                })
        }
    }

    /// `GET /v1/governance/proposals/{id}/watch`
    static func governanceWatch(_ service: FederationService) -> Route {
        let document = RouteDocument(
            .get, "/v1/governance/proposals/{id}/watch", id: "governanceWatch", tag: "governance",
            summary: "The voting on a proposal as it goes, until it is decided or over.", access: .everyRole,
            parameters: [.path("id", .hex(32), "The proposal's id.")], content: .events, refusals: [404])
        return Route(document) { request in
            let id = try RequestParameters.require(request.parameters.hex("id", counts: [32]), "id")
            let proposal = try await HomeServices.blocking { try service.desk.view().proposal(Hex.encode(id)) }
            let progress = Mutex((last: JSONValue.null, isOver: false, count: UInt64(0)))
            return .events(
                EventFeed {
                    guard !progress.withLock({ $0.isOver }) else { return nil }
                    let view = try await HomeServices.blocking { try service.desk.view() }
                    let standing = view.standing(of: proposal, at: service.now())
                    let data: JSONValue = [
                        "standing": .string(standing.text),
                        "weights": view.ballots[proposal.id].map { ProposalBody.weights($0) } ?? .null,
                    ]
                    return progress.withLock { progress in
                        guard data != progress.last else { return [] }
                        progress = (data, standing.isFinal, progress.count + 1)
                        return [ServerSentEvent(id: progress.count, name: "standing", data: data)]
                    }
                })
        }
    }
}

extension APIRequest {
    /// Where a client that was cut off wants to go on; nil for one that begins.
    ///
    /// - Throws: `api.invalid_parameter` for what is no position.
    func lastEventID() throws -> UInt64? {
        guard let text = HTTPField.Name("Last-Event-ID").flatMap({ head.headerFields[$0] }), !text.isEmpty else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let position = UInt64(text),
            position <= UInt64(CanonicalForm.largestSafeInteger)
        else { throw APIError(.invalidParameter, "`Last-Event-ID` is a position, as events name theirs") }
        return position
    }
}

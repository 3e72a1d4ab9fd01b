internal import ChanceryAPI
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `GET /v1/governance/members`
    static func governanceMembers(_ service: FederationService) -> Route {
        let document = RouteDocument(
            .get, "/v1/governance/members", id: "governanceMembers", tag: "governance",
            summary: "Who decides now, with which weight and by which thresholds.", access: .everyRole,
            content: .json(.map(.any)))
        return Route(document) { _ in .json(await service.node.head.state.committee.json) }
    }

    /// `GET /v1/governance/genesis`: what a home needs to join, byte for byte.
    static func governanceGenesis(_ service: FederationService) -> Route {
        let document = RouteDocument(
            .get, "/v1/governance/genesis", id: "governanceGenesis", tag: "governance",
            summary: "The genesis of the federation, whose hash is its id.", access: .everyRole, content: .json(.map(.any)))
        return Route(document) { _ in
            .bytes(try await HomeServices.blocking { try service.desk.view().genesis.bytes }, mediaType: "application/json")
        }
    }

    /// `GET /v1/governance/peers`
    static func governancePeers(_ service: FederationService) -> Route {
        let document = RouteDocument(
            .get, "/v1/governance/peers", id: "governancePeers", tag: "governance",
            summary: "Where this node looks for the others, by DID.", access: .roles([.operator, .auditor]),
            content: .json(.map(.string())))
        return Route(document) { _ in
            let peers = try await HomeServices.blocking { try service.desk.keeper.peers() }
            return .json(.object(JSONObject(peers.map { .init(name: $0.key.text, value: .string($0.value)) })))
        }
    }
}

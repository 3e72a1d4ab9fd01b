internal import ChanceryAPI
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

extension Route {
    /// `GET /v1/federation/status`
    static func federationStatus(_ service: FederationService) -> Route {
        let document = RouteDocument(
            .get, "/v1/federation/status", id: "federationStatus", tag: "federation",
            summary: "Where this node's decision log stands.", access: .everyRole,
            content: .json(
                .object([
                    ("decision", .hex(32)), ("epoch", .count), ("federation", .hex(32)), ("open_proposals", .count),
                    ("recovering", .bool), ("refusals", .map(.count)), ("slot", .count), ("state_root", .hex(32)),
                    ("time", .time()),
                ])))
        return Route(document) { _ in
            let node = service.node
            let head = await node.head
            let refusals = await node.refusalCounts
            return .json([
                "decision": .string(Hex.encode(head.id.bytes)), "epoch": .integer(head.members.epoch),
                "federation": .string(Hex.encode(head.members.federation.bytes)),
                "open_proposals": .integer(Int64(await node.openProposals)), "recovering": .bool(await node.isRecovering),
                "refusals": .object(JSONObject(refusals.map { .init(name: $0.key, value: .integer(Int64($0.value))) })),
                "slot": .integer(head.slot), "state_root": .string(Hex.encode(head.root.bytes)),
                "time": .string(head.time.text),
            ])
        }
    }
}

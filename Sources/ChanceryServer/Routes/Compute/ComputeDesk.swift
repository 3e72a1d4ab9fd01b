public import ChanceryCustodian
internal import ChanceryWire

/// What the routes of a coordinator work with.
public struct ComputeDesk: Sendable {
    /// Most bytes of a body: shares of a batch.
    static let bodyBytes = 64 << 20

    let coordinator: Coordinator

    public init(_ coordinator: Coordinator) { self.coordinator = coordinator }

    /// Most bytes of what a federation decided.
    static let decisionBytes = 8 << 20

    static func value(_ body: [UInt8]) throws -> JSONValue {
        try JSONParser.parse(body, limits: .init(bytes: bodyBytes, depth: 16))
    }

    static func json(_ answers: [Int: JSONObject]) -> JSONValue {
        .array(
            answers.sorted { $0.key < $1.key }.map { number, answer in
                var answer = answer
                answer["number"] = .integer(Int64(number))
                return .object(answer)
            })
    }
}

extension RouteTable {
    /// The interface of a coordinator. Clients are known by their tickets, people by their approvals; it asks for nothing else.
    public static func compute(_ desk: ComputeDesk) -> RouteTable {
        RouteTable([
            .computeStatus(desk), .computeRoster(desk), .computeInstall(desk), .computeProgram(desk), .computeApprove(desk),
            .computeActivate(desk), .computeMaterial(desk), .computePool(desk), .computeStanding(desk), .computeEvents(desk),
            .computeClaim(desk), .computeSubmit(desk), .computeFederation(desk), .computeFreeze(desk),
            .computeBlames(desk), .computeBlame(desk),
        ])
    }
}

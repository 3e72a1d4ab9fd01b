import ChanceryAPI
import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChancerySuite
import ChanceryVigil
import ChanceryWire
import TestKit

/// A home with a gate, two agents and a person who may approve, behind both of the seed's interfaces.
struct SeedHouse: Sendable {
    /// Reads are allowed, payments ask a person, and everything else is denied.
    static let policy = """
        language: chancery/policy/v2
        name: house
        version: "1"
        rules:
          - {id: reads, effect: allow, when: {action: read_db}}
          - {id: payments, effect: require_human, when: {action: pay}}
        """

    let home: SampleHome
    let gate: ActionGate
    let vigil: VigilDesk
    let alice: OpenIdentity
    let bob: OpenIdentity
    let approver: Approver
    let approverKey: SigningKey<Purpose.Approval>
    private let approvers: ApproverRegistry

    /// - Parameter policy: nil for a gate that has none.
    init(policy: String? = Self.policy) async throws {
        home = try SampleHome()
        home.clock.turn(by: 100)
        alice = try home.identity("alice")
        bob = try home.identity("bob")
        for agent in [alice, bob] { _ = try home.ledger.register(agent, role: "operator") }
        vigil = VigilDesk(store: home.store, registry: home.registry, now: home.clock.now)
        approvers = ApproverRegistry(store: home.store, registry: home.registry, now: home.clock.now)
        approverKey = try ApproverKeyFile.generate()
        approver = try approvers.register(
            .register("Dr Dupont", .l3, key: approverKey, at: home.clock.now(), lifetime: 86_400))
        gate = ActionGate(
            identity: try home.identity("gate"), store: home.store, registry: home.registry, authority: nil, risk: vigil,
            approvers: approvers, now: home.clock.now)
        if let policy { _ = try await gate.activate(policy, by: "test", comment: "") }
    }

    var service: GateService { GateService(gate, approvers: approvers, now: home.clock.now) }

    var routes: [Route] {
        let importer = ChainImporter(store: home.store, registry: home.registry, now: home.clock.now)
        return RouteTable.trustGate(
            TrustGateService(service, vigil: vigil, registry: home.registry, release: "test"))
            + RouteTable.vigilCompat(
                VigilCompatService(vigil, importer: importer, registry: home.registry, now: home.clock.now))
    }

    /// Serves a house for the time of `body`.
    static func serving(
        policy: String? = Self.policy, _ body: @escaping @Sendable (SeedHouse, SeedClients) async throws -> Void
    ) async throws {
        let house = try await SeedHouse(policy: policy)
        try await TestServer.run(house.home, adding: house.routes) { server in
            try await body(house, SeedClients(server))
        }
    }

    /// A person's signed answer as JSON.
    func answer(_ choice: Approval.Choice, on id: DecisionID) throws -> String {
        let terms = try Approval.Terms(
            choice, on: gate.history(of: id).decision, id, justification: "checked", at: home.clock.now())
        return String(decoding: try Approval.sign(terms, as: approver, key: approverKey).record.bytes, as: UTF8.self)
    }

    /// How many refusals with `code` the gate's chain holds.
    func refusals(_ code: String) throws -> Int {
        try home.store.records(RecordQuery(eventType: "gate_refusal", limit: 1000)).count {
            String(decoding: $0.bytes, as: UTF8.self).contains("\"\(code)\"")
        }
    }
}

/// Who calls the house: an operator, an approver, an auditor, and alice herself, each with a key of their own.
struct SeedClients: Sendable {
    let server: TestServer
    private let keys: [Role: SigningKey<Purpose.HTTP>]

    init(_ server: TestServer) throws {
        self.server = server
        var keys: [Role: SigningKey<Purpose.HTTP>] = [:]
        for role in [Role.operator, .approver, .auditor, .agent] {
            let key = try APIKeyFile.generate()
            let name = role == .agent ? "alice" : role.rawValue
            _ = try server.clients.registry.register(key.publicKey, name: name, roles: [role.rawValue], lifetime: 3600)
            keys[role] = key
        }
        self.keys = keys
    }

    func get(_ target: String, by role: Role = .operator) async throws -> RawAnswer {
        let headers = try server.clients.headers("GET", target, port: server.port, by: keys[role])
        return try await server.get(target, headers: headers, isAnonymous: true)
    }

    func post(_ target: String, _ body: String, by role: Role = .operator) async throws -> RawAnswer {
        let headers = try server.clients.headers("POST", target, body: body, port: server.port, by: keys[role])
        return try await server.post(target, body, headers: headers, isAnonymous: true)
    }

    /// Asks for a payment of alice's and returns the question's id.
    func pay(_ amount: Int = 5) async throws -> DecisionID {
        let answer = try await post("/api/evaluate", #"{"agent_id":"alice","action":"pay","payload":{"amount":\#(amount)}}"#)
        return try DecisionID(answer.json["decision_id"]?.string ?? "")
    }
}

import ChanceryAPI
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChanceryWire
import Foundation
import Logging
import ServiceLifecycle
import TestKit

/// A home whose server signs for its agents, with a gate: over TCP for keys, and on a Unix socket for its users.
struct DeskHouse: Sendable {
    let seed: SeedHouse
    let desk: AgentDesk
    let service: DeskService
    private let outcomes: OutcomeKeeper

    var home: SampleHome { seed.home }

    /// - Parameter opening: opens the agents' keys.
    init(opening: (@Sendable (SampleHome, IdentityName) throws -> OpenIdentity)? = nil) async throws {
        let seed = try await SeedHouse()
        let home = seed.home
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        desk = AgentDesk(ledger: home.ledger, keeper: home.keeper, creating: .unencrypted) { name in
            try opening?(home, name) ?? home.keeper.open(name, .unencrypted)
        }
        outcomes = OutcomeKeeper(seed.service, logger: logger)
        service = DeskService(
            desk, registry: home.registry, store: home.store, owner: getuid(), outcomes: outcomes,
            journal: RefusalJournal(store: home.store, now: home.clock.now))
        self.seed = seed
    }

    var routes: [Route] { RouteTable.desk(service) + RouteTable.gate(seed.service) }

    /// Serves over TCP for the time of `body`.
    func serving(_ body: @escaping @Sendable (SeedClients) async throws -> Void) async throws {
        try await TestServer.run(home, adding: routes) { try await body(SeedClients($0)) }
    }

    /// Serves on a Unix socket for the time of `body`: whoever runs the tests has the home, or is the agent of this name.
    func onSocket(as agent: String? = nil, _ body: (SocketClient) async throws -> Void) async throws {
        let path = home.folder.path + "/desk.sock"
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (starts, continuation) = AsyncStream.makeStream(of: Void.self)
        let metrics = ServerMetrics()
        let locals = LocalAgents(
            agent.map { [(agent: $0, user: getuid())] } ?? [], owner: getuid(), roles: [.operator, .vaultAdmin])
        let server = APIServer(
            RouteTable.home(
                HomeServices(store: home.store, log: home.log, release: "test"), metrics: metrics, adding: routes),
            at: .socket(path: path), admission: Admission(locals: locals), metrics: metrics, logger: logger
        ) { _ in continuation.yield() }
        // It runs once: what an agent may do needs none.
        let services = ServiceGroup(services: agent == nil ? [outcomes, server] : [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            var iterator = starts.makeAsyncIterator()
            _ = await iterator.next()
            let result: Result<Void, any Error>
            do { result = .success(try await body(SocketClient(path: path))) } catch { result = .failure(error) }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            try result.get()
        }
    }

    /// The codes of what routes of the desk refused, from the record.
    func refusals() throws -> [String] {
        try home.store.records(RecordQuery(kind: StoreStatement.refusal, limit: 1000)).compactMap {
            try JSONParser.parse($0.bytes)["detail"]?.string.flatMap { $0.split(separator: " ").dropFirst().first }
                .map { String($0.dropLast()) }
        }
    }
}

/// Asks over a Unix socket.
struct SocketClient: Sendable {
    struct Answer: Sendable, CustomStringConvertible {
        let status: Int
        let json: JSONValue
        let body: [UInt8]
        var code: String? { json["code"]?.string }
        var description: String { "\(status) \(String(decoding: body.prefix(600), as: UTF8.self))" }
    }

    let path: String

    func get(_ target: String) async throws -> Answer { try await ask("GET", target) }
    func post(_ target: String, _ body: String) async throws -> Answer { try await ask("POST", target, body) }

    private func ask(_ method: String, _ target: String, _ body: String = "") async throws -> Answer {
        let answer = try await VaultHouse.ask(path, method, target, body)
        return Answer(status: answer.status, json: answer.json, body: answer.body)
    }
}

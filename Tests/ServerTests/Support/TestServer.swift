import ChanceryAPI
import ChanceryNode
import ChanceryServer
import ChanceryTransport
import Logging
import ServiceLifecycle
import TestKit

/// A server in this process, on a port of its own, for the time of a closure.
struct TestServer {
    let port: Int
    let table: RouteTable
    let clients: TestClients
    /// Who calls unless a test says otherwise: a session of a key with every role.
    private let token: String

    static func run<Value: Sendable>(
        _ store: any RecordStore & RecordIndex, log: TransparencyLog, adding routes: [Route] = [],
        limits: ServerLimits = ServerLimits(), federation: FederationService? = nil, authorities: Set<String>? = nil,
        members: Authenticator.Members? = nil, tls: PostQuantumTLS? = nil,
        usage: (@Sendable (APIKeyRegistry) throws -> UsageMeter)? = nil, browsers: BrowserDesk? = nil,
        beside others: [any Service] = [],
        _ body: @escaping @Sendable (TestServer) async throws -> Value
    ) async throws -> Value {
        let metrics = ServerMetrics()
        let clients = try TestClients(members: members ?? federation?.memberKeys, authorities: authorities)
        let table = RouteTable.home(
            HomeServices(store: store, log: log, release: "test"), metrics: metrics,
            adding: routes + (federation.map { RouteTable.federation($0) } ?? []) + RouteTable.sessions(clients.authenticator))
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let server = APIServer(
            table, at: .network(try ServerAddress(host: "127.0.0.1", port: 0, hasTLS: tls != nil)), tls: tls, limits: limits,
            admission: Admission(
                clients.authenticator, peers: federation?.principal(of:),
                journal: RefusalJournal(store: store, now: { SampleKeys.time(100) }), usage: try usage?(clients.registry),
                browsers: browsers),
            metrics: metrics, logger: logger
        ) { continuation.yield($0) }
        let services = ServiceGroup(services: others + [server], logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else { throw CancellationError() }
            do {
                let token = try tls == nil ? await clients.openSession(port: port) : ""
                let value = try await body(TestServer(port: port, table: table, clients: clients, token: token))
                await services.triggerGracefulShutdown()
                try await group.waitForAll()
                return value
            } catch {
                await services.triggerGracefulShutdown()
                try? await group.waitForAll()
                throw error
            }
        }
    }

    static func run<Value: Sendable>(
        _ home: SampleHome, adding routes: [Route] = [], limits: ServerLimits = ServerLimits(),
        federation: FederationService? = nil, authorities: Set<String>? = nil, browsers: BrowserDesk? = nil,
        beside others: [any Service] = [],
        _ body: @escaping @Sendable (TestServer) async throws -> Value
    ) async throws -> Value {
        try await run(
            home.store, log: home.log, adding: routes, limits: limits, federation: federation, authorities: authorities,
            browsers: browsers, beside: others, body)
    }

    /// Asks for `target` on a connection of its own, as a client with every role unless `isAnonymous`.
    func get(
        _ target: String, method: String = "GET", headers: [String] = [], body: String = "", isAnonymous: Bool = false
    ) async throws -> RawAnswer {
        let lines =
            ["\(method) \(target) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close"]
            + (isAnonymous ? [] : ["Authorization: Bearer \(token)"]) + headers
        return try await raw((lines + ["", body]).joined(separator: "\r\n"))
    }

    /// Posts JSON.
    func post(_ target: String, _ body: String, headers: [String] = [], isAnonymous: Bool = false) async throws -> RawAnswer {
        try await get(
            target, method: "POST",
            headers: headers + ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"], body: body,
            isAnonymous: isAnonymous)
    }

    /// Sends `text` as it is and reads to the end of the connection.
    func raw(_ text: String) async throws -> RawAnswer { try await RawConnection.exchange(Array(text.utf8), port: port) }
}

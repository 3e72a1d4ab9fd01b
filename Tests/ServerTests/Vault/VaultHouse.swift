import ChanceryAPI
import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChancerySuite
import ChanceryTransport
import ChanceryVault
import ChanceryWire
import Foundation
import Logging
import ServiceLifecycle
import TestKit

/// A home with an unlocked vault whose policy lets the agent `planner` read, and another agent whom no rule names.
struct VaultHouse: Sendable {
    static let passphrase = "correct horse"

    let home: SampleHome
    let vault: Vault
    let host: VaultHost
    let service: VaultService
    let planner: OpenIdentity
    let stranger: OpenIdentity
    let identity: OpenIdentity
    /// The key of whoever may say that a person is there.
    let person: SigningKey<Purpose.Approval>

    init() throws {
        home = try SampleHome()
        home.clock.turn(by: 100)
        planner = try home.identity("planner")
        stranger = try home.identity("stranger")
        for agent in [planner, stranger] { _ = try home.ledger.register(agent, role: "worker") }
        identity = try home.identity("vault")
        person = try SigningKey.generate(.hybrid)
        let files = try VaultFolder(
            path: home.folder.path + "/vault", statePath: home.folder.path + "/state", store: home.store.storeID())
        let clock = home.clock
        let monotonic: @Sendable () -> Int64 = { clock.now().milliseconds }
        let backend = try Self.backend(Self.passphrase)
        try Vault.create(
            identity: identity, store: home.store, registry: home.registry, files: files, backend: backend, now: clock.now)
        vault = try Vault(
            identity: identity, store: home.store, registry: home.registry, files: files, authority: nil,
            people: { [key = person.publicKey] in
                [EnrolledPerson(id: "apr_1", key: RecordVerifier(key), notBefore: clock.now(), notAfter: clock.now())]
            }, now: clock.now, monotonic: monotonic)
        let doors = VaultHost.Doors(
            identity: { [vault] _ in vault },
            custody: { secret in
                try Self.backend(unsafe secret.withBytes { unsafe String(decoding: $0, as: UTF8.self) })
            })
        host = VaultHost(
            doors, opened: vault, guardedBy: UnlockGuard(files: files, monotonic: monotonic), store: home.store,
            now: clock.now)
        service = VaultService(host, registry: home.registry, owner: getuid(), now: clock.now)
        try vault.unlock(backend, by: "test")
        try vault.setPolicy(
            AccessPolicy([
                AccessRule(.modelWeights, bundles: ["planner"], rights: [.read], limit: nil),
                AccessRule(.biometricTemplate, bundles: ["planner"], rights: [.read], limit: nil),
            ]), by: "test")
    }

    /// Another process on the same files, locked.
    func process() throws -> Vault {
        let clock = home.clock
        let files = try VaultFolder(
            path: home.folder.path + "/vault", statePath: home.folder.path + "/state", store: home.store.storeID())
        let other = try SampleHome(home.folder, clock: clock)
        return try Vault(
            identity: identity, store: other.store, registry: other.registry, files: files, authority: nil, now: clock.now,
            monotonic: { clock.now().milliseconds })
    }

    /// Cheap scrypt.
    private static func backend(_ passphrase: String) throws -> PassphraseBackend {
        var bytes = Array(passphrase.utf8)
        return PassphraseBackend(
            SecretBytes(erasing: &bytes), parameters: try ScryptParameters(logN: 10, blockSize: 8, parallelism: 1))
    }

    /// As the owner does.
    func unlock() throws {
        var bytes = Array(Self.passphrase.utf8)
        try host.unlock(SecretBytes(erasing: &bytes), by: "test")
    }

    @discardableResult
    func put(_ name: String, _ content: [UInt8], isGranted: Bool = true) throws -> CatalogueEntry {
        try put(name, [("model.bin", content)], isGranted: isGranted)
    }

    @discardableResult
    func put(
        _ name: String, kind: ArtifactKind = .modelWeights, _ files: [(String, [UInt8])], isGranted: Bool = true
    ) throws -> CatalogueEntry {
        let new = try Vault.NewArtifact(
            name: ArtifactName(name), kind: kind, tier: .open, metadata: ArtifactMetadata(created: home.clock.now()))
        let entry = try vault.put(new, files: files.map { (try FilePath($0.0), BytesContent($0.1)) }, by: "test")
        if isGranted { _ = try vault.grant(entry, to: planner.document.did.text, lifetime: 86_400, by: "test") }
        return entry
    }

    /// The codes of the vault's refusals of `operation` on record, in order.
    func refusals(_ operation: String) throws -> [String] {
        try payloads("vault_refused").filter { $0["operation"]?.string == operation }
            .flatMap { $0["codes"]?.array?.compactMap(\.string) ?? [] }
    }

    func payloads(_ type: String) throws -> [JSONObject] {
        try home.store.records(
            RecordQuery(
                agent: identity.document.agentID.text, eventType: type, kind: BatchEvent.version, limit: 10_000)
        ).map { try BatchEvent(decoding: $0.bytes).payload }
    }

    /// `count` printable bytes in which no piece is another one.
    static func text(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for index in 0..<count { bytes.append(0x20 + UInt8((index * 31 + index / 997) % 95)) }
        return bytes
    }

    var plannerDID: String { planner.document.did.text }

    /// What is left of puts that came to nothing.
    var drafts: [String] { home.folder.files(under: "vault/drafts").filter { !$0.hasSuffix(".lock") } }

    /// Serves over TCP for the time of `body`.
    func serving(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run(home, adding: RouteTable.vault(service), body)
    }

    /// Serves as `vault agent` does for the time of `body`, which gets the path of the socket.
    func asAgent(_ body: (String) async throws -> Void) async throws {
        let path = home.folder.path + "/vault/agent.sock"
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (starts, continuation) = AsyncStream.makeStream(of: Void.self)
        let server = APIServer(
            RouteTable.vaultAgent(service, HomeServices(store: home.store, log: home.log, release: "test")),
            at: .socket(path: path, isPrivate: true), admission: Admission(locals: LocalAgents(owner: getuid())),
            metrics: ServerMetrics(), logger: logger
        ) { _ in continuation.yield() }
        let services = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            var iterator = starts.makeAsyncIterator()
            _ = await iterator.next()
            let result: Result<Void, any Error>
            do { result = .success(try await body(path)) } catch { result = .failure(error) }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            try result.get()
        }
    }

    /// Asks over a Unix socket, as the user who runs the tests.
    static func ask(
        _ path: String, _ method: String, _ target: String, _ body: String = "", headers: [RequestFacts.Header] = []
    ) async throws -> (status: Int, json: JSONValue, body: [UInt8]) {
        let facts = try RequestFacts(
            method: method, scheme: .http, authority: "localhost", target: target, headers: [], body: Array(body.utf8))
        let answer = try await HTTPExchange(socket: path).send(
            facts, headers, mediaType: body.isEmpty ? nil : "application/json", limit: 1 << 24)
        return (answer.status, (try? JSONParser.parse(answer.body)) ?? .null, answer.body)
    }
}

extension TestServer {
    /// A key of `name` with `roles`.
    func key(_ name: String, _ roles: Set<Role>) throws -> SigningKey<Purpose.HTTP> {
        let key = try APIKeyFile.generate()
        _ = try clients.registry.register(
            key.publicKey, name: name, roles: Set(roles.map(\.rawValue)), lifetime: 3600)
        return key
    }

    /// Asks with a request that `key` signs.
    func ask(
        _ method: String, _ target: String, _ body: String = "", by key: SigningKey<Purpose.HTTP>, headers: [String] = []
    ) async throws -> RawAnswer {
        let signed = try clients.headers(method, target, body: body, port: port, by: key)
        let type = body.isEmpty || target.contains("/content") ? [] : ["Content-Type: application/json"]
        let length = method == "GET" || method == "HEAD" ? [] : ["Content-Length: \(body.utf8.count)"]
        return try await get(
            target, method: method, headers: signed + headers + type + length, body: body, isAnonymous: true)
    }
}

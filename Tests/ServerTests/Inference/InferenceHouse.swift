import ChanceryClient
import ChanceryInference
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChancerySuite
import ChanceryTransport
import ChanceryVault
import ChanceryWire
import TestKit

/// A home whose vault serves a model, and clients of it.
struct InferenceHouse: Sendable {
    static let agent = "did:pqaid:" + String(repeating: "a1", count: 32)

    let home: SampleHome
    let identity: OpenIdentity
    let vault: Vault
    let entry: CatalogueEntry
    let desk: InferenceDesk

    init(_ model: any InferenceBackend) async throws {
        home = try SampleHome()
        let files = try VaultFolder(
            path: home.folder.path + "/vault", statePath: home.folder.path + "/state", store: home.store.storeID())
        identity = try home.identity("vault")
        let backend = MemoryBackend()
        try Vault.create(
            identity: identity, store: home.store, registry: home.registry, files: files, backend: backend,
            now: TestClients.now)
        vault = try Vault(
            identity: identity, store: home.store, registry: home.registry, files: files, authority: nil,
            now: TestClients.now, monotonic: { 0 })
        try vault.unlock(backend, by: "test")
        try vault.setPolicy(AccessPolicy([AccessRule(.modelWeights, bundles: ["planner"])]), by: "test")
        let new = try Vault.NewArtifact(
            name: ArtifactName("minilm"), kind: .modelWeights, tier: .open,
            metadata: ArtifactMetadata(created: TestClients.now()))
        entry = try vault.put(new, files: [(FilePath("model.bin"), BytesContent([1, 2, 3]))], by: "test")
        _ = try vault.grant(entry, to: Self.agent, lifetime: 3600, by: "test")
        desk = try await InferenceDesk(
            vault, serving: entry, as: AuthenticatedCaller(principal: Self.agent, bundle: "planner"),
            keys: vault.temporaryServiceKeys(for: entry), backend: model, now: TestClients.now)
    }

    func client(
        of server: TestServer, key: SigningKey<Purpose.HTTP>? = nil, model: ManifestDigest? = nil,
        tier: PrivacyTier = .open
    ) throws -> SecureClient {
        try SecureClient(
            apiKey: key ?? server.clients.key, privacyTier: tier,
            service: RemoteService(
                PeerAddress("http://127.0.0.1:\(server.port)"), did: identity.document.did.text,
                key: identity.document.recordKey, model: model), now: TestClients.now)
    }

    func run<Value: Sendable>(
        adding routes: [Route]? = nil, _ body: @escaping @Sendable (TestServer) async throws -> Value
    ) async throws -> Value {
        try await TestServer.run(home, adding: routes ?? RouteTable.inference(desk), body)
    }
}

/// A program that runs a model: embeddings whole, chat as events, anything else refused.
struct SampleModel: InferenceBackend {
    func run(_ call: InferenceCall, _ answer: (InferencePart) async throws -> Void) async throws {
        switch call.operation {
        case "embeddings":
            try await answer(.head(status: 200, mediaType: "application/json"))
            try await answer(.body(Array(#"{"data":["#.utf8)))
            try await answer(.body(Array(#"1]}"#.utf8)))
        case "chat/completions":
            try await answer(.head(status: 200, mediaType: "text/event-stream"))
            for word in ["one", "two", "[DONE]"] { try await answer(.body(Array("data: \(word)\n\n".utf8))) }
        default:
            try await answer(.head(status: 400, mediaType: "application/json"))
            try await answer(.body(Array(#"{"error":{"message":"no"}}"#.utf8)))
        }
    }
}

/// What `body` throws, as a code.
func refusal(_ body: () async throws -> Void) async -> String? {
    do {
        try await body()
        return nil
    } catch let error as any CodedError {
        return error.code
    } catch {
        return "untyped: \(error)"
    }
}

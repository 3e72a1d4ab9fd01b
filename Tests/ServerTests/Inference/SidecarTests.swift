import ChanceryClient
import ChanceryInference
import ChanceryNode
import ChanceryServer
import ChanceryWire
import Synchronization
import TestKit
import Testing

/// OpenAI's interface in front of a service that takes sealed requests only.
struct SidecarTests {
    /// A sidecar beside a service.
    private func run(
        token: String? = nil, keep: SidecarService.Keeper? = nil,
        _ body: @escaping @Sendable (_ house: InferenceHouse, _ sidecar: TestServer) async throws -> Void
    ) async throws {
        let house = try await InferenceHouse(SampleModel())
        try await house.run { server in
            let service = SidecarService(try house.client(of: server), token: token, keep: keep)
            try await TestServer.run(SampleHome(), adding: RouteTable.sidecar(service).routes) { sidecar in
                try await body(house, sidecar)
            }
        }
    }

    @Test func `programs ask as they ask OpenAI`() async throws {
        let kept = Mutex(0)
        try await run(keep: { _ in kept.withLock { $0 += 1 } }) { house, sidecar in
            let embeddings = try await sidecar.post("/v1/embeddings", #"{"input":"a","model":"minilm"}"#, isAnonymous: true)
            #expect(embeddings.status == 200 && embeddings.text.contains(#"{"data":[1]}"#), "\(embeddings)")
            #expect(kept.withLock { $0 } == 1)
            let models = try await sidecar.get("/v1/models", isAnonymous: true)
            #expect(models.json["data"]?.array?.first?["id"]?.string == "minilm")
            let stream = try await sidecar.post(
                "/v1/chat/completions", #"{"messages":[],"stream":true}"#, isAnonymous: true)
            #expect(stream.headers["content-type"] == "text/event-stream")
            #expect(stream.text.contains("data: one\n\n") && stream.text.contains("data: [DONE]\n\n"), "\(stream)")
            let refused = try await sidecar.post("/v1/completions", "{}", isAnonymous: true)
            #expect(refused.status == 400 && refused.text.contains("no"))
            let events = try await sidecar.post("/v1/completions", #"{"stream":true}"#, isAnonymous: true)
            #expect(events.text.contains(#"data: {"error":{"message":"no"}}"#), "\(events)")
        }
    }

    @Test func `what the service refuses is refused with its reason`() async throws {
        try await run { house, sidecar in
            try house.vault.revoke(house.entry, from: InferenceHouse.agent, by: "test")
            let whole = try await sidecar.post("/v1/embeddings", "{}", isAnonymous: true)
            #expect(whole.status == 409 && whole.code == "vault.grant_changed", "\(whole)")
            let stream = try await sidecar.post("/v1/chat/completions", #"{"stream":true}"#, isAnonymous: true)
            #expect(stream.text.contains(#""code":"vault.writ_required""#), "\(stream)")
        }
    }

    @Test func `with a token only programs that send it ask`() async throws {
        let token = "a-token-of-this-machine"
        try await run(token: token) { _, sidecar in
            let none = try await sidecar.post("/v1/embeddings", "{}", isAnonymous: true)
            #expect(none.status == 401, "\(none)")
            let other = try await sidecar.post(
                "/v1/embeddings", "{}", headers: ["Authorization: Bearer another"], isAnonymous: true)
            #expect(other.status == 401)
            let right = try await sidecar.post(
                "/v1/embeddings", "{}", headers: ["Authorization: Bearer \(token)"], isAnonymous: true)
            #expect(right.status == 200, "\(right)")
        }
    }
}

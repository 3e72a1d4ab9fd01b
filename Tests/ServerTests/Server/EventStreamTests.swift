import ChanceryAPI
import ChanceryServer
import ChanceryWire
import TestKit
import Testing

/// Server-sent events.
struct EventStreamTests {
    private func stream(_ make: @escaping @Sendable (AsyncStream<ServerSentEvent>.Continuation) -> Void) -> Route {
        Route(RouteDocument(.get, "/v1/stream", id: "stream", tag: "test", summary: "Events.", content: .events)) { _ in
            let (events, continuation) = AsyncStream.makeStream(of: ServerSentEvent.self)
            make(continuation)
            return .events(events)
        }
    }

    @Test func `events arrive in order and the stream ends with its source`() async throws {
        let route = stream { continuation in
            for id in 1...3 { continuation.yield(ServerSentEvent(id: UInt64(id), name: "step", data: ["line": "a\nb"])) }
            continuation.finish()
        }
        try await TestServer.run(SampleHome(), adding: [route]) { server in
            let answer = try await server.get("/v1/stream")
            #expect(answer.headers["content-type"] == "text/event-stream", "\(answer)")
            let events = (1...3).map { "id: \($0)\nevent: step\ndata: {\"line\":\"a\\nb\"}\n\n" }
            // Chunk lengths stand in between.
            for event in events { #expect(answer.text.contains(event), "\(answer)") }
            #expect(answer.text.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func `a stream that would go on for ever ends when the server stops`() async throws {
        let route = stream { $0.yield(ServerSentEvent(id: 1, name: "step", data: [])) }
        let reader = try await TestServer.run(SampleHome(), adding: [route]) { server in
            let reader = Task { try await server.get("/v1/stream") }
            try await Task.sleep(for: .milliseconds(300))
            return reader
        }
        // Reading would go on for two minutes and then fail.
        #expect(try await reader.value.text.contains("id: 1\n"))
    }
}

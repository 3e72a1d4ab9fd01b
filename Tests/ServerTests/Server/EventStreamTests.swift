import ChanceryAPI
import ChanceryServer
import ChanceryWire
import Foundation
import Synchronization
import TestKit
import Testing

/// Server-sent events.
struct EventStreamTests {
    private func stream(_ source: @escaping EventFeed.Source) -> Route {
        Route(
            RouteDocument(
                .get, "/v1/stream", id: "stream", tag: "test", summary: "Events.", access: .anyone, content: .events)
        ) { _ in .events(EventFeed(source)) }
    }

    /// Gives one batch a call, and then what `end` says.
    private static func batches(_ ids: [ClosedRange<UInt64>], end: [ServerSentEvent]?) -> EventFeed.Source {
        let rest = Mutex(ids[...])
        return {
            guard let ids = rest.withLock({ $0.popFirst() }) else { return end }
            return ids.map { ServerSentEvent(id: $0, name: "step", data: ["line": "a\nb"]) }
        }
    }

    @Test func `events arrive in order and the stream ends with its source`() async throws {
        let route = stream(Self.batches([1...2, 3...3], end: nil))
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
        let route = stream(Self.batches([1...1], end: []))
        let reader = try await TestServer.run(SampleHome(), adding: [route]) { server in
            let reader = Task { try await server.get("/v1/stream") }
            try await Task.sleep(for: .milliseconds(300))
            return reader
        }
        // Reading would go on for two minutes and then fail.
        #expect(try await reader.value.text.contains("id: 1\n"))
    }

    @Test func `nothing is made for a client that does not read`() async throws {
        let made = Mutex(0)
        let route = stream {
            made.withLock { $0 += 1 }
            return [ServerSentEvent(id: 1, name: "step", data: .string(String(repeating: "x", count: 1 << 20)))]
        }
        try await TestServer.run(SampleHome(), adding: [route]) { server in
            let descriptor = try RawConnection.open(port: server.port)
            let head = Array("GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n".utf8)
            _ = unsafe send(descriptor, head, head.count, Int32(MSG_NOSIGNAL))
            try await Task.sleep(for: .milliseconds(800))
            let first = made.withLock { $0 }
            try await Task.sleep(for: .milliseconds(800))
            // What the sockets hold is a few of them; then the source rests.
            #expect(first > 0 && first < 64 && made.withLock { $0 } == first)
            close(descriptor)
        }
    }
    @Test func `a client that does not read is cut off`() async throws {
        let route = stream {
            [ServerSentEvent(id: 1, name: "step", data: .string(String(repeating: "x", count: 1 << 20)))]
        }
        var limits = ServerLimits()
        limits.write = .milliseconds(300)
        try await TestServer.run(SampleHome(), adding: [route], limits: limits) { server in
            let descriptor = try RawConnection.open(port: server.port)
            defer { close(descriptor) }
            let head = Array("GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n".utf8)
            _ = unsafe send(descriptor, head, head.count, Int32(MSG_NOSIGNAL))
            try await Task.sleep(for: .seconds(2))
            // What the sockets held is there, and nothing after it.
            let reader = Task.detached { () -> Int in
                var buffer = [UInt8](repeating: 0, count: 1 << 16)
                var total = 0
                while total < 256 << 20 {
                    let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
                    guard count > 0 else { return total }
                    total += count
                }
                return total
            }
            #expect(await reader.value < 256 << 20)
        }
    }
}

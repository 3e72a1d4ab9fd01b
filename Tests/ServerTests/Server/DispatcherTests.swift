import ChanceryAPI
import ChanceryServer
import ChanceryWire
import Foundation
import TestKit
import Testing

/// What holds for every request, whatever its route.
struct DispatcherTests {
    /// Says how many bytes came.
    private static let count = Route(
        RouteDocument(
            .post, "/v1/test/{name}", id: "test", tag: "test", summary: "Counts.", access: .anyone,
            parameters: [.path("name", .text(), "A name."), .query("n", .count, "A number.")], body: .json(.any), success: 201,
            content: .json(.any))
    ) { request in
        .json([
            "count": .integer(Int64(request.body.count)), "name": .string(try request.parameters.text("name") ?? ""),
            "n": try request.parameters.integer("n", in: 0...9).map { .integer($0) } ?? .null,
        ])
    }

    private struct Surprise: Error {}
    private static let surprise = Route(
        RouteDocument(
            .get, "/v1/surprise", id: "surprise", tag: "test", summary: "Fails.", access: .anyone, content: .json(.any))
    ) { _ in throw Surprise() }

    private func run(limits: ServerLimits = ServerLimits(), _ body: @escaping @Sendable (TestServer) async throws -> Void)
        async throws
    {
        try await TestServer.run(SampleHome(), adding: [Self.count, Self.surprise], limits: limits, body)
    }

    private static let json = "Content-Type: application/json"

    @Test func `every answer names its request, and every refusal is a problem document`() async throws {
        try await run { server in
            let ok = try await server.get("/health")
            let refused = try await server.get("/v1/nothing")
            #expect(ok.headers["x-request-id"]?.count == 16 && ok.headers["x-request-id"] != refused.headers["x-request-id"])
            #expect(
                refused.json == [
                    "code": "api.no_such_route", "detail": "there is no such path; /openapi.json lists them",
                    "instance": .string("urn:chancery:request:\(refused.headers["x-request-id"] ?? "")"), "status": 404,
                    "title": "Not Found", "type": "urn:chancery:problem:api.no_such_route",
                ])
        }
    }

    @Test func `what nobody expected is told to the log, not to the client`() async throws {
        try await run { server in
            let answer = try await server.get("/v1/surprise")
            #expect(
                answer.status == 500 && answer.code == "api.internal_error" && !answer.text.contains("Surprise"), "\(answer)")
        }
    }

    @Test(arguments: [
        "/", "//health", "/health/", "/Health", "/health/x", "/v1/ledger/events/", "/./health", "/%68ealth",
        "/v1/ledger/../health",
        "*", "http://127.0.0.1/health/x",
    ])
    func `a path is that path and no other`(path: String) async throws {
        try await run { server in
            let answer = try await server.get(path)
            #expect(answer.status == 404 && answer.code == "api.no_such_route", "\(answer)")
        }
    }

    @Test func `HEAD answers as GET does, without the body`() async throws {
        try await run { server in
            let (get, head) = try await (server.get("/health"), server.get("/health", method: "HEAD"))
            #expect(
                head.status == 200 && head.body.isEmpty && head.headers["content-length"] == String(get.body.count), "\(head)")
            let missing = try await server.get("/nothing", method: "HEAD")
            #expect(missing.status == 404 && missing.body.isEmpty, "\(missing)")
            // Read to the end of the connection: what follows a refusal is not answered.
            let next = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            let refused = try await server.raw("HEAD /v1/ledger/stats HTTP/1.1\r\nHost: localhost\r\n\r\n" + next)
            #expect(refused.status == 401 && refused.body.isEmpty, "\(refused)")
        }
    }

    @Test func `bodies are taken to their limit and of their type`() async throws {
        try await run { server in
            func post(_ count: Int, _ headers: [String] = [Self.json], stated: Int? = nil) async throws -> RawAnswer {
                try await server.get(
                    "/v1/test/a%20b?n=7", method: "POST", headers: headers + ["Content-Length: \(stated ?? count)"],
                    body: String(repeating: "x", count: count))
            }
            let full = try await post(1 << 20)
            #expect(full.status == 201 && full.json == ["count": 1_048_576, "name": "a b", "n": 7], "\(full)")
            let over = try await post((1 << 20) + 1)
            #expect(over.status == 413 && over.code == "api.body_too_long", "\(over)")
            let stated = try await post(0, stated: 1 << 40)
            #expect(stated.status == 413 && stated.headers["connection"] == "close", "\(stated)")
            let chunk = String(repeating: "x", count: 1 << 16)
            let chunks = String(repeating: "10000\r\n\(chunk)\r\n", count: 17) + "0\r\n\r\n"
            let chunked = try await server.get(
                "/v1/test/a", method: "POST", headers: [Self.json, "Transfer-Encoding: chunked"], body: chunks)
            #expect(chunked.status == 413, "\(chunked)")
            let type = try await post(1, ["Content-Type: text/plain"])
            #expect(type.status == 415 && type.code == "api.unsupported_media_type", "\(type)")
        }
    }

    @Test func `bodies of strangers take so much memory together and no more`() async throws {
        var limits = ServerLimits()
        limits.strangersBytes = 1000
        try await run(limits: limits) { server in
            func post(_ path: String, _ count: Int, isAnonymous: Bool) async throws -> RawAnswer {
                try await server.post(path, String(repeating: "x", count: count), isAnonymous: isAnonymous)
            }
            for _ in 0..<3 {
                #expect(try await post("/v1/test/a", 1000, isAnonymous: true).status == 201, "what was taken is given back")
                let over = try await post("/v1/test/a", 1001, isAnonymous: true)
                #expect(over.status == 503 && over.code == "api.no_room" && over.headers["retry-after"] == "1", "\(over)")
            }
        }
    }

    @Test func `a body that is cut off or framed wrongly is the client's fault`() async throws {
        try await run { server in
            for framing in ["Transfer-Encoding: chunked\r\n\r\nZZ\r\n", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"] {
                let answer = try await server.raw("POST /v1/test/a HTTP/1.1\r\nHost: localhost\r\n\(Self.json)\r\n" + framing)
                #expect(answer.status == 400 && answer.code == "api.body_unreadable", "\(framing): \(answer)")
            }
        }
    }

    @Test func `parameters stay within their limits`() async throws {
        try await run { server in
            for query in ["n=10", "n=-1", "n=07", "n=%37x", "n=", "n", "n=1&n=1", "m=1", "&", "n=1&", "=", "n=%80", "n=1.0"] {
                let answer = try await server.get("/v1/test/a?\(query)", method: "POST", headers: [Self.json])
                #expect(answer.status == 400 && answer.code == "api.invalid_parameter", "\(query): \(answer)")
            }
            for path in ["%00", "%C3%28", "%", "%4", "%GG", String(repeating: "a", count: 257), "a%0Ab", "%7f"] {
                let answer = try await server.get("/v1/test/\(path)", method: "POST", headers: [Self.json])
                #expect(answer.status == 400 && answer.code == "api.invalid_parameter", "\(path): \(answer)")
            }
            #expect(try await server.get("/health?").status == 200)
        }
    }

    @Test func `what is no HTTP ends without harm`() async throws {
        try await run { server in
            for text in [
                "\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{0}\u{1}\u{2}", "GET / HTTP/1.1\r\nA B: c\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 100_000))\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: localhost\r\n" + (0..<200).map { "X\($0): 1\r\n" }.joined() + "\r\n",
                "GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                "POST /v1/test/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
            ] {
                let answer = try await server.raw(text)
                #expect(answer.status < 500 && answer.status != 200, "\(text.prefix(60)): \(answer)")
            }
            #expect(try await server.get("/health").status == 200)
        }
    }

    @Test func `slow clients are cut off`() async throws {
        var limits = ServerLimits()
        limits.idle = .milliseconds(300)
        limits.body = .milliseconds(600)
        try await run(limits: limits) { server in
            // Neither sends what it promised, and reading would go on for two minutes.
            #expect(try await server.raw("GET /health HTT").status == 0)
            let body = try await server.raw(
                "POST /v1/test/a HTTP/1.1\r\nHost: localhost\r\n\(Self.json)\r\nContent-Length: 5\r\n\r\nab")
            #expect([0, 408].contains(body.status), "\(body)")
        }
    }

    @Test(arguments: [
        ("localhost", true), ("localhost:80", true), ("127.0.0.1:8420", true), ("127.9.9.9", true), ("[::1]:8420", true),
        ("LOCALHOST", true), ("localhost.evil.example", false), ("evil.example:8420", false), ("127.0.0.1.evil.example", false),
        ("[::2]", false), ("10.0.0.1", false), ("", false), ("[", false),
    ])
    func `plain HTTP answers to loopback names only`(host: String, isAnswered: Bool) async throws {
        try await run { server in
            let answer = try await server.raw("GET /health HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
            #expect((answer.status == 200) == isAnswered, "\(answer)")
        }
    }

    @Test func `another address than loopback needs TLS`() throws {
        for host in ["0.0.0.0", "::", "192.168.1.1", "example.org"] {
            #expect(code { _ = try ServerAddress(host: host, port: 1, hasTLS: false) } == "api.plain_http_refused", "\(host)")
            #expect(code { _ = try ServerAddress(host: host, port: 1, hasTLS: true) } == nil)
        }
        #expect(code { _ = try ServerAddress(host: "::1", port: 1, hasTLS: false) } == nil)
        #expect(code { _ = try ServerAddress(host: "*", port: 1, hasTLS: true) } == "api.invalid_parameter")
    }
}

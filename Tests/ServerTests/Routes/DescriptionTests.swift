import ChanceryAPI
import ChanceryServer
import ChanceryWire
import Foundation
import TestKit
import Testing

/// The document and the routes are one table.
struct DescriptionTests {
    @Test func `every route is in the document, with every status it may answer with`() async throws {
        try await TestServer.run(SampleHome()) { server in
            let document = try await server.get("/openapi.json").json
            #expect(document["openapi"] == "3.1.0")
            var described = 0
            for route in server.table.documents {
                let operation = try #require(
                    document["paths"]?[route.path.text]?[route.method.rawValue.lowercased()], "\(route.path.text)")
                #expect(operation["operationId"]?.string == route.id)
                #expect(operation["responses"]?.object?.names == route.statuses.map(String.init))
                described += 1
            }
            let operations = document["paths"]?.object?.members.reduce(0) { $0 + ($1.value.object?.count ?? 0) }
            #expect(operations == described && described >= 8)
        }
    }

    /// Each way of asking wrongly meets each route, and only documented statuses come back.
    @Test func `whatever is asked, a route answers with what its document says`() async throws {
        try await TestServer.run(SampleHome()) { server in
            // Its success would end the session that the others need.
            for route in server.table.documents where route.id != "sessionEnd" {
                let (path, method) = (route.examplePath, route.method.rawValue)
                func ask(_ query: String = "", headers: [String] = [], body: String = "") async throws -> RawAnswer {
                    try await server.get(path + query, method: method, headers: headers, body: body)
                }
                let cases: [(String, RawAnswer, Int?)] = [
                    ("plain", try await ask(), nil), ("unknown", try await ask("?unknown=1"), 400),
                    ("repeated", try await ask("?limit=1&limit=1"), 400), ("escape", try await ask("?limit=%"), 400),
                ]
                for (what, answer, expected) in cases {
                    #expect(expected == nil || answer.status == expected, "\(what) \(path): \(answer)")
                    #expect(route.statuses.contains(answer.status), "\(what) \(path): \(answer)")
                    #expect(answer.status == route.success || answer.code != nil, "\(what) \(path): \(answer)")
                }
                if route.body == nil {
                    let chunks = try await ask(headers: ["Transfer-Encoding: chunked"], body: "1\r\nx\r\n0\r\n\r\n")
                    let body = try await ask(headers: ["Content-Length: 1"], body: "x")
                    #expect(chunks.status == 413 && body.status == 413, "\(path): \(chunks) \(body)")
                }
                let other = try await server.get(path, method: "DELETE")
                let allowed = route.method == .get ? "GET, HEAD" : "POST"
                #expect(other.status == 405 && other.headers["allow"]?.contains(allowed) == true, "\(other)")
                let foreign = try await server.raw(
                    "\(method) \(path) HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
                #expect(foreign.status == 421 && foreign.code == "api.misdirected", "\(foreign)")
            }
        }
    }
}

extension RouteDocument {
    /// Its path with parameters that are well formed and name nothing.
    var examplePath: String {
        path.text.replacing("{hash}", with: String(repeating: "0", count: 64))
            .replacing("/governance/proposals/{id}", with: "/governance/proposals/" + String(repeating: "0", count: 64))
            .replacing("{id}", with: "nobody").replacing("{position}", with: "1").replacing("{slot}", with: "1")
    }
}

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
            for route in server.table.documents {
                let path = route.path.text.replacing("{hash}", with: String(repeating: "0", count: 64))
                let cases: [(String, RawAnswer, Int?)] = [
                    ("plain", try await server.get(path), nil), ("unknown", try await server.get(path + "?unknown=1"), 400),
                    ("repeated", try await server.get(path + "?limit=1&limit=1"), 400),
                    ("escape", try await server.get(path + "?limit=%"), 400),
                    ("body", try await server.get(path, headers: ["Content-Length: 1"], body: "x"), 413),
                    (
                        "chunks",
                        try await server.get(path, headers: ["Transfer-Encoding: chunked"], body: "1\r\nx\r\n0\r\n\r\n"), 413
                    ),
                ]
                for (what, answer, expected) in cases {
                    #expect(expected == nil || answer.status == expected, "\(what) \(path): \(answer)")
                    #expect(route.statuses.contains(answer.status), "\(what) \(path): \(answer)")
                    #expect(answer.status == route.success || answer.code != nil, "\(what) \(path): \(answer)")
                }
                let other = try await server.get(path, method: "DELETE")
                #expect(other.status == 405 && other.headers["allow"] == "GET, HEAD", "\(other)")
                let foreign = try await server.raw("GET \(path) HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
                #expect(foreign.status == 421 && foreign.code == "api.misdirected", "\(foreign)")
            }
        }
    }
}

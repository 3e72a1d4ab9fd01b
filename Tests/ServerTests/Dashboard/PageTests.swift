import ChanceryServer
import ChanceryWire
import Foundation
import TestKit
import Testing

/// The pages as a browser gets them.
struct PageTests {
    private static let web = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Web")

    @Test func `the server gives the files of the folder, byte for byte, and no other`() async throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.web.path).sorted()
        #expect(names.contains("index.html") && names.count > 2)
        try await DashboardHouse.serving { _, server in
            for name in names {
                let answer = try await server.get(name == "index.html" ? "/" : "/web/\(name)", isAnonymous: true)
                let content = try Array(Data(contentsOf: Self.web.appendingPathComponent(name)))
                #expect(answer.status == 200 && answer.body == content, "\(name): \(answer)")
                let type = try #require(answer.headers["content-type"])
                let expected = ["html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"]
                #expect(
                    type.hasPrefix(expected[name.split(separator: ".").last.map(String.init) ?? ""] ?? "?"), "\(name): \(type)")
                let tag = try #require(answer.headers["etag"])
                let again = try await server.get(
                    name == "index.html" ? "/" : "/web/\(name)", headers: ["If-None-Match: \(tag)"], isAnonymous: true)
                #expect(again.status == 304 && again.body.isEmpty, "\(again)")
            }
            for path in ["/web/nothing.js", "/web/..%2FPackage.swift", "/web/", "/web/a/b.js", "/index.html"] {
                #expect(try await server.get(path, isAnonymous: true).status == 404, "\(path)")
            }
        }
    }

    /// A page that names another host, or holds a script or style of its own, would not work under the policy.
    @Test func `no page holds a script, a style or another host`() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: Self.web.path) where name.hasSuffix(".html") {
            let text = try String(contentsOf: Self.web.appendingPathComponent(name), encoding: .utf8)
            #expect(!text.contains("<style") && !text.contains(" style=") && !text.contains("//"), "\(name)")
            #expect(text.matches(of: /<script(?![^>]*\ssrc=)/).isEmpty && text.matches(of: /\son[a-z]+=/).isEmpty, "\(name)")
        }
    }

    @Test func `every answer keeps other pages and hosts out`() async throws {
        try await DashboardHouse.serving { house, server in
            let browser = try await Browser(house, server)
            let answers = [
                try await server.get("/", isAnonymous: true), try await server.get("/nowhere", isAnonymous: true),
                try await server.get("/openapi.json", isAnonymous: true), try await server.get("/metrics", isAnonymous: true),
                try await server.get("/v1/overview", isAnonymous: true), try await browser.get("/v1/overview"),
                try await browser.post("/v1/gate/policies/lint", "x"), try await browser.end(),
                try await server.raw("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
                try await server.raw("HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
            ]
            #expect(Set(answers.map(\.status)).count >= 5)
            for answer in answers {
                let policy = try #require(answer.headers["content-security-policy"], "\(answer)")
                let rules = Set(policy.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) })
                #expect(
                    rules == [
                        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
                        "connect-src 'self'", "font-src 'self'", "base-uri 'none'", "form-action 'none'",
                        "frame-ancestors 'none'",
                    ])
                #expect(answer.headers["x-content-type-options"] == "nosniff")
                #expect(answer.headers["referrer-policy"] == "no-referrer")
                #expect(answer.headers["cross-origin-opener-policy"] == "same-origin")
                #expect(answer.headers["cross-origin-resource-policy"] == "same-origin")
                #expect(answer.headers["access-control-allow-origin"] == nil)
            }
        }
    }
}

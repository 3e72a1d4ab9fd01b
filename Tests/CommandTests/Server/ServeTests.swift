import Foundation
import TestKit
import Testing

/// `chancery serve` as its users start it.
struct ServeTests {
    @Test func `a server answers, and stops within five seconds with connections open`() throws {
        let server = try RunningServer(try CommandProcess.withAgent(3), [])
        #expect(server.port > 0)
        let asked = try server.connect("GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(server.answer(asked).hasPrefix("HTTP/1.1 200"))
        // One that answered and stays, one that says nothing, one in the middle of a head, one in the middle of a body.
        let open = try [
            "", "GET /heal", "POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab",
            "GET /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        ].map { try server.connect($0) }
        Thread.sleep(forTimeInterval: 0.3)
        let seconds = server.stop()
        #expect(seconds < 5 && server.process.terminationReason == .exit && server.process.terminationStatus == 0, "\(seconds)")
        for descriptor in open + [asked] { close(descriptor) }
    }

    @Test func `another address than loopback is refused without TLS`() throws {
        let chancery = try CommandProcess.withAgent()
        let outcome = try chancery.run("serve", "--host", "0.0.0.0", "--port", "0")
        #expect(outcome.status == 3 && outcome.code == "api.plain_http_refused", "\(outcome)")
        let missing = try chancery.run("serve", "--tls", "nowhere", "--port", "0")
        #expect(missing.status == 1 && missing.code == "node.not_found", "\(missing)")
    }

    @Test func `with TLS no plain word is understood`() throws {
        let chancery = try CommandProcess.withAgent()
        let federation = String(repeating: "ab", count: 32)
        #expect(try chancery.run("ca", "init", "--federation", federation, "--insecure-no-passphrase", "--quiet").status == 0)
        #expect(try chancery.run("ca", "issue", "a", "--out", "node", "--host", "127.0.0.1").status == 0)
        let server = try RunningServer(chancery, ["--tls", "node", "--host", "0.0.0.0"])
        #expect(server.port > 0)
        let plain = try server.connect("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(!server.answer(plain).hasPrefix("HTTP/1.1"))
        close(plain)
        #expect(server.stop() < 5)
    }

    @Test func `the seed's interfaces answer on ports of their own, on loopback, to the same keys`() throws {
        let chancery = try CommandProcess.withAgent(3)
        let none = try chancery.run("serve", "--port", "0", "--trustgate-port", "0")
        #expect(none.status == 1 && none.code == "node.not_found", "a home without a gate: \(none)")
        let same = try chancery.run("serve", "--port", "8420", "--vigil-port", "8420")
        #expect(same.status == 2 && same.code == "command.usage", "\(same)")
        #expect(try chancery.run("gate", "init", "--insecure-no-passphrase").status == 0)
        for (name, role) in [("ops", "operator"), ("a", "agent")] {
            let made = try chancery.run(
                "api-key", "create", name, "--role", role, "--out", name + ".key", "--insecure-no-passphrase")
            #expect(made.status == 0, "\(made)")
        }
        let server = try RunningServer(chancery, ["--trustgate-port", "0", "--vigil-port", "0"])
        let (gate, vigil) = (try #require(server.ports["trustgate"]), try #require(server.ports["vigil"]))
        #expect(Set([server.port, gate, vigil]).count == 3)
        func ask(_ method: String, _ port: Int, _ path: String, _ arguments: String...) throws -> CommandProcess.Outcome {
            try chancery.run(["api", method, "http://127.0.0.1:\(port)\(path)"] + arguments)
        }
        for port in [server.port, gate, vigil] {
            #expect(try ask("GET", port, "/health").output.contains("\"status\":\"ok\""))
        }
        #expect(try ask("GET", gate, "/api/status").status == 3)
        #expect(try ask("GET", gate, "/api/status", "--key", "ops.key").output.contains("trust_gate"))
        #expect(try ask("GET", vigil, "/api/summary", "--key", "ops.key").output.contains("\"agent_name\":\"a\""))
        #expect(try ask("GET", vigil, "/api/summary", "--key", "a.key").output.contains("api.role_missing"))
        #expect(try ask("GET", vigil, "/api/agent/a", "--key", "a.key").status == 0)
        try chancery.folder.write(Array(#"{"action":"read_db","vrs":0}"#.utf8), to: "body.json")
        let denied = try ask("POST", gate, "/api/evaluate", "--key", "a.key", "--body", "body.json")
        #expect(denied.status == 0 && denied.output.contains("\"outcome\":\"BLOCK\""), "no policy is active: \(denied)")
        // Each interface has its own paths and no other's.
        #expect(try ask("GET", gate, "/api/summary", "--key", "ops.key").output.contains("api.no_such_route"))
        #expect(try ask("GET", vigil, "/v1/agents", "--key", "ops.key").output.contains("api.no_such_route"))
        let foreign = try server.connect("GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n", port: gate)
        #expect(server.answer(foreign).hasPrefix("HTTP/1.1 421"))
        close(foreign)
        #expect(server.stop() < 5 && server.process.terminationStatus == 0)
    }
}

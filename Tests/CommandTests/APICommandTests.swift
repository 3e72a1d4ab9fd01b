import Foundation
import TestKit
import Testing

/// Keys of clients and signed requests, as users make them.
struct APICommandTests {
    @Test func `a client's key opens what its roles allow, by both forms, until it is revoked`() throws {
        let process = CommandProcess()
        let port = Int.random(in: 20_000...60_000)
        #expect(try process.run("cluster", "up", "--nodes", "1", "--base-port", String(port)).status == 0)
        defer { _ = try? process.run("cluster", "stop") }
        let home = ["--home", "chancery-cluster/n1/home", "--state", "chancery-cluster/n1/state"]
        func create(_ name: String, _ role: String) throws -> String {
            let made = try process.run(
                ["api-key", "create", name, "--role", role, "--out", name + ".key", "--insecure-no-passphrase", "--json"] + home
            )
            #expect(made.status == 0, "\(made)")
            let json = try JSONSerialization.jsonObject(with: Data(made.output.utf8)) as? [String: Any]
            return json?["key_id"] as? String ?? ""
        }
        let auditor = try create("anna", "auditor")
        _ = try create("bot", "agent")
        let url = "http://127.0.0.1:\(port)/v1/ledger/stats"
        func get(_ arguments: String...) throws -> CommandProcess.Outcome { try process.run(["api", "GET", url] + arguments) }

        let allowed = try get("--key", "anna.key")
        #expect(allowed.status == 0 && allowed.output.contains("chancery/api-key/v1"), "\(allowed)")
        #expect(try get("--key", "anna.key", "--hip5").status == 0)
        let refused = try get("--key", "bot.key")
        #expect(refused.status == 3 && refused.output.contains("api.role_missing"), "\(refused)")
        let unsigned = try get()
        #expect(unsigned.status == 3 && unsigned.output.contains("api.unauthorized"), "\(unsigned)")

        let list = try process.run(["api-key", "list"] + home)
        #expect(list.lines.count == 3 && list.output.contains("active"), "\(list)")
        #expect(try process.run(["api-key", "revoke", auditor] + home).status == 0)
        #expect(try get("--key", "anna.key").status == 3)
        #expect(try process.run(["api-key", "revoke", auditor] + home).code == "node.rejected")
        #expect(try process.run(["api-key", "revoke", "ak_none"] + home).code == "node.not_found")
    }

    @Test func `a server that is away, or an address that is none, is said to be`() throws {
        let process = CommandProcess()
        let away = try process.run("api", "GET", "http://127.0.0.1:1/health")
        #expect(away.status == 5 && away.code == "transport.unreachable", "\(away)")
        for url in ["127.0.0.1", "http://example.org:80/", "ftp://127.0.0.1:1/", "http://127.0.0.1/"] {
            #expect(try process.run("api", "GET", url).code == "command.usage", "\(url)")
        }
    }
}

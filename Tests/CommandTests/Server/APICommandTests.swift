import Foundation
import TestKit
import Testing

/// Keys of clients and signed requests, as users make them.
struct APICommandTests {
    @Test func `a client's key opens what its roles allow, by both forms, until it is revoked`() throws {
        let process = CommandProcess()
        let port = try FreePorts.first(1)
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

    @Test func `a key is served as its quota says, replaced with an overlap, and its use is signed`() throws {
        let process = CommandProcess()
        func create(_ out: String) throws -> CommandProcess.Outcome {
            try process.run(
                "api-key", "create", "bot", "--role", "auditor", "--quota", "2/1h", "--out", out, "--insecure-no-passphrase",
                "--json")
        }
        #expect(try create("none.key").code == "node.not_found", "a quota needs a place to write usage")
        #expect(try process.run("api-key", "usage").code == "node.not_found")
        #expect(try process.run("api-key", "init", "--insecure-no-passphrase").status == 0)
        let made = try create("old.key")
        let json = try #require(try JSONSerialization.jsonObject(with: Data(made.output.utf8)) as? [String: Any])
        let id = try #require(json["key_id"] as? String)
        for quota in ["2", "2/", "/1h", "-2/1h", "2/1y", "99999999999GiB/1d", "0/1h", "2/32d"] {
            let wrong = try process.run("api-key", "create", "b", "--role", "agent", "--quota", quota, "--out", "b.key")
            #expect(["command.usage", "node.rejected"].contains(wrong.code ?? ""), "\(quota): \(wrong)")
        }

        let server = try RunningServer(process, [])
        let url = "http://127.0.0.1:\(server.port)/v1/ledger/stats"
        for _ in 0..<2 { #expect(try process.run("api", "GET", url, "--key", "old.key").status == 0) }
        let beyond = try process.run("api", "GET", url, "--key", "old.key")
        #expect(beyond.status == 3 && beyond.output.contains("api.quota_exceeded"), "\(beyond)")
        let rotated = try process.run(
            "api-key", "rotate", id, "--out", "new.key", "--overlap", "1d", "--insecure-no-passphrase")
        #expect(rotated.status == 0 && rotated.output.contains("counts until"), "\(rotated)")
        for file in ["old.key", "new.key"] {
            let path = "\(process.folder.path)/\(file)"
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(file) can be read by others")
        }
        #expect(
            try process.run("api-key", "rotate", id, "--out", "third.key", "--insecure-no-passphrase").code == "node.rejected")
        #expect(!FileManager.default.fileExists(atPath: process.folder.path + "/third.key"))
        let list = try process.run("api-key", "list")
        #expect(list.output.contains("replaced") && list.output.contains("active"), "\(list)")
        #expect(try process.run("api-key", "due").status == 0)
        let again = try process.run("api", "GET", url, "--key", "new.key", "--key", "old.key")
        #expect(again.output.contains("api.quota_exceeded"), "a rotation grants no second quota: \(again)")
        _ = server.stop()

        let usage = try process.run("api-key", "usage", "--json")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(usage.output.utf8)) as? [String: Any])
        let keys = try #require(report["keys"] as? [[String: Any]])
        #expect(usage.status == 0 && (report["findings"] as? [String]) == [], "\(usage)")
        #expect(keys.compactMap { $0["admitted"] as? Int }.reduce(0, +) == 2, "\(usage)")
        #expect(keys.compactMap { $0["refused"] as? Int }.reduce(0, +) == 2, "\(usage)")
        #expect(try process.run("log", "audit").status == 0)
    }

    @Test func `a key that is past its end without a successor is told by the exit code`() throws {
        let process = CommandProcess()
        let made = try process.run(
            "api-key", "create", "bot", "--role", "agent", "--lifetime", "2s", "--out", "k.key", "--insecure-no-passphrase")
        #expect(made.status == 0)
        // The clock is that of the machine: half of two seconds, and the whole of them.
        let deadline = Date().addingTimeInterval(30)
        var status: Int32 = 0
        while status == 0, Date() < deadline {
            usleep(200_000)
            status = try process.run("api-key", "due").status
        }
        #expect(status == 3)
        #expect(try process.run("api-key", "list").output.contains("expired"))
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

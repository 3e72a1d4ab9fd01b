import ChanceryAPI
import ChanceryNode
import ChanceryServer
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Foundation
import TestKit
import Testing

/// A body is put when all of it came, as it was stated; else nothing is.
struct VaultPutTests {
    private static let path = "/v1/vault/artifacts/llama/content"

    @Test func `a body that is signed is put, listed, shown and deleted`() async throws {
        let house = try VaultHouse()
        try await house.serving { server in
            let admin = try server.key("root", [.vaultAdmin])
            let target = Self.path + "?file=a/model.bin&release=1.0.0&tags=small,quantised&tier=0"
            let put = try await server.ask("PUT", target, "0123456789", by: admin)
            #expect(put.status == 201 && put.json["version"] == 1 && put.json["length"] == 10, "\(put)")
            let again = try await server.ask("PUT", Self.path, "x", by: admin)
            #expect(again.status == 201 && again.json["version"] == 2, "\(again)")
            let listed = try await server.ask("GET", "/v1/vault/artifacts?limit=1", by: admin)
            #expect(listed.json["artifacts"]?.array?.count == 1 && listed.json["next"] == 1, "\(listed)")
            let shown = try await server.ask("GET", "/v1/vault/artifacts/llama?version=1", by: admin)
            #expect(shown.json["files"]?.array?.first?["path"] == "a/model.bin", "\(shown)")
            #expect(shown.json["release"] == "1.0.0" && shown.json["tags"] == ["small", "quantised"], "\(shown)")
            let grant = try await server.ask(
                "POST", "/v1/vault/artifacts/llama/grants", #"{"agent":"planner","lifetime":60,"version":1}"#, by: admin)
            #expect(grant.status == 201 && grant.json["agent"] == .string(house.plannerDID), "\(grant)")
            let planner = try server.key("planner", [.agent])
            #expect(try await server.ask("GET", Self.path + "?version=1", by: planner).text == "0123456789")
            let revoke = try await server.ask(
                "POST", "/v1/vault/artifacts/llama/revocations", #"{"agent":"planner","version":1}"#, by: admin)
            #expect(revoke.status == 200, "\(revoke)")
            #expect(try await server.ask("GET", Self.path + "?version=1", by: planner).code == "vault.writ_required")
            let vague = try await server.ask("DELETE", "/v1/vault/artifacts/llama", by: admin)
            #expect(vague.status == 400, "\(vague)")
            let gone = try await server.ask("DELETE", "/v1/vault/artifacts/llama?version=1", by: admin)
            #expect(gone.status == 200 && gone.json["versions"]?.array?.map { $0["status"] } == ["unlinked"], "\(gone)")
            let versions = try await server.ask("GET", "/v1/vault/artifacts/llama/versions", by: admin)
            #expect(versions.json["versions"]?.array?.count == 2, "\(versions)")
        }
    }

    @Test func `a body of another digest than was signed or stated is not put`() async throws {
        let house = try VaultHouse()
        try await house.serving { server in
            let admin = try server.key("root", [.vaultAdmin])
            let signed = try server.clients.headers("PUT", Self.path, body: "0123456789", port: server.port, by: admin)
            let other = try await server.get(
                Self.path, method: "PUT", headers: signed + ["Content-Length: 10"], body: "0123456780", isAnonymous: true)
            #expect(other.status == 400 && other.code == "api.digest_mismatch", "\(other)")
            // The envelope of HIP-5 has no digest of its own: without the header it signs an empty body.
            let envelope = try server.clients.envelope("PUT", Self.path, port: server.port)
            let appended = try await server.get(
                Self.path, method: "PUT", headers: envelope + ["Content-Length: 1"], body: "x", isAnonymous: true)
            #expect(appended.status == 400 && appended.code == "api.digest_mismatch", "\(appended)")
            let digest = Base64.standard.encode(Digest.sha256(Array("right".utf8)))
            func inSession(_ body: String) async throws -> RawAnswer {
                try await server.get(
                    Self.path, method: "PUT",
                    headers: ["Content-Length: \(body.utf8.count)", "Content-Digest: sha-256=:\(digest):"], body: body)
            }
            #expect(try await inSession("wrong").code == "api.digest_mismatch")
            #expect(try house.vault.catalogue { $0.live }.isEmpty && house.drafts.isEmpty)
            #expect(try house.refusals("put") == ["api.digest_mismatch", "api.digest_mismatch", "api.digest_mismatch"])
            #expect(try await inSession("right").status == 201)
        }
    }

    @Test func `a client that goes away in the middle leaves nothing`() async throws {
        let house = try VaultHouse()
        try await house.serving { server in
            let admin = try server.key("root", [.vaultAdmin])
            let body = String(repeating: "x", count: 3 << 20)
            let signed = try server.clients.headers("PUT", Self.path, body: body, port: server.port, by: admin)
            let lines = ["PUT \(Self.path) HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "Content-Length: \(body.utf8.count)"]
            var stream: RawStream? = try RawStream((lines + signed + ["", ""]).joined(separator: "\r\n"), port: server.port)
            await stream?.write([UInt8](repeating: 0x78, count: 2 << 20))
            stream = nil
            for _ in 0..<500 {
                if try !house.refusals("put").isEmpty { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try house.refusals("put") == ["api.body_unreadable"])
            #expect(try house.vault.catalogue { $0.live }.isEmpty && house.drafts.isEmpty)
        }
    }

    @Test func `a body without a length, or beyond the limit, is refused before it is read`() async throws {
        let house = try VaultHouse()
        try await house.serving { server in
            let chunked = try await server.get(
                Self.path, method: "PUT", headers: ["Transfer-Encoding: chunked"], body: "1\r\nx\r\n0\r\n\r\n")
            #expect(chunked.status == 411 && chunked.code == "api.length_required", "\(chunked)")
            let huge = try await server.get(Self.path, method: "PUT", headers: ["Content-Length: \((64 << 30) + 1)"])
            #expect(huge.status == 413, "\(huge)")
            let typed = try await server.get(
                Self.path, method: "PUT", headers: ["Content-Length: 2", "Content-Type: application/json"], body: "{}")
            #expect(typed.status == 415, "\(typed)")
            let anonymous = try await server.get(
                Self.path, method: "PUT", headers: ["Content-Length: 1"], body: "x", isAnonymous: true)
            #expect(anonymous.status == 401, "\(anonymous)")
            #expect(try house.vault.catalogue { $0.live }.isEmpty && house.drafts.isEmpty)
        }
    }

    @Test func `a locked vault takes no body, and says so`() async throws {
        let house = try VaultHouse()
        try house.host.lock(by: "test")
        try await house.serving { server in
            let answer = try await server.get(Self.path, method: "PUT", headers: ["Content-Length: 1"], body: "x")
            #expect(answer.status == 503 && answer.code == "vault.locked", "\(answer)")
            #expect(try house.refusals("put") == ["vault.locked"] && house.drafts.isEmpty)
        }
    }

    /// More than lies between the two ends of the pipe, so that both wait for each other.
    @Test func `a body of many parts is put as it came`() async throws {
        let house = try VaultHouse()
        let content = VaultHouse.text(9 << 20)
        try await house.serving { server in
            let text = String(decoding: content, as: UTF8.self)
            let put = try await server.get(
                Self.path + "?file=model.bin", method: "PUT", headers: ["Content-Length: \(content.count)"], body: text)
            #expect(put.status == 201, "\(put)")
            let entry = try house.vault.entry("llama")
            _ = try house.vault.grant(entry, to: house.plannerDID, lifetime: 60, by: "test")
            let planner = try server.key("planner", [.agent])
            #expect(try await server.ask("GET", Self.path, by: planner).body == content)
        }
    }
}

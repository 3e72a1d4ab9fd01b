import ChanceryAPI
import ChanceryNode
import ChanceryServer
import ChanceryTransport
import ChanceryVault
import ChanceryWire
import Foundation
import TestKit
import Testing

/// Who may do what with the vault, and the socket of its agent.
struct VaultRouteTests {
    private static func example(_ route: RouteDocument) -> String {
        route.path.text.replacing("{artifact}", with: "nothing")
    }

    @Test func `each route of the vault is for its roles alone, and described`() async throws {
        let house = try VaultHouse()
        try await house.serving { server in
            let routes = server.table.documents.filter { $0.tag == "vault" }
            #expect(routes.count == 16)
            let document = try await server.get("/openapi.json").json
            for route in routes {
                let (path, method) = (Self.example(route), route.method.rawValue)
                let operation = document["paths"]?[route.path.text]?[method.lowercased()]
                #expect(operation?["responses"]?.object?.names == route.statuses.map(String.init), "\(route.id)")
                #expect(try await server.get(path, method: method, isAnonymous: true).status == 401, "\(route.id)")
            }
            for role in Role.allCases {
                let key = try server.key("nobody", [role])
                for route in routes where route.id != "vaultLock" {
                    let answer = try await server.ask(route.method.rawValue, Self.example(route), by: key)
                    guard case .roles(let roles) = route.access else { continue }
                    #expect((answer.code == "api.role_missing") == !roles.contains(role), "\(role) \(route.id): \(answer)")
                    #expect(route.statuses.contains(answer.status), "\(role) \(route.id): \(answer)")
                }
            }
        }
    }

    @Test func `a policy is read by who checks the house and set by who keeps the vault`() async throws {
        let house = try VaultHouse()
        try await house.serving { server in
            let (admin, auditor) = (try server.key("root", [.vaultAdmin]), try server.key("eve", [.auditor]))
            let empty = #"{"rules":[],"type":"chancery/vault-policy/v1"}"#
            #expect(try await server.ask("PUT", "/v1/vault/policy", empty, by: auditor).code == "api.role_missing")
            #expect(try await server.ask("GET", "/v1/vault/policy", by: auditor).json["rules"]?.array?.count == 2)
            let malformed = try await server.ask("PUT", "/v1/vault/policy", #"{"rules":1}"#, by: admin)
            #expect([400, 422].contains(malformed.status), "\(malformed)")
            #expect(try await server.ask("PUT", "/v1/vault/policy", empty, by: admin).status == 200)
            #expect(try await server.ask("GET", "/v1/vault/policy", by: auditor).json["rules"]?.array?.isEmpty == true)
            let keys = try await server.ask("GET", "/v1/vault/keys", by: auditor)
            #expect(keys.json["keys"]?.array?.count == 1 && keys.json["keys"]?.array?.first?["kind"] == "root", "\(keys)")
            #expect(try await server.ask("GET", "/v1/vault/keys/due", by: auditor).json["keys"] == [])
        }
    }

    @Test func `nobody unlocks over the network, with whatever role`() async throws {
        let house = try VaultHouse()
        try house.host.lock(by: "test")
        try await house.serving { server in
            let body = #"{"passphrase":"\#(VaultHouse.passphrase)"}"#
            let answer = try await server.post("/v1/vault/unlock", body)
            #expect(answer.status == 403 && answer.code == "vault.owner_only", "\(answer)")
            #expect(try house.refusals("unlock") == ["vault.owner_only"])
            #expect(try await server.get("/v1/vault/status").json["state"] == "locked")
        }
    }

    @Test func `a lock and an unlock name who asked for them`() async throws {
        let house = try VaultHouse()
        try await house.serving { server in
            let admin = try server.key("root", [.vaultAdmin])
            #expect(try await server.ask("POST", "/v1/vault/lock", by: admin).status == 200)
            let lock = try #require(try house.payloads("vault_session").last)
            #expect(lock["change"] == "locked" && lock["principal"]?.string?.hasPrefix("ak_") == true, "\(lock)")
        }
        try await house.asAgent { path in
            let body = #"{"passphrase":"\#(VaultHouse.passphrase)"}"#
            #expect(try await VaultHouse.ask(path, "POST", "/v1/vault/unlock", body).status == 200)
            let unlock = try #require(try house.payloads("vault_session").last)
            #expect(unlock["change"] == "unlocked" && unlock["principal"] == .string("uid:\(getuid())"), "\(unlock)")
        }
    }

    @Test func `the agent's socket is for its owner, who unlocks, reads for an agent and locks`() async throws {
        let house = try VaultHouse()
        try house.put("llama", Array("weights".utf8))
        try house.host.lock(by: "test")
        try await house.asAgent { path in
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let folder = house.home.folder.path + "/vault"
            #expect(try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int == 0o700)
            let content = "/v1/vault/artifacts/llama/content?agent="
            #expect(try await VaultHouse.ask(path, "GET", content + "planner").json["code"] == "vault.locked")
            let wrong = try await VaultHouse.ask(path, "POST", "/v1/vault/unlock", #"{"passphrase":"wrong"}"#)
            #expect(wrong.status == 403 && wrong.json["code"] == "vault.wrong_secret", "\(wrong)")
            let right = #"{"passphrase":"\#(VaultHouse.passphrase)","ttl":60}"#
            let early = try await VaultHouse.ask(path, "POST", "/v1/vault/unlock", right)
            #expect(early.status == 429 && early.json["code"] == "vault.unlock_delayed", "\(early)")
            house.home.clock.turn(by: 1)
            let open = try await VaultHouse.ask(path, "POST", "/v1/vault/unlock", right)
            #expect(open.status == 200 && open.json["state"] == "unlocked" && open.json["remaining"] == 60, "\(open)")
            house.home.clock.turn(by: 10)
            let again = try await VaultHouse.ask(path, "POST", "/v1/vault/unlock", right.replacing("60", with: "6000"))
            #expect(again.json["remaining"] == 50, "\(again)")
            let read = try await VaultHouse.ask(path, "GET", content + "planner")
            #expect(read.status == 200 && read.body == Array("weights".utf8), "\(read)")
            let nobody = try await VaultHouse.ask(path, "GET", "/v1/vault/artifacts/llama/content")
            #expect(nobody.json["code"] == "api.invalid_parameter", "\(nobody)")
            #expect(try await VaultHouse.ask(path, "GET", content + "stranger").json["code"] == "vault.bundle_not_allowed")
            #expect(try await VaultHouse.ask(path, "GET", content + "unknown").json["code"] == "node.not_found")
            house.home.clock.turn(by: 50)
            try await house.host.keepWatch()
            #expect(try await VaultHouse.ask(path, "GET", "/v1/vault/status").json["state"] == "locked")
            #expect(try house.payloads("vault_session").last?["change"] == "expired")
            #expect(try house.refusals("unlock") == ["vault.wrong_secret", "vault.unlock_delayed"])
        }
    }

    @Test func `no flood of an agent's junk hides that it was retired, or what another agent does`() async throws {
        let house = try VaultHouse()
        try house.put("llama", Array("weights".utf8))
        try await house.asAgent { path in
            for number in 0..<103 {
                _ = try await VaultHouse.ask(path, "GET", "/v1/vault/artifacts/junk\(number)/content?agent=planner")
            }
            #expect(try house.refusals("get").count == 102)
            _ = try await VaultHouse.ask(path, "GET", "/v1/vault/artifacts/junk/content?agent=stranger")
            #expect(try house.refusals("get").count == 103)
            _ = try house.home.ledger.retire(house.planner)
            let late = try await VaultHouse.ask(path, "GET", "/v1/vault/artifacts/llama/content?agent=planner")
            #expect(late.json["code"] == "node.retired", "\(late)")
            #expect(try house.refusals("get").suffix(1) == ["node.retired"])
        }
    }

    @Test func `a user who is not the owner has no rights on the socket`() {
        let owner = LocalAgents(owner: 1000)
        #expect(owner.principal(of: 1000)?.roles == [.vaultAdmin] && owner.principal(of: 0) == nil)
        // Who is an agent is that agent, and an agent of two names is nobody: neither keeps the vault.
        let both = LocalAgents([("planner", 1000), ("worker", 1001), ("other", 1001)], owner: 1000)
        #expect(both.principal(of: 1000)?.roles == [.agent] && both.principal(of: 1000)?.name == "planner")
        #expect(LocalAgents([("a", 1000), ("b", 1000)], owner: 1000).principal(of: 1000) == nil)
    }
}

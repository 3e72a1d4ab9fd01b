import ChanceryAPI
import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// The seed's TrustGate, with real authentication.
struct TrustGateTests {
    private static let evaluate = #"{"agent_id":"alice","action":"read_db"}"#

    @Test func `every endpoint answers in the seed's words`() async throws {
        try await SeedHouse.serving { house, clients in
            let decided = try await clients.post("/api/evaluate", Self.evaluate)
            #expect(
                decided.status == 200 && decided.json["outcome"] == "ALLOW" && decided.json["blocked"] == false, "\(decided)")
            let id = try #require(decided.json["decision_id"]?.string)
            let cases: [(String, [String])] = [
                ("/api/status", ["service", "policy", "pending_decisions", "principals", "timestamp"]),
                ("/api/policy", ["name", "version_id", "content_hash", "yaml"]), ("/api/profiles", ["count", "profiles"]),
                ("/api/agents", ["total", "agents"]), ("/api/decisions", ["total", "decisions", "next"]),
                ("/api/decisions?agent_id=alice&limit=1", ["decisions"]),
                ("/api/decisions/\(id)", ["decision_id", "outcome", "state", "vrs", "tsi_state", "policy_hash", "timeout_at"]),
                ("/api/principals", ["total", "principals"]),
                ("/api/principals/Dr%20Dupont", ["principal_id", "clearance", "active"]),
                ("/api/audit?agent_id=alice&outcome=ALLOW&days=1&limit=5", ["total", "entries", "filter"]),
            ]
            for (target, names) in cases {
                let answer = try await clients.get(target)
                #expect(answer.status == 200, "\(target): \(answer)")
                for name in names { #expect(answer.json[name] != nil, "\(target) lacks \(name): \(answer)") }
            }
            #expect(try await clients.get("/api/decisions/\(id)").json["policy_version"] == "house@1")
            #expect(try await clients.get("/api/audit?outcome=BLOCK").json["total"] == 0)
            #expect(try await clients.get("/api/profiles").json["count"] == 3)
            #expect(try await clients.get("/api/agents").json["total"] == 2)
        }
    }

    @Test func `without a signature or a session nothing answers, and a token in the address is none`() async throws {
        try await SeedHouse.serving { house, clients in
            for route in house.routes {
                let path = route.document.seedPath
                for target in [path, path + "?token=secret"] {
                    let answer = try await clients.server.get(
                        target, method: route.document.method.rawValue, isAnonymous: true)
                    #expect(answer.status == 401 && answer.code == "api.unauthorized", "\(target): \(answer)")
                    #expect(answer.headers["access-control-allow-origin"] == nil)
                }
            }
            let bearer = try await clients.server.get(
                "/api/status", headers: ["Authorization: Bearer TRUSTGATE_TOKEN"], isAnonymous: true)
            #expect(bearer.status == 401, "\(bearer)")
            #expect(try await clients.server.get("/api/status").status == 200, "a session")
            #expect(try await clients.server.get("/api/status?token=x").code == "api.invalid_parameter")
        }
    }

    @Test(arguments: [
        #""vrs":0.0"#, #""vrs":1"#, #""vrs":"NaN""#, #""vrs":-1e308"#, #""tsi_state":"critical""#, #""tsi_state":"STABLE""#,
        #""role":"admin""#, #""trust_score":1,"a2c_score":0,"agent_name":"bob""#, #""vrs":null"#,
    ])
    func `what a caller claims is on record and changes nothing`(claim: String) async throws {
        try await SeedHouse.serving { house, clients in
            for action in ["read_db", "pay", "shell"] {
                let plain = try await clients.post("/api/policy/simulate", #"{"agent_id":"alice","action":"\#(action)"}"#)
                let claiming = try await clients.post(
                    "/api/evaluate", #"{"agent_id":"alice","action":"\#(action)",\#(claim)}"#)
                #expect(claiming.status == 200, "\(claiming)")
                for name in ["outcome", "reason", "rule", "vrs", "tsi_state", "trust_score", "a2c_score", "role", "agent_name"]
                {
                    #expect(claiming.json[name] == plain.json[name], "\(name): \(claiming) \(plain)")
                }
                let claimed = try JSONParser.parse(Array("{\(claim)}".utf8))
                let id = try DecisionID(claiming.json["decision_id"]?.string ?? "")
                let kept = try house.gate.history(of: id).decision.claims?.members
                #expect(kept.map { Set($0.names) } == claimed.object.map { Set($0.names) })
                #expect(try await clients.get("/api/decisions/\(id.text)").json["claimed"] != nil)
            }
        }
    }

    @Test(arguments: [
        (#""vrs":NaN"#, 400), (#""vrs":[0]"#, 422), (#""role":{}"#, 422), (#""vrs":0.1,"vrs":0.9"#, 400),
        (#""vrs":123456789012345678901234567890"#, 422), (#""approved":true"#, 400),
    ])
    func `a body that readers would read differently is refused`(claim: String, status: Int) async throws {
        try await SeedHouse.serving { house, clients in
            let answer = try await clients.post("/api/evaluate", #"{"agent_id":"alice","action":"read_db",\#(claim)}"#)
            #expect(answer.status == status && answer.code != nil, "\(answer)")
            #expect(try house.gate.decisions(RecordQuery()).isEmpty)
        }
    }

    @Test func `an agent's key asks for itself, and neither approves, activates nor reads of others`() async throws {
        try await SeedHouse.serving { house, clients in
            let own = try await clients.post("/api/evaluate", #"{"action":"read_db"}"#, by: .agent)
            #expect(own.json["agent_name"] == "alice" && own.json["outcome"] == "ALLOW", "\(own)")
            let ids = [house.alice.document.agentID.text, house.alice.document.did.text, "alice"]
            for id in ids {
                let body = #"{"agent_id":"\#(id)","action":"read_db"}"#
                #expect(try await clients.post("/api/evaluate", body, by: .agent).status == 200, "\(id)")
            }
            let foreign = #"{"agent_id":"bob","action":"read_db"}"#
            for target in ["/api/evaluate", "/api/policy/simulate"] {
                #expect(try await clients.post(target, foreign, by: .agent).code == "gate.foreign_agent")
            }
            #expect(try house.refusals("gate.foreign_agent") == 2)
            let bobs = try await clients.post("/api/evaluate", foreign)
            let id = try #require(bobs.json["decision_id"]?.string)
            #expect(try await clients.get("/api/decisions/\(id)", by: .agent).code == "gate.foreign_agent")
            #expect(try await clients.get("/api/decisions?agent_id=bob", by: .agent).code == "gate.foreign_agent")
            let seen = try await clients.get("/api/decisions", by: .agent).json["decisions"]?.array ?? []
            #expect(seen.count == 4 && seen.allSatisfy { $0["agent_name"] == "alice" })
            let question = try await clients.pay()
            let signed = #"{"approval":\#(try house.answer(.approve, on: question))}"#
            for (target, body) in [
                ("/api/decisions/\(question.text)/approve", signed), ("/api/decisions/\(question.text)/reject", signed),
                ("/api/policy", #"{"yaml":"name: x"}"#),
            ] {
                #expect(try await clients.post(target, body, by: .agent).code == "api.role_missing", "\(target)")
            }
            for target in ["/api/status", "/api/agents", "/api/principals", "/api/audit", "/api/principals/Dr%20Dupont"] {
                #expect(try await clients.get(target, by: .agent).code == "api.role_missing", "\(target)")
            }
        }
    }

    @Test func `a token alone approves nothing, a signature once and only what it names`() async throws {
        try await SeedHouse.serving { house, clients in
            let question = try await clients.pay()
            let path = "/api/decisions/\(question.text)"
            #expect(try await clients.get(path).json["state"] == "PENDING")
            for role in [Role.operator, .approver] {
                let seed = #"{"principal_name":"Dr Dupont","token_id":"0","justification":"ok"}"#
                for body in ["{}", seed, #"{"approval":null}"#] {
                    let answer = try await clients.post(path + "/approve", body, by: role)
                    #expect(answer.status == 403 && answer.code == "gate.approval_unsigned", "\(answer)")
                }
            }
            #expect(try house.refusals("gate.approval_unsigned") == 6)
            let yes = #"{"principal_name":"anybody","approval":\#(try house.answer(.approve, on: question))}"#
            let other = try await clients.pay(6)
            for target in [path + "/reject", "/api/decisions/\(other.text)/approve"] {
                #expect(try await clients.post(target, yes).code == "gate.approval_mismatch", "\(target)")
            }
            let damaged = yes.replacing("checked", with: "forged!")
            #expect(try await clients.post(path + "/approve", damaged).status == 422)
            #expect(try await clients.get(path).json["state"] == "PENDING")
            let approved = try await clients.post(path + "/approve", yes, by: .approver)
            #expect(approved.status == 200 && approved.json["state"] == "APPROVED", "\(approved)")
            #expect(approved.json["approved_by"] == "Dr Dupont" && approved.json["outcome"] == "REQUIRE_HUMAN")
            #expect(try await clients.post(path + "/approve", yes).code == "gate.not_pending")
            let no = #"{"approval":\#(try house.answer(.reject, on: other))}"#
            let rejected = try await clients.post("/api/decisions/\(other.text)/reject", no)
            #expect(rejected.json["state"] == "REJECTED" && rejected.json["rejected_by"] == "Dr Dupont", "\(rejected)")
        }
    }

    @Test func `what nobody answers in time is blocked`() async throws {
        try await SeedHouse.serving { house, clients in
            let question = try await clients.pay()
            house.home.clock.turn(by: 3600)
            let json = try await clients.get("/api/decisions/\(question.text)").json
            #expect(json["state"] == "TIMED_OUT" && json["outcome"] == "BLOCK" && json["blocked"] == true, "\(json)")
        }
    }

    @Test func `trying stores nothing, also with another policy`() async throws {
        try await SeedHouse.serving { house, clients in
            let before = try house.home.store.frontier().size
            let plain = try await clients.post("/api/policy/simulate", #"{"agent_id":"alice","action":"shell"}"#)
            #expect(plain.json["outcome"] == "BLOCK" && plain.json["simulated"] == true, "\(plain)")
            #expect(plain.json["decision_id"] == nil && plain.json["triggered_rules"]?.array != nil)
            let open =
                #"{"agent_id":"alice","action":"shell","yaml":"language: chancery/policy/v2\nrules:\n  - {id: all, effect: allow, when: {action: \"*\"}}\n"}"#
            let tried = try await clients.post("/api/policy/simulate", open)
            #expect(tried.json["outcome"] == "ALLOW" && tried.json["findings"]?.array?.isEmpty == false, "\(tried)")
            let broken = try await clients.post(
                "/api/policy/simulate", #"{"agent_id":"alice","action":"shell","yaml":"rules: ["}"#)
            #expect(broken.status == 422 && broken.code?.hasPrefix("policy.") == true, "\(broken)")
            #expect(try house.home.store.frontier().size == before)
            #expect(try house.gate.activePolicy()?.name == "house")
        }
    }

    @Test func `a policy that does not load changes nothing, and one that does leaves the old on record`() async throws {
        try await SeedHouse.serving { house, clients in
            let broken = try await clients.post("/api/policy", #"{"yaml":"nmae: x"}"#)
            #expect(broken.status == 422 && broken.code?.hasPrefix("policy.") == true, "\(broken)")
            #expect(try house.gate.activePolicy()?.name == "house")
            #expect(try await clients.post("/api/policy", #"{"yaml":"name: x"}"#, by: .auditor).code == "api.role_missing")
            let taken = try await clients.post("/api/policy", #"{"yaml":"name: closed\nversion: '2'\n","comment":"why"}"#)
            #expect(taken.status == 201 && taken.json["version_id"] == "closed@2" && taken.json["ok"] == true, "\(taken)")
            #expect(try await clients.post("/api/evaluate", Self.evaluate).json["outcome"] == "BLOCK")
            let activations = try house.gate.activations()
            #expect(activations.map(\.name) == ["closed", "house"] && activations[0].previous == activations[1].hash)
            #expect(activations[1].text == SeedHouse.policy)
        }
    }

    @Test func `a pushed state is written down and ignored`() async throws {
        try await SeedHouse.serving { house, clients in
            let before = try house.vigil.assessment(of: house.alice.document.did)
            for body in [#"{"agent_id":"alice","vrs":0.99,"tsi_state":"CRITICAL"}"#, #"{"agent_id":"../../etc","vrs":"NaN"}"#] {
                let answer = try await clients.post("/api/vigil/agent-state", body)
                #expect(answer.status == 202 && answer.json["ignored"] == true, "\(answer)")
            }
            #expect(try house.refusals("gate.claim_ignored") == 2)
            #expect(try house.vigil.assessment(of: house.alice.document.did) == before)
            #expect(try await clients.post("/api/evaluate", Self.evaluate).json["outcome"] == "ALLOW")
            #expect(try await clients.post("/api/vigil/agent-state", "[]").status == 400)
            // A long name must not keep the journal from being read.
            let long = String(repeating: "é", count: 4000)
            #expect(try await clients.post("/api/vigil/agent-state", #"{"agent_id":"\#(long)"}"#).status == 202)
            let again = ActionGate(
                identity: try house.home.keeper.open(IdentityName("gate"), .unencrypted), store: house.home.store,
                registry: house.home.registry, authority: nil, risk: house.vigil,
                approvers: ApproverRegistry(
                    store: house.home.store, registry: house.home.registry, now: house.home.clock.now),
                now: house.home.clock.now)
            #expect(try again.activePolicy()?.name == "house")
        }
    }

    @Test func `without a policy everything is denied, and unknown agents always`() async throws {
        try await SeedHouse.serving(policy: nil) { house, clients in
            #expect(try await clients.get("/api/policy").code == "node.not_found")
            let denied = try await clients.post("/api/evaluate", Self.evaluate)
            #expect(denied.json["outcome"] == "BLOCK" && denied.json["policy_version"] == .null, "\(denied)")
            let nobody = try await clients.post("/api/evaluate", #"{"agent_id":"nobody","action":"read_db"}"#)
            #expect(nobody.status == 404 && nobody.code == "gate.agent_unknown", "\(nobody)")
            #expect(try house.refusals("gate.agent_unknown") == 1)
        }
    }

    @Test func `what the seed should not have had is absent`() async throws {
        try await SeedHouse.serving { house, clients in
            for target in [
                "/console", "/", "/api/reset", "/api/tier", "/api/audit/export", "/api/demo/start", "/api/certify",
                "/api/credits",
                "/api/debug", "/dashboard", "/api/features", "/api/agent/create", "/api/principals/x/authenticate",
                "/api/agent/alice/delete", "/api/agent/alice/export/pdf", "/api/agent/alice/export/pqz-cert",
            ] {
                let answer = try await clients.post(target, "{}")
                #expect([404, 405].contains(answer.status), "\(target): \(answer)")
                if target != "/api/agent/create" { #expect(try await clients.get(target).status == 404, "\(target)") }
            }
            #expect(try await clients.post("/api/principals", "{}").status == 405)
            let options = try await clients.server.get("/api/status", method: "OPTIONS")
            #expect(options.status == 405 && options.headers["access-control-allow-origin"] == nil)
        }
    }

    @Test func `names that climb are names of nobody`() async throws {
        try await SeedHouse.serving { house, clients in
            for name in ["..", "%2e%2e%2f", "..%2f..%2fetc%2fpasswd", "%2e%2e", "."] {
                for path in [
                    "/api/principals/\(name)", "/api/decisions/\(name)", "/api/agent/\(name)", "/api/agent/\(name)/identity",
                    "/api/agent/\(name)/alerts",
                ] {
                    let answer = try await clients.get(path)
                    #expect(answer.status == 404, "\(path): \(answer)")
                }
                for path in [
                    "/api/agent/\(name)/record", "/api/decisions/\(name)/approve", "/api/decisions/\(name)/reject",
                ] {
                    #expect(try await clients.post(path, "{}").status == 404, "\(path)")
                }
            }
            #expect(try await clients.get("/api/agent/../../v1/agents").status == 404)
        }
    }

    /// Each way of asking wrongly meets each route, and only documented statuses come back.
    @Test func `whatever is asked, a route answers with what its document says`() async throws {
        try await SeedHouse.serving { house, clients in
            for route in house.routes.map(\.document) {
                let method = route.method.rawValue
                for (query, body) in [("", ""), ("", "{}"), ("", "[1"), ("?unknown=1", ""), ("?limit=x", "")] {
                    let type = body.isEmpty ? [] : ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
                    let answer = try await clients.server.get(
                        route.seedPath + query, method: method, headers: type, body: body)
                    #expect(route.statuses.contains(answer.status), "\(route.id) \(query) \(body): \(answer)")
                    #expect(answer.status == route.success || answer.code != nil, "\(route.id): \(answer)")
                }
            }
        }
    }
}

extension RouteDocument {
    /// Its path with parameters that are well formed and name nothing.
    var seedPath: String {
        path.text.replacing("{id}", with: String(repeating: "0", count: 128)).replacing("{name}", with: "nobody")
    }
}

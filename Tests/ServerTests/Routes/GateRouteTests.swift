import ChanceryAPI
import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChanceryWire
import TestKit
import Testing

/// The gate over HTTP: who asks is who signed, and what is refused on the way is on record like what the gate refuses.
struct GateRouteTests {
    private static let reading = #"{"action":"read_db","payload":{}}"#
    private static let unknown = String(repeating: "0", count: 128)

    private func serving(_ body: @escaping @Sendable (SeedHouse, SeedClients) async throws -> Void) async throws {
        let house = try await SeedHouse()
        try await TestServer.run(house.home, adding: RouteTable.gate(house.service)) { server in
            try await body(house, SeedClients(server))
        }
    }

    @Test func `an agent asks for itself, uses its permission once and tells what came of it once`() async throws {
        try await serving { house, clients in
            let decided = try await clients.post("/v1/gate/decisions", Self.reading, by: .agent)
            #expect(decided.status == 200 && decided.json["allowed"] == true, "\(decided)")
            #expect(decided.json["agent"] == .string(house.alice.document.did.text))
            let path = "/v1/gate/decisions/\(decided.json["decision"]?.string ?? "")"
            let done = #"{"status":"done"}"#
            #expect(try await clients.post(path + "/outcome", done, by: .agent).code == "gate.decision_unknown")
            let used = try await clients.post(path + "/redeem", Self.reading, by: .agent)
            #expect(used.status == 200 && used.json["redeemed"] == true, "\(used)")
            #expect(try await clients.post(path + "/redeem", Self.reading, by: .agent).code == "gate.already_redeemed")
            #expect(try await clients.post(path + "/outcome", done, by: .agent).status == 200)
            #expect(try await clients.post(path + "/outcome", done, by: .agent).code == "gate.outcome_known")
            for code in ["gate.decision_unknown", "gate.already_redeemed", "gate.outcome_known"] {
                #expect(try house.refusals(code) == 1, "\(code)")
            }
            let shown = try await clients.get(path, by: .agent)
            #expect(shown.json["standing"]?["state"] == "redeemed" && shown.json["following"]?.array?.count == 5, "\(shown)")
        }
    }

    @Test(
        arguments: [
            ("", #"{"action":"read_db","agent":"bob","payload":{}}"#, "gate.foreign_agent"),
            ("", #"{"action":"a\nb","payload":{}}"#, "gate.action_malformed"), ("", #"{"action":"read_db"}"#, nil),
            ("", "[1", nil),
            ("", #"{"action":"read_db","payload":{},"role":"admin"}"#, nil),
            ("/\(unknown)/redeem", #"{"action":"read_db","agent":"bob","payload":{}}"#, "gate.foreign_agent"),
            ("/\(unknown)/redeem", #"{"action":"read_db","dry_run":true,"payload":{}}"#, "api.invalid_parameter"),
            ("/\(unknown)/redeem", "{}", nil), ("/\(unknown)/redeem", reading, "gate.decision_unknown"),
            ("/\(unknown)/outcome", #"{"agent":"bob","status":"done"}"#, "gate.foreign_agent"),
            ("/\(unknown)/outcome", #"{"status":"maybe"}"#, "api.invalid_parameter"), ("/\(unknown)/outcome", "{}", nil),
        ] as [(String, String, String?)])
    func `what is refused is on record once, with who asked`(target: String, body: String, expected: String?) async throws {
        try await serving { house, clients in
            let answer = try await clients.post("/v1/gate/decisions" + target, body, by: .agent)
            let code = try #require(answer.code, "\(answer)")
            #expect((400..<500).contains(answer.status) && (expected == nil || code == expected), "\(answer)")
            let kept = try house.home.store.records(RecordQuery(eventType: "gate_refusal", limit: 1000))
            #expect(kept.count == 1, "\(code)")
            #expect(try house.refusals(code) == 1, "\(code)")
            #expect(try house.gate.decisions(RecordQuery()).isEmpty)
            // The journal is read again.
            #expect(try house.gate.activePolicy()?.name == "house")
        }
    }

    @Test func `a rehearsal stores nothing and allows nothing`() async throws {
        try await serving { house, clients in
            let size = try house.home.store.frontier().size
            let tried = try await clients.post(
                "/v1/gate/decisions", #"{"action":"read_db","dry_run":true,"payload":{}}"#, by: .agent)
            #expect(tried.json["effect"] == "ALLOW" && tried.json["allowed"] == false, "\(tried)")
            #expect(tried.json["decision"] == nil)
            #expect(try house.home.store.frontier().size == size)
        }
    }
}

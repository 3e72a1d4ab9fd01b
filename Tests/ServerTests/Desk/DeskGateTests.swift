import ChanceryAPI
import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChanceryWire
import TestKit
import Testing

/// Decisions whose permission is used at once, and outcomes that come with what was stamped.
struct DeskGateTests {
    private static let reading = #"{"action":"read_db","payload":{},"redeem":true}"#

    @Test func `a permission that is used at once is used once`() async throws {
        let house = try await DeskHouse()
        try await house.onSocket { (client: SocketClient) async throws in
            let decided = try await client.post("/v1/gate/decisions?agent=alice", Self.reading)
            #expect(decided.json["allowed"] == true && decided.json["redeemed"] == true, "\(decided)")
            let path = "/v1/gate/decisions/\(decided.json["decision"]?.string ?? "")"
            let again = try await client.post(path + "/redeem?agent=alice", #"{"action":"read_db","payload":{}}"#)
            #expect(again.code == "gate.already_redeemed", "\(again)")
            #expect(try await client.post(path + "/outcome?agent=alice", #"{"status":"done"}"#).status == 200)
            #expect(try await client.post("/v1/gate/decisions", Self.reading).code == "api.invalid_parameter")
            let two = try await client.post(
                "/v1/gate/decisions?agent=alice", #"{"action":"read_db","agent":"bob","payload":{}}"#)
            #expect(two.code == "api.invalid_parameter")
        }
    }

    @Test(arguments: [("pay", "REQUIRE_HUMAN"), ("drop_db", "BLOCK")])
    func `what is not allowed is not used, whatever the caller asked`(action: String, effect: String) async throws {
        let house = try await DeskHouse()
        try await house.onSocket { (client: SocketClient) async throws in
            let body = #"{"action":"\#(action)","payload":{},"redeem":true}"#
            let decided = try await client.post("/v1/gate/decisions?agent=alice", body)
            #expect(decided.json["effect"] == .string(effect) && decided.json["redeemed"] == false, "\(decided)")
            #expect(decided.json["allowed"] == false)
            let path = "/v1/gate/decisions/\(decided.json["decision"]?.string ?? "")"
            #expect(try await client.post(path + "/outcome?agent=alice", #"{"status":"done"}"#).code == "gate.decision_unknown")
            let dry = try await client.post(
                "/v1/gate/decisions?agent=alice", #"{"action":"read_db","dry_run":true,"payload":{},"redeem":true}"#)
            #expect(dry.code == "api.invalid_parameter", "\(dry)")
        }
    }

    @Test func `outcomes that come with events are on record soon, those of others are refused on record`() async throws {
        let house = try await DeskHouse()
        try await house.onSocket { (client: SocketClient) async throws in
            let own = try await client.post("/v1/gate/decisions?agent=alice", Self.reading)
            let bobs = try await client.post("/v1/gate/decisions?agent=bob", Self.reading)
            let ids = [own, bobs].map { $0.json["decision"]?.string ?? "" }
            let body = """
                {"events":[{"event_type":"read"}],"outcomes":[{"decision":"\(ids[0])","status":"done"},\
                {"decision":"\(ids[1])","status":"failed"}]}
                """
            #expect(try await client.post("/v1/agents/alice/events", body).status == 201)
            for _ in 0..<500 {
                let isKnown = try house.seed.gate.history(of: DecisionID(ids[0])).hasOutcome
                if try isKnown && house.seed.refusals("gate.foreign_decision") == 1 { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(try house.seed.gate.history(of: DecisionID(ids[0])).hasOutcome)
            #expect(try !house.seed.gate.history(of: DecisionID(ids[1])).hasOutcome)
            #expect(try house.seed.refusals("gate.foreign_decision") == 1)
        }
    }

    @Test func `outcomes that were taken are on record when the server has stopped`() async throws {
        let house = try await DeskHouse()
        let ids = Collected()
        try await house.onSocket { (client: SocketClient) async throws in
            for _ in 0..<20 {
                let decided = try await client.post("/v1/gate/decisions?agent=alice", Self.reading)
                let id = decided.json["decision"]?.string ?? ""
                let body = #"{"events":[{"event_type":"read"}],"outcomes":[{"decision":"\#(id)","status":"done"}]}"#
                #expect(try await client.post("/v1/agents/alice/events", body).status == 201)
                ids.add(id)
            }
        }
        #expect(ids.all.count == 20)
        for id in ids.all { #expect(try house.seed.gate.history(of: DecisionID(id)).hasOutcome) }
    }
}

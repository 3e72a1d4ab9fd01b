import ChanceryAPI
import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryVigil
import ChanceryWire
import TestKit
import Testing

/// The seed's Vigil, with real authentication and real events.
struct VigilCompatTests {
    /// Events that alice signed elsewhere, each after the one before.
    private static func events(_ count: Int, of identity: OpenIdentity, after previous: String? = nil, from first: Int = 0)
        throws
        -> [StampedEvent]
    {
        let stamper = try EventStamper(identity.keys.aiss, agentID: identity.document.agentID)
        return try stamper.stamp(
            samplePayloads(count, from: first), profile: .aiss21, timestamp: SampleKeys.time(100).seconds,
            nonces: (0..<count).map { "nonce-\(first + $0)" }, previousHash: previous ?? stamper.genesisHash(.aiss21))
    }

    private static func text(_ event: StampedEvent) -> String { String(decoding: event.bytes, as: UTF8.self) }

    @Test func `every endpoint answers in the seed's words`() async throws {
        try await SeedHouse.serving { house, clients in
            let cases: [(String, [String])] = [
                ("/api/summary", ["agents", "global_vrs", "active_alerts", "timestamp"]),
                ("/api/summary?agents=alice,bob", ["agents"]), ("/api/alerts", ["alerts", "count"]),
                ("/api/alerts?agent=alice&severity=CRITICAL&limit=1", ["alerts"]),
                ("/api/agent/alice", ["name", "vrs", "alerts", "computed_at"]), ("/api/agent/alice?days=7", ["vrs"]),
                ("/api/agent/alice/identity", ["identity", "agent"]), ("/api/agent/alice/alerts", ["alerts"]),
            ]
            for (target, names) in cases {
                let answer = try await clients.get(target)
                #expect(answer.status == 200, "\(target): \(answer)")
                for name in names { #expect(answer.json[name] != nil, "\(target) lacks \(name): \(answer)") }
            }
            let alice = try await clients.get("/api/summary?agents=alice").json["agents"]?.array
            #expect(alice?.count == 1 && alice?.first?["agent_name"] == "alice")
            #expect(try await clients.get("/api/summary?agents=alice,nobody").code == "node.not_found")
            #expect(try await clients.get("/api/alerts?agent=nobody").code == "node.not_found")
            #expect(try await clients.get("/api/alerts?severity=LOW").code == "api.invalid_parameter")
        }
    }

    @Test func `an agent's key hears of itself alone`() async throws {
        try await SeedHouse.serving { house, clients in
            for target in ["/api/agent/alice", "/api/agent/alice/identity", "/api/agent/alice/alerts"] {
                let own = try await clients.get(target, by: .agent)
                #expect(own.status == 200, "\(target): \(own)")
                let other = target.replacing("alice", with: "bob")
                #expect(try await clients.get(other, by: .agent).code == "gate.foreign_agent", "\(other)")
                #expect(try await clients.get(other, by: .auditor).status == 200, "\(other)")
            }
            for target in ["/api/summary", "/api/alerts"] {
                #expect(try await clients.get(target, by: .agent).code == "api.role_missing", "\(target)")
            }
            #expect(try await clients.post("/api/agent/bob/record", "{}", by: .agent).code == "gate.foreign_agent")
        }
    }

    @Test func `a signed event is the next of the chain, or known, or refused`() async throws {
        try await SeedHouse.serving { house, clients in
            let events = try Self.events(3, of: house.alice)
            let path = "/api/agent/alice/record"
            #expect(try await clients.post(path, Self.text(events[1]), by: .agent).status == 422, "a chain begins at its start")
            for event in events {
                let answer = try await clients.post(path, Self.text(event), by: .agent)
                #expect(answer.status == 201 && answer.json["known"] == false, "\(answer)")
            }
            let again = try await clients.post(path, Self.text(events[1]))
            #expect(again.status == 201 && again.json["known"] == true, "\(again)")
            let agentID = house.alice.document.agentID.text
            #expect(try house.home.store.chain(agentID)?.count == 3)
            #expect(try house.home.store.chain(agentID)?.head == events[2].event.hash)
            #expect(try house.vigil.assessment(of: house.alice.document.did).events >= 3)
            #expect(try house.home.audit().failures == [])

            let next = try Self.events(1, of: house.alice, after: events[2].event.hash, from: 3)[0]
            let tampered = Self.text(next).replacing("\"value\":3", with: "\"value\":4")
            let replayed = try Self.events(1, of: house.alice, after: events[2].event.hash, from: 1)[0]
            let foreign = try Self.events(1, of: house.bob)[0]
            for (body, code) in [
                (tampered, "ledger.event_signature_invalid"), (Self.text(replayed), "ledger.nonce_replayed"),
                (Self.text(foreign), "ledger.foreign_agent"), ("{}", "ledger.event_malformed"),
                ("[]", "ledger.event_malformed"),
                (#"{"event_type":"step","vrs":0.1}"#, "ledger.event_malformed"), ("{", "ledger.event_malformed"),
            ] {
                let answer = try await clients.post(path, body)
                #expect(answer.status == 422 && answer.code == code, "\(body.prefix(60)): \(answer)")
            }
            #expect(try house.home.store.chain(agentID)?.count == 3)
            #expect(try await clients.post(path, Self.text(next)).status == 201)
        }
    }

    @Test func `who signs another history is charged with it at once`() async throws {
        try await SeedHouse.serving { house, clients in
            let events = try Self.events(3, of: house.alice)
            for event in events { #expect(try await clients.post("/api/agent/alice/record", Self.text(event)).status == 201) }
            let fork = try Self.events(1, of: house.alice, after: events[0].event.hash, from: 7)[0]
            let answer = try await clients.post("/api/agent/alice/record", Self.text(fork))
            #expect(answer.status == 422 && answer.code == "ledger.fork_detected", "\(answer)")
            let shown = try await clients.get("/api/agent/alice").json
            #expect(shown["vrs"]?["state"] == "CRITICAL" && shown["alerts"]?.array?.isEmpty == false, "\(shown)")
            #expect(try await clients.get("/api/agent/bob").json["vrs"]?["state"] != "CRITICAL")
            let critical = try await clients.get("/api/alerts?severity=CRITICAL").json["alerts"]?.array ?? []
            #expect(!critical.isEmpty && critical.allSatisfy { $0["agent"] == "alice" && $0["severity"] == "CRITICAL" })
        }
    }

    @Test func `a chain in batches takes no single events`() async throws {
        try await SeedHouse.serving { house, clients in
            _ = try house.home.ledger.stamp(samplePayloads(2), as: house.alice, profile: .batch)
            let event = try Self.events(1, of: house.alice)[0]
            let answer = try await clients.post("/api/agent/alice/record", Self.text(event))
            #expect(answer.code == "node.profile_fixed", "\(answer)")
        }
    }
}

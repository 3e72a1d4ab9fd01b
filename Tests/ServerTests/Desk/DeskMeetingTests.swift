import ChanceryAPI
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Foundation
import TestKit
import Testing

/// Agents that are made, meet and are told about over the socket of the home.
struct DeskMeetingTests {
    @Test func `an agent is made once, and acts at once`() async throws {
        let house = try await DeskHouse()
        try await house.onSocket { (client: SocketClient) async throws in
            let made = try await client.post("/v1/agents", #"{"name":"carol","profile":"batch","role":"clerk"}"#)
            #expect(made.status == 201 && made.json["role"] == "clerk", "\(made)")
            let again = try await client.post("/v1/agents", #"{"name":"carol","role":"clerk"}"#)
            #expect(again.json == made.json)
            #expect(try await client.post("/v1/agents/carol/events", #"{"events":[{"event_type":"x"}]}"#).status == 201)
            let chain = try await client.get("/v1/agents/carol/chain")
            #expect(chain.json["chain"]?["profile"] == .string(BatchEvent.version), "\(chain)")
            for (name, code) in [
                ("../eve", "node.invalid_name"), ("a/b", "node.invalid_name"), ("gate", "node.rejected"),
                ("vault", "node.rejected"), ("", "node.invalid_name"),
            ] {
                let refused = try await client.post("/v1/agents", #"{"name":"\#(name)","role":"clerk"}"#)
                #expect(refused.code == code, "\(name): \(refused)")
            }
            let other = try await client.post("/v1/agents", #"{"name":"carol","role":"chief"}"#)
            #expect(other.json["role"] == "chief" && other.json["did"] == made.json["did"])
        }
        #expect(try house.home.keeper.names() == ["alice", "bob", "carol", "gate"])
    }

    @Test func `a session runs, ends, and its file is what a stranger verifies`() async throws {
        let house = try await DeskHouse()
        try await house.onSocket { (client: SocketClient) async throws in
            let started = try await client.post(
                "/v1/agent-sessions", #"{"agents":[{"name":"alice","role":"planner"},{"name":"bob"}]}"#)
            #expect(started.status == 201 && started.json["state"]?["phase"] == "open", "\(started)")
            let session = try #require(started.json["session"]?.string)
            let path = "/v1/agent-sessions/\(session)"
            let step = try await client.post(
                path + "/events", #"{"agent":"alice","payload":{"event_type":"asked","q":"why"},"peer":"bob"}"#)
            #expect(step.status == 201 && step.json["event_type"] == "asked", "\(step)")
            #expect(try await client.get(path + "/export").code == "ledger.session_phase")
            let foreign = try await client.post(path + "/events", #"{"agent":"carol","event_type":"x","payload":{}}"#)
            #expect(foreign.code == "node.not_found")
            let ended = try await client.post(path + "/end", #"{"agent":"bob"}"#)
            #expect(ended.json["state"]?["phase"] == "sealed" && ended.json["state"]?["ended_by"] == "bob", "\(ended)")
            let exported = try await client.get(path + "/export")
            #expect(exported.status == 200)
            let parties = try [house.seed.alice, house.seed.bob].map { try RecordParty($0.document) }
            _ = try Session.verify(exported.body, registry: RecordRegistry(parties))
        }
        #expect(try house.home.audit().failures == [])
    }

    @Test func `an agent puts its own steps on record, and has nobody else sign`() async throws {
        let house = try await DeskHouse()
        let members = [AgentDesk.Member("alice", role: nil), AgentDesk.Member("bob", role: nil)]
        let session = try house.desk.startSession(members, lifetime: 3600).start.session
        try await house.onSocket(as: "alice") { (client: SocketClient) async throws in
            let path = "/v1/agent-sessions/\(session)/events"
            #expect(try await client.post(path, #"{"agent":"alice","event_type":"x","payload":{"a":1}}"#).status == 201)
            let forged = try await client.post(path, #"{"agent":"bob","event_type":"x","payload":{}}"#)
            #expect(forged.code == "node.foreign_agent")
            let both = try await client.post(path, #"{"agent":"alice","event_type":"x","payload":{},"peer":"bob"}"#)
            #expect(both.code == "node.owner_only")
            #expect(try await client.post("/v1/agent-sessions/\(session)/end", #"{"agent":"alice"}"#).code == "node.owner_only")
            #expect(try await client.get("/v1/agent-sessions/\(session)/export?unsealed=true").status == 200)
        }
        #expect(try house.desk.session(session).steps.count == 1)
    }

    @Test func `two agents of the home shake hands, and both chains say so`() async throws {
        let house = try await DeskHouse()
        try await house.onSocket { (client: SocketClient) async throws in
            let shaken = try await client.post(
                "/v1/agents/alice/handshakes", #"{"capabilities":["search"],"peer":"bob"}"#)
            #expect(shaken.status == 201 && shaken.json["capabilities"] == ["search"], "\(shaken)")
            let id = try #require(shaken.json["handshake"]?.string)
            for agent in ["alice", "bob"] {
                let chain = try await client.get("/v1/agents/\(agent)/chain")
                let events = chain.json["events"]?.array ?? []
                #expect(events.contains { $0["payload"]?["interaction_hash"]?.string == id }, "\(agent): \(chain)")
            }
            let alone = try await client.post("/v1/agents/alice/handshakes", #"{"peer":"alice"}"#)
            #expect(alone.code == "ledger.handshake_with_self", "\(alone)")
        }
    }
}

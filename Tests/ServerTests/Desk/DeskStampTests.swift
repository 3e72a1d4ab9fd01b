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

/// The server signs for an agent that asks for itself, and for whoever has the home; for nobody else.
struct DeskStampTests {
    private static let one = #"{"events":[{"event_type":"step","n":1}]}"#

    private struct Numbered: Sendable {
        let number: Int
        let answer: SocketClient.Answer
    }

    private static func events(_ range: Range<Int>, profile: String? = nil) -> String {
        let events = range.map { #"{"event_type":"step","n":\#($0)}"# }.joined(separator: ",")
        return #"{"events":[\#(events)]\#(profile.map { #","profile":"\#($0)""# } ?? "")}"#
    }

    @Test func `a key has the chain of its own agent stamped, and that of no other`() async throws {
        let house = try await DeskHouse()
        try await house.serving { clients in
            let stamped = try await clients.post("/v1/agents/alice/events", Self.events(0..<3), by: .agent)
            #expect(stamped.status == 201, "\(stamped)")
            let receipts = try #require(stamped.json["receipts"]?.array)
            #expect(receipts.map { $0["sequence"] } == [0, 1, 2])
            let did = house.seed.alice.document.did.text
            #expect(try await clients.post("/v1/agents/\(did)/events", Self.one, by: .agent).status == 201)
            for name in ["bob", house.seed.bob.document.did.text, "nobody", "..%2Falice", "alice%2F..%2Fbob", "alice%00"] {
                let answer = try await clients.post("/v1/agents/\(name)/events", Self.one, by: .agent)
                #expect(answer.code == "node.foreign_agent" || answer.code == "api.invalid_parameter", "\(name): \(answer)")
            }
            #expect(try await clients.post("/v1/agents/bob/events", Self.one, by: .operator).code == "node.owner_only")
            #expect(try await clients.post("/v1/agents/bob/events", Self.one, by: .auditor).code == "api.role_missing")
            #expect(try house.home.store.chain(house.seed.bob.document.agentID.text) == nil)
            #expect(try house.home.store.chain(house.seed.alice.document.agentID.text)?.count == 4)
            #expect(try house.refusals().count { $0 == "node.foreign_agent" } == 5)
            #expect(try house.refusals().contains("node.owner_only"))
        }
    }

    @Test func `on the socket whoever has the home stamps for any agent, and a user who is an agent for that one`() async throws
    {
        let house = try await DeskHouse()
        try await house.onSocket { (client: SocketClient) async throws in
            for name in ["alice", "bob"] {
                #expect(try await client.post("/v1/agents/\(name)/events", Self.one).status == 201)
            }
            #expect(try await client.post("/v1/agents/nobody/events", Self.one).code == "node.not_found")
            #expect(try await client.post("/v1/agents/gate/events", Self.one).code == "node.not_found")
        }
        try await house.onSocket(as: "alice") { (client: SocketClient) async throws in
            #expect(try await client.post("/v1/agents/alice/events", Self.one).status == 201)
            #expect(try await client.post("/v1/agents/bob/events", Self.one).code == "node.foreign_agent")
            #expect(try await client.post("/v1/agents", #"{"name":"eve","role":"spy"}"#).code == "node.owner_only")
            let meeting = #"{"agents":[{"name":"alice"},{"name":"bob"}]}"#
            #expect(try await client.post("/v1/agent-sessions", meeting).code == "node.owner_only")
            #expect(
                try await client.post("/v1/agents/alice/handshakes", #"{"peer":"bob"}"#).code == "node.owner_only")
            #expect(try await client.get("/v1/agents/bob/chain").code == "node.foreign_agent")
            #expect(try await client.get("/v1/agents/alice/chain").status == 200)
        }
        #expect(try house.home.store.chain(house.seed.bob.document.agentID.text)?.count == 1)
        #expect(!(try house.home.keeper.names().contains("eve")))
    }

    @Test func `what comes at once is stamped in few steps, each request whole and in order, and a bad one spoils no other`()
        async throws
    {
        let house = try await DeskHouse()
        try await house.onSocket { (client: SocketClient) async throws in
            let answers = try await withThrowingTaskGroup(of: Numbered.self) { group in
                for number in 0..<40 {
                    let agent = number % 2 == 0 ? "alice" : "bob"
                    let body =
                        switch number {
                        case 10: #"{"events":[{"event_type":"gate_decision"}]}"#
                        case 21: #"{"events":[{"n":1e308},{"n":12345678901234567890}]}"#
                        default: Self.events(number * 10..<number * 10 + 3)
                        }
                    group.addTask {
                        Numbered(number: number, answer: try await client.post("/v1/agents/\(agent)/events", body))
                    }
                }
                var answers: [Int: SocketClient.Answer] = [:]
                for try await found in group { answers[found.number] = found.answer }
                return answers
            }
            for (number, answer) in answers where number != 10 && number != 21 {
                let places = answer.json["receipts"]?.array?.compactMap { $0["sequence"]?.integer } ?? []
                #expect(answer.status == 201 && places == Array((places.first ?? 0)..<(places.first ?? 0) + 3), "\(answer)")
            }
            #expect(answers[10]?.code == "node.rejected")
            #expect((answers[21]?.status ?? 0) / 100 == 4, "\(answers[21]?.description ?? "")")
        }
        for agent in [house.seed.alice, house.seed.bob] {
            #expect(try house.home.store.chain(agent.document.agentID.text)?.count == 57)
        }
        #expect(try house.home.audit().failures == [])
    }

    @Test(arguments: ["aiss-2.1", "batch"])
    func `a chain is read in pages, as it was signed`(profile: String) async throws {
        let house = try await DeskHouse()
        try await house.onSocket { (client: SocketClient) async throws in
            var hashes: [JSONValue] = []
            for part in [0..<1, 1..<5, 5..<7] {
                let stamped = try await client.post("/v1/agents/alice/events", Self.events(part, profile: profile))
                hashes += stamped.json["receipts"]?.array?.compactMap { $0["hash"] } ?? []
                // Others stand between them in the log.
                _ = try await client.post("/v1/agents/bob/events", Self.one)
            }
            var (found, seals, after): ([JSONValue], Int, String) = ([], 0, "")
            for _ in 0..<3 {
                let page = try await client.get("/v1/agents/alice/chain?limit=3\(after)")
                found += page.json["events"]?.array ?? []
                seals += page.json["seals"]?.array?.count ?? 0
                guard let next = page.json["next"]?.integer else { break }
                after = "&after=\(next)"
            }
            #expect(found.map { $0["payload"]?["n"] } == (0..<7).map { .integer($0) })
            for (event, hash) in zip(found.dropFirst(), hashes) { #expect(event["previous_hash"] == hash) }
            let last = try CanonicalForm.jcs.encode(found[6])
            if profile == "batch" {
                #expect(try .string(BatchEvent(decoding: last).hash) == hashes[6] && seals >= 3)
            } else {
                #expect(try .string(Event(decoding: last).hash) == hashes[6] && seals == 0)
            }
            let other = profile == "batch" ? "aiss-2.1" : "batch"
            let refused = try await client.post("/v1/agents/alice/events", Self.events(0..<1, profile: other))
            #expect(refused.code == "node.profile_fixed", "\(refused)")
        }
    }

    @Test func `who is retired stamps nothing, and keys that were rotated or removed are used no more`() async throws {
        let house = try await DeskHouse()
        let (alice, home) = (house.seed.alice, house.home)
        try await house.onSocket { (client: SocketClient) async throws in
            func stamp(_ agent: String) async throws -> SocketClient.Answer {
                try await client.post("/v1/agents/\(agent)/events", Self.one)
            }
            #expect(try await stamp("alice").status == 201)
            let next = try home.ledger.rotate(alice, keeper: home.keeper, protection: .unencrypted)
            let continued = try await stamp("alice")
            #expect(continued.status == 201, "\(continued)")
            #expect(continued.json["receipts"]?.array?.first?["agent_id"] == .string(next.document.agentID.text))
            try home.keeper.removeKey(IdentityName("alice"))
            let missing = try await stamp("alice")
            #expect(missing.status == 503 && missing.code == "node.key_missing", "\(missing)")
            #expect(try await stamp("bob").status == 201)
            _ = try home.ledger.retire(house.seed.bob)
            #expect(try await stamp("bob").code == "node.retired")
        }
        #expect(try home.audit().failures == [])
    }

    @Test func `keys that do not open are not tried again at once`() async throws {
        let tries = Counter()
        let house = try await DeskHouse { _, _ in
            tries.count()
            throw LedgerError(.wrongPassphrase, "no")
        }
        try await house.onSocket { (client: SocketClient) async throws in
            for _ in 0..<3 {
                #expect(try await client.post("/v1/agents/alice/events", Self.one).code == "node.key_missing")
            }
            #expect(tries.value == 1)
            house.home.clock.turn(by: 6)
            #expect(try await client.post("/v1/agents/alice/events", Self.one).code == "node.key_missing")
            #expect(tries.value == 2)
        }
    }

    @Test(
        arguments: [
            (#"{"events":[]}"#, "api.invalid_parameter"), (#"{"events":[1]}"#, "wire.wrong_type"),
            (#"{"events":[{}],"profile":"none"}"#, "api.invalid_parameter"),
            (#"{"events":[{}],"more":1}"#, "wire.unknown_member"),
            (#"{"events":[{}],"outcomes":[{"decision":"00","status":"done"}]}"#, nil),
            (#"{"events":[\#(Array(repeating: "{}", count: 1001).joined(separator: ","))]}"#, "wire.too_long"), ("[", nil),
        ] as [(String, String?)])
    func `what is malformed stamps nothing`(body: String, code: String?) async throws {
        let house = try await DeskHouse()
        try await house.onSocket { (client: SocketClient) async throws in
            let answer = try await client.post("/v1/agents/alice/events", body)
            #expect(answer.status == 400 && (code == nil || answer.code == code), "\(answer)")
        }
        #expect(try house.home.store.chain(house.seed.alice.document.agentID.text) == nil)
    }
}

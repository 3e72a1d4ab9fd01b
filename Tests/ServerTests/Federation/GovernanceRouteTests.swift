import ChanceryGovernance
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChancerySuite
import ChanceryWire
import Foundation
import TestKit
import Testing

/// Governance over HTTP: what a client with a member's ballot key does through a node that has none.
struct GovernanceRouteTests {
    private let node: SampleNode

    /// A federation of one, whose node decides alone.
    init() throws { node = try SampleNode(weights: [1]) }

    private func serving(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run(SampleHome(), federation: node.service, body)
    }

    private func text(_ record: VerifiedRecord) -> String { String(decoding: record.bytes, as: UTF8.self) }

    private func grant(_ salt: UInt8 = 5) throws -> Proposal {
        try node.federation.proposal(
            .authorizeModel(
                manifest: [UInt8](repeating: 7, count: 32), scope: .everything, constraints: Constraints()),
            basis: .generation(0), salt: salt)
    }

    @Test func `a draft is signed, proposed, voted on, decided and verified by a stranger`() async throws {
        try await serving { [node] server in
            let manifest = String(repeating: "07", count: 32)
            let draft: JSONValue = [
                "description": "why", "kind": "authorize-model", "lifetime": 3600,
                "parameters": ["constraints": [:], "manifest": .string(manifest), "scope": "*"],
                "proposer": .string(node.federation.dids[0].text), "title": "a model",
            ]
            let answer = try await server.post(
                "/v1/governance/drafts", String(decoding: CanonicalForm.jcs.encode(draft), as: UTF8.self))
            try #require(answer.status == 200, "\(answer)")
            let body = try #require(answer.json["body"]?.object)
            let record = try VerifiedRecord.sign(body, type: Proposal.type, by: node.federation.keys[0].ballot)
            let id = Hex.encode(record.id)
            #expect(answer.json["id"]?.string == id && answer.json["fingerprint"]?.string?.split(separator: " ").count == 6)
            #expect(try await server.get("/v1/governance/proposals/\(id)").status == 404, "a draft is stored nowhere")

            let proposed = try await server.post("/v1/governance/proposals", text(record))
            #expect(proposed.status == 202 && proposed.json["id"]?.string == id, "\(proposed)")
            let open = try await server.get("/v1/governance/proposals/\(id)").json
            #expect(open["standing"] == "open" && open["fingerprint"] == answer.json["fingerprint"])

            let watch = Task { try await server.get("/v1/governance/proposals/\(id)/watch") }
            try await Task.sleep(for: .milliseconds(300))
            let ballot = try node.federation.ballot(.approve, on: record.id, by: 0)
            #expect(try await server.post("/v1/governance/ballots", text(ballot.record)).status == 202)
            #expect(try await server.post("/v1/governance/ballots", text(ballot.record)).status == 409, "it is decided")

            let seen = try await watch.value.text
            #expect(seen.contains("event: standing") && seen.contains("decided in slot 1"), "\(seen)")
            let decisions = try await server.get("/v1/governance/decisions").json
            #expect(decisions["decisions"]?.array?.first?["proposals"]?.array?.first?["id"]?.string == id)
            let authorized = try await server.get("/v1/governance/authorized?manifest=\(manifest)").json
            #expect(authorized["authorized"] == true && authorized["proposal"]?.string == id)

            let file = try await server.get("/v1/governance/decisions/1/file").text
            let federation = node.federation.genesis.federation.text
            let verdict = try await server.post("/v1/governance/decisions/verify?federation=\(federation)", file)
            #expect(verdict.status == 200 && verdict.json["slot"] == 1, "\(verdict)")
            let forged = file.replacing("\"approve\"", with: "\"abstain\"")
            #expect(try await server.post("/v1/governance/decisions/verify?federation=\(federation)", forged).status == 422)
            let operations = try await server.get("/v1/governance/operations").json["operations"]?.array ?? []
            #expect(
                operations.compactMap { $0["operation"]?.string }
                    == ["proposal_created", "vote_cast", "consensus_reached", "authorization_granted"])
        }
    }

    @Test func `a watcher who comes back goes on where it was`() async throws {
        let (proposal, ballot) = (try grant(), try node.federation.ballot(.approve, on: grant().id, by: 0))
        _ = try await node.node.submit(proposal.record.bytes)
        _ = try await node.node.submit(ballot.record.bytes)
        let events = try node.desk.events(after: nil, limit: 10)
        #expect(events.map(\.kind) == [.proposal, .ballot, .decision])
        let reader = try await TestServer.run(SampleHome(), federation: node.service) { server in
            let reader = Task {
                try await server.get("/v1/governance/events", headers: ["Last-Event-ID: \(events[1].position)"]).text
            }
            try await Task.sleep(for: .seconds(2))
            return reader
        }
        let text = try await reader.value
        #expect(text.contains("event: decision") && !text.contains("event: ballot"), "\(text)")
    }

    @Test func `what is wrong with a record is said, and nothing of it is kept`() async throws {
        let stranger = try SampleFederation(weights: [1, 1], toleratesNoFault: true, name: "other")
        let proposal = try grant()
        let foreign = try stranger.proposal(.updatePolicy([UInt8](repeating: 1, count: 32)), basis: .policy(nil))
        try await serving { [node] server in
            let cases: [(String, String, Int, String)] = [
                ("proposals", text(foreign.record), 409, "governance.foreign_record"),
                (
                    "proposals", text(try node.federation.ballot(.approve, on: proposal.id, by: 0).record), 409,
                    "governance.foreign_record"
                ),
                ("ballots", text(try node.federation.ballot(.approve, on: proposal.id, by: 0).record), 404, "node.not_found"),
                (
                    "ballots", text(try stranger.ballot(.approve, on: proposal.id, by: 1).record), 409,
                    "governance.foreign_record"
                ),
                ("ballots", "{\"body\":{},\"body\":{}}", 400, "wire.duplicate_key"), ("ballots", "", 400, "wire.truncated"),
            ]
            for (path, body, status, code) in cases {
                let answer = try await server.post("/v1/governance/\(path)", body)
                #expect(answer.status == status && answer.code == code, "\(code): \(answer)")
            }
            #expect(try await server.get("/v1/governance/proposals").json["proposals"] == [])
            let first = try await server.post("/v1/governance/proposals", text(proposal.record))
            let again = try await server.post("/v1/governance/proposals", text(proposal.record))
            #expect(first.status == 202 && again.status == 202, "the same proposal twice is one")
            #expect(try await server.get("/v1/governance/proposals").json["proposals"]?.array?.count == 1)
        }
    }

    /// A proposal of the member with another basis or end.
    private func proposal(basis: Basis, expires: Int64) throws -> Proposal {
        let (federation, parameters) = (node.federation, try grant().parameters)
        return try .make(
            ProposalTerms(
                parameters, basis: basis, in: federation.committee, title: "sample", proposer: federation.dids[0],
                created: SampleKeys.time(10), expires: SampleKeys.time(expires), salt: SampleKeys.salt(6)),
            in: federation.committee, key: federation.keys[0].ballot)
    }

    @Test func `a vote counts for its voter, key, proposal and roster only, and a proposal for its time and basis`()
        async throws
    {
        let (federation, proposal) = (node.federation, try grant())
        let ballot = try federation.ballot(.approve, on: proposal.id, by: 0)
        var body = ballot.record.body
        body["roster"] = .string(String(repeating: "0", count: 64))
        let otherRoster = try VerifiedRecord.sign(body, type: Ballot.type, by: federation.keys[0].ballot)
        let thief = try SampleKeys.memberKeys(9).ballot
        let otherKey = try VerifiedRecord.sign(ballot.record.body, type: Ballot.type, by: thief)
        body = ballot.record.body
        body["voter"] = .string(try SampleKeys.document(9).did.text)
        let nobody = try VerifiedRecord.sign(body, type: Ballot.type, by: thief)
        let moved = text(ballot.record).replacing(Hex.encode(proposal.id), with: String(repeating: "1", count: 64))
        let turned = text(ballot.record).replacing("\"approve\"", with: "\"reject\"")
        let cases: [(String, String, Int, String)] = [
            ("ballots", text(otherRoster), 409, "governance.foreign_record"),
            ("ballots", text(otherKey), 422, "suite.invalid_signature"),
            ("ballots", text(nobody), 403, "governance.not_a_member"),
            ("ballots", moved, 422, "suite.invalid_signature"), ("ballots", turned, 422, "suite.invalid_signature"),
            (
                "proposals", text(try self.proposal(basis: .generation(0), expires: 50).record), 409,
                "governance.proposal_expired"
            ),
            ("proposals", text(try self.proposal(basis: .generation(3), expires: 5000).record), 409, "governance.basis_stale"),
        ]
        try await serving { server in
            #expect(try await server.post("/v1/governance/proposals", text(proposal.record)).status == 202)
            for (path, body, status, code) in cases {
                let answer = try await server.post("/v1/governance/\(path)", body)
                #expect(answer.status == status && answer.code == code, "\(code): \(answer)")
            }
            let huge = ["Content-Type: application/json", "Content-Length: 10000000"]
            #expect(try await server.get("/v1/governance/proposals", method: "POST", headers: huge).status == 413)
            let open = try await server.get("/v1/governance/proposals/\(Hex.encode(proposal.id))").json
            #expect(open["standing"] == "open" && open["ballots"] == [])
            #expect(try await server.get("/v1/governance/proposals").json["proposals"]?.array?.count == 1)
        }
    }

    @Test func `a page follows the page before`() async throws {
        for salt in 1...5 { _ = try await node.node.submit(grant(UInt8(salt)).record.bytes) }
        try await serving { server in
            var after = 0
            var ids: [String] = []
            for count in [2, 2, 1] {
                let page = try await server.get("/v1/governance/proposals?limit=2&after=\(after)").json
                #expect(page["proposals"]?.array?.count == count)
                ids += page["proposals"]?.array?.compactMap { $0["id"]?.string } ?? []
                #expect((page["next"] == .null) == (count == 1))
                after += 2
            }
            #expect(Set(ids).count == 5)
        }
    }
}

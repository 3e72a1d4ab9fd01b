import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct ReferenceTallyTests {
    let samples: ReferenceSamples
    let proposal: ReferenceProposal
    let now = ReferenceSamples.start
    let late = ReferenceSamples.start.advanced(bySeconds: 7200)

    init() throws {
        samples = try ReferenceSamples()
        proposal = try ReferenceProposal(samples.proposal())
    }

    private func tally(_ rules: ReferenceTally.Rules) throws -> ReferenceTally {
        ReferenceTally(
            proposal, members: [samples.alice.did: 2, samples.bob.did: 1],
            quorum: ReferenceQuorum(participation: try ReferenceThreshold("2/3"), approval: try ReferenceThreshold("2/3")),
            rules: rules)
    }

    private func vote(_ choice: String, by signer: ReferenceSigner, claiming: ReferenceSigner? = nil) throws -> ReferenceVote {
        try ReferenceVote(samples.vote(choice, on: proposal, by: signer, claiming: claiming))
    }

    @Test func `under sound rules a member who says two things loses its weight and both votes are kept`() throws {
        var tally = try tally(.sound(samples.keyring))
        #expect(try tally.cast(vote("approve", by: samples.alice), at: now) == .counted)
        #expect(try tally.cast(vote("approve", by: samples.alice), at: now) == .repeated)
        #expect(try tally.cast(vote("reject", by: samples.alice), at: now) == .conflicting)
        #expect(try tally.cast(vote("reject", by: samples.alice), at: now) == .conflicting)
        #expect(try tally.cast(vote("approve", by: samples.bob), at: now) == .counted)
        #expect(tally.weights == ReferenceWeights(approve: 1))
        #expect(tally.contradictions.count == 1)
        #expect(tally.contradictions.first?.first.choice == .approve && tally.contradictions.first?.second.choice == .reject)
        guard case .decided(let decision) = try tally.finish(by: samples.bob.did, at: now) else {
            Issue.record("the round did not finish")
            return
        }
        #expect(decision.ground == .participation && decision.total == 3)
    }

    @Test func `nobody votes or accuses with a foreign key, except in the package`() throws {
        let mallory = try ReferenceSamples.signer(9)
        var sound = try tally(.sound(samples.keyring))
        #expect(try sound.cast(vote("reject", by: mallory, claiming: samples.alice), at: now) == .invalid(.foreignKey))
        #expect(try sound.cast(vote("approve", by: samples.alice), at: now) == .counted)
        #expect(try sound.cast(vote("reject", by: mallory, claiming: samples.alice), at: now) == .invalid(.foreignKey))
        #expect(try sound.cast(vote("approve", by: mallory), at: now) == .invalid(.stranger))
        #expect(sound.contradictions.isEmpty && sound.weights == ReferenceWeights(approve: 2))
        var package = try tally(.package)
        #expect(try package.cast(vote("reject", by: mallory, claiming: samples.alice), at: now) == .counted)
        #expect(try package.cast(vote("approve", by: samples.alice), at: now) == .conflicting)
    }

    @Test func `under sound rules a round keeps its text, its members and its end`() throws {
        var tally = try tally(.sound(samples.keyring))
        #expect(try tally.cast(vote("approve", by: samples.alice), at: now) == .counted)
        let edited = try ReferenceProposal(samples.proposal().with("title", "other"))
        tally.edit(edited)
        let other = try ReferenceVote(samples.vote("approve", on: edited, by: samples.bob))
        #expect(try tally.cast(other, at: now) == .invalid(.proposalHash))
        tally.register(samples.bob.did, weight: 50)
        let removals = [tally.remove(samples.alice.did), tally.remove(samples.alice.did)]
        #expect(removals == [true, false])
        #expect(try tally.cast(vote("approve", by: samples.bob), at: now) == .counted)
        #expect(tally.weights == ReferenceWeights(approve: 3))
        let stranger = try ReferenceSamples.signer(9)
        #expect(try tally.finish(by: stranger.did, at: now) == .refused(.stranger))
        #expect(try tally.finish(by: samples.alice.did, at: late) == .refused(.expired))
        #expect(try tally.cast(vote("approve", by: samples.bob), at: late) == .expired)
        guard case .decided(let decision) = try tally.finish(by: samples.alice.did, at: now) else {
            Issue.record("the round did not finish")
            return
        }
        #expect(decision.passed && decision.total == 3)
        #expect(try tally.finish(by: samples.alice.did, at: now) == .refused(.closed))
        #expect(try tally.cast(vote("approve", by: samples.bob), at: now) == .closed)
    }

    @Test func `a grant is verified when proposal and result are one another's and signed by pinned keys`() throws {
        let result = try samples.result(of: proposal)
        #expect(ReferenceGrant(result, of: proposal, samples.keyring).isVerified)
        #expect(!ReferenceGrant(result, of: proposal, ReferenceKeyring()).isVerified)
        let other = try ReferenceProposal(samples.proposal(kind: "authorize-agent"))
        #expect(!ReferenceGrant(result, of: other, samples.keyring).isVerified)
        let mallory = try ReferenceSamples.signer(9)
        #expect(!ReferenceGrant(try samples.result(of: proposal, by: mallory), of: proposal, samples.keyring).isVerified)

        var chain = ReferenceAuthorization(subject: proposal.subject)
        let forged = ReferenceGrant(claiming: .authorizeAgent, for: proposal.subject, decision: "passed")
        let foreign = ReferenceGrant(claiming: .authorizeModel, for: "other", decision: "passed")
        let added = [ReferenceGrant(result, of: proposal, samples.keyring), forged, foreign].map { chain.add($0) }
        #expect(added == [true, true, false])
        #expect(chain.isAuthorized(.authorizeModel, counting: .verified))
        #expect(!chain.isAuthorized(.authorizeAgent, counting: .verified))
        #expect(chain.isAuthorized(.authorizeAgent, counting: .everything))
        #expect(chain.grants.count == 2)
    }
}

struct ReferenceExportTests {
    @Test func `a result is written as the package writes it and read back`() throws {
        let samples = try ReferenceSamples()
        let proposal = try ReferenceProposal(samples.proposal())
        let result = try samples.result(of: proposal)
        let text = result.text
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.first == "{" && lines.last == "}")
        #expect(lines[1] == #"  "proposal_id": "urn:pqc-gov-prop:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","#)
        #expect(lines.contains(#"  "decided_at": "2026-09-21T14:13:20+00:00","#))
        #expect(lines.contains(#"    "urn:pqc-gov-vote:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb""#))
        let again = try ReferenceResult(JSONParser.parse(text))
        #expect(again.hash == result.hash && again.verdict(samples.keyring).isAccepted)
        let late = try samples.alice.result(
            of: (proposal.id, proposal.hash),
            ReferenceDecision(ground: .approval, reason: "é\"", weights: ReferenceWeights(reject: 1), total: 1), included: [],
            at: UTCTime(milliseconds: 1_790_000_000_045))
        #expect(late.text.contains(#""decided_at": "2026-09-21T14:13:20.045000+00:00""#))
        #expect(late.text.contains(#""included_vote_ids": [],"#) && !late.passed)
        #expect(try ReferenceResult(JSONParser.parse(late.text)).verdict(samples.keyring).isAccepted)
    }

    @Test func `only a key of one FIPS 204 algorithm writes for the package, and it writes no record of ours`() throws {
        let hybrid = try SigningKey<Purpose.PQAID>.generate(.hybrid)
        #expect(code { _ = try ReferenceSigner(hybrid) } == "suite.unknown_algorithm")
        let key = try SigningKey<Purpose.PQAID>.generate(.mlDSA65)
        #expect(code { _ = try VerifiedRecord.sign([:], type: "chancery/x/v1", by: key) } == "suite.wrong_purpose")
    }

    @Test func `the audit has the package's eight names`() {
        #expect(
            ReferenceAuditOperation.allCases.map(\.rawValue) == [
                "proposal_created", "vote_cast", "consensus_reached", "byzantine_detected", "node_added", "node_removed",
                "authorization_granted", "authorization_revoked",
            ])
    }
}

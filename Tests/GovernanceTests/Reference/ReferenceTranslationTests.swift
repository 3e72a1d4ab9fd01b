import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Foundation
import TestKit
import Testing

struct ReferenceTranslationTests {
    private func certificate(of parameters: ProposalParameters, basis: Basis) throws -> (SampleFederation, BallotCertificate) {
        let federation = try SampleFederation(weights: [1, 1, 1, 1])
        let proposal = try federation.proposal(parameters, basis: basis)
        var ballots = Ballots(on: proposal.id, proposal.kind, of: federation.committee)
        for member in 0..<4 {
            _ = try ballots.add(federation.ballot(member == 3 ? .reject : .approve, on: proposal.id, by: member))
        }
        return (federation, try BallotCertificate(proposal, ballots))
    }

    private func model() throws -> ProposalParameters {
        .authorizeModel(manifest: SampleProposal.hash(1), scope: try Scope("prod"), constraints: .none)
    }

    @Test func `a decision is a result that the package and its strict reader accept`() throws {
        let (federation, certificate) = try certificate(of: model(), basis: .generation(0))
        let samples = try ReferenceSamples()
        let result = try samples.alice.result(of: certificate, total: federation.committee.totalWeight, at: SampleKeys.time(20))
        let record = try JSONParser.parse(Array(result.text.utf8))
        #expect(ReferencePackage.verifies(record, as: .result))
        let read = try ReferenceResult(record)
        #expect(read.verdict(samples.keyring).isAccepted && read.passed && read.includedVotes.count == 4)
        #expect(read.weights == ReferenceWeights(approve: 3, reject: 1) && read.total == 4)
        let proposal = try ReferenceTranslation(certificate.proposal)
        #expect(read.proposalID == proposal.id && read.proposalHash == proposal.hash)
    }

    @Test func `what the package hashes of a translated proposal is what the result names`() throws {
        let (_, certificate) = try certificate(of: model(), basis: .generation(0))
        let translation = try ReferenceTranslation(certificate.proposal)
        #expect(translation.hash == Digest.sha3_256(try CanonicalForm.jcs.encode(translation.members)))
        #expect(translation.members["subject_id"]?.string == Hex.encode(SampleProposal.hash(1)))
        // Signed by somebody, it is a proposal that the package reads.
        let samples = try ReferenceSamples()
        var members = translation.members
        members["proposer_did"] = .string(samples.alice.did.text)
        members["status"] = "passed"
        members["signer_did"] = .string(samples.alice.did.text)
        let proposal = try ReferenceProposal(samples.alice.sign(members, as: .proposal))
        #expect(proposal.verdict(samples.keyring).isAccepted && proposal.id == translation.id)
    }

    @Test func `what the package has no word for is refused`() throws {
        let (_, certificate) = try certificate(of: .unfreeze([SampleProposal.hash(3)]), basis: .none)
        #expect(code { _ = try ReferenceTranslation(certificate.proposal) } == "governance.no_reference_kind")
    }

    @Test func `a record is told by its members, and trusted by the DID that is the hash of its key`() throws {
        let samples = try ReferenceSamples()
        let proposal = try samples.proposal()
        let vote = try samples.vote("approve", on: ReferenceProposal(proposal), by: samples.bob)
        let result = try samples.result(of: ReferenceProposal(proposal)).record
        var keyring = ReferenceKeyring()
        for (record, kind) in [(proposal, ReferenceRecordKind.proposal), (vote, .vote), (result, .result)] {
            #expect(try ReferenceRecord(record).kind == kind)
            keyring.pin(keyOf: record, among: [samples.alice.did])
        }
        for record in [proposal, result] { #expect(try ReferenceRecord(record).verdict(keyring).isAccepted) }
        #expect(try ReferenceRecord(vote).verdict(keyring).refusal == .unknownSigner)
        // A key that claims a trusted DID and is not behind it is not pinned.
        var forged = try #require(proposal.object)
        forged["public_key"] = .string(Hex.encode(samples.bob.publicKey))
        var other = ReferenceKeyring()
        other.pin(keyOf: .object(forged), among: [samples.alice.did])
        #expect(try ReferenceRecord(proposal).verdict(other).refusal == .unknownSigner)
    }
}

import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct ReferenceRecordTests {
    let samples: ReferenceSamples
    let proposal: JSONValue
    let vote: JSONValue
    let result: JSONValue

    init() throws {
        samples = try ReferenceSamples()
        proposal = try samples.proposal()
        let decoded = try ReferenceProposal(proposal)
        vote = try samples.vote("approve", on: decoded, by: samples.bob)
        result = try samples.result(of: decoded).record
    }

    private func refusal(_ record: JSONValue, _ kind: ReferenceRecordKind) throws -> ReferenceRecordVerdict.Refusal? {
        switch kind {
        case .proposal: try ReferenceProposal(record).verdict(samples.keyring).refusal
        case .vote: try ReferenceVote(record).verdict(samples.keyring).refusal
        case .result: try ReferenceResult(record).verdict(samples.keyring).refusal
        }
    }

    private var all: [(JSONValue, ReferenceRecordKind)] { [(proposal, .proposal), (vote, .vote), (result, .result)] }

    @Test func `records signed with pinned keys are accepted, here and by the package`() throws {
        for (record, kind) in all {
            #expect(try refusal(record, kind) == nil)
            #expect(ReferencePackage.verifies(record, as: kind))
        }
    }

    @Test func `a key that nobody pinned verifies nothing`() throws {
        #expect(try ReferenceProposal(proposal).verdict(ReferenceKeyring()).refusal == .unknownSigner)
        #expect(try ReferenceVote(vote).verdict(ReferenceKeyring()).refusal == .unknownSigner)
        #expect(try ReferenceResult(result).verdict(ReferenceKeyring()).refusal == .unknownSigner)
    }

    @Test func `a vote that names another voter than its key is foreign, though the package takes it`() throws {
        let mallory = try ReferenceSamples.signer(3)
        let forged = try samples.vote("reject", on: ReferenceProposal(proposal), by: mallory, claiming: samples.alice)
        #expect(ReferencePackage.verifies(forged, as: .vote))
        #expect(try refusal(forged, .vote) == .foreignKey)
    }

    @Test func `the proposer is the signer`() throws {
        #expect(try refusal(proposal.with("signer_did", .string(samples.bob.did.text)), .proposal) == .otherSigner)
        let carol = try ReferenceSamples.signer(3)
        var keyring = samples.keyring
        try keyring.pin(carol.publicKey, algorithm: .mlDSA65)
        let renamed = try ReferenceResult(result.with("signer_did", .string(carol.did.text)))
        #expect(renamed.verdict(keyring).refusal == .foreignKey && renamed.verdict(samples.keyring).refusal == .unknownSigner)
        #expect(try refusal(result.with("signer_did", .string(samples.bob.did.text)), .result) == .mislabelled)
    }

    @Test func `the label is the algorithm of the pinned key`() throws {
        #expect(try refusal(proposal.with("algorithm", "ML-DSA-87"), .proposal) == .mislabelled)
        #expect(try refusal(vote.with("algorithm", "ML-DSA-65"), .vote) == .mislabelled)
        for label in ["ML-DSA-44", "Ed25519", "ml-dsa-65", "", "ML-DSA-65 "] {
            #expect(try refusal(vote.with("algorithm", .string(label)), .vote) == .unknownAlgorithm, "\(label)")
        }
    }

    @Test(arguments: [("signature", 3293), ("signature", 64), ("signature", 0), ("public_key", 32), ("public_key", 1951)])
    func `Ed25519 and round-3 Dilithium under an ML-DSA label are refused by their size`(name: String, count: Int) throws {
        let bytes = JSONValue.string(String(repeating: "00", count: count))
        #expect(try refusal(proposal.with(name, bytes), .proposal) == .wrongSize)
    }

    @Test func `keys of other algorithms and sizes cannot be pinned`() throws {
        var keyring = ReferenceKeyring()
        #expect(code { try keyring.pin([UInt8](repeating: 1, count: 32), algorithm: .ed25519) } == "suite.unknown_algorithm")
        #expect(code { try keyring.pin([UInt8](repeating: 1, count: 1312), algorithm: .mlDSA44) } == "suite.unknown_algorithm")
        #expect(code { try keyring.pin([UInt8](repeating: 1, count: 32), algorithm: .mlDSA65) } == "suite.invalid_key")
    }

    @Test func `every signed member is covered`() throws {
        for (name, value) in [("title", "x"), ("description", "x"), ("subject_id", "x"), ("kind", "add-node")] {
            #expect(try refusal(proposal.with(name, .string(value)), .proposal) == .falseSignature, "\(name)")
        }
        #expect(try refusal(proposal.with("parameters", [:]), .proposal) == .falseSignature)
        #expect(try refusal(proposal.with("expires_at", "2999-01-01T00:00:00Z"), .proposal) == .falseSignature)
        for name in ["approve_weight", "reject_weight", "abstain_weight", "total_weight"] {
            #expect(try refusal(result.with(name, 7), .result) == .falseSignature, "\(name)")
        }
        #expect(try refusal(result.with("decision", "rejected"), .result) == .falseSignature)
        #expect(try refusal(result.with("included_vote_ids", []), .result) == .falseSignature)
        for name in ["decision", "rationale"] {
            let inner = try #require(vote["vote"]).with(name, name == "decision" ? "reject" : "x")
            #expect(try refusal(vote.with("vote", inner), .vote) == .falseSignature, "\(name)")
        }
    }

    @Test func `the status is read, not believed`() throws {
        #expect(try refusal(proposal.with("status", "passed"), .proposal) == nil)
        #expect(code { _ = try ReferenceProposal(proposal.with("status", "certain")) } == "wire.invalid_value")
    }

    @Test func `the order of the included votes is not signed, their set is, and none appears twice`() throws {
        let decoded = try ReferenceProposal(proposal)
        let ids = ["b", "c", "a"].map { "urn:pqc-gov-vote:" + String(repeating: $0, count: 32) }
        let decision = ReferenceDecision(
            ground: .passed, reason: "r", weights: ReferenceWeights(approve: 3), total: 3)
        let three = try samples.alice.result(
            of: (decoded.id, decoded.hash), decision, included: ids, at: ReferenceSamples.start)
        #expect(three.includedVotes == ids)
        let sorted = three.record.with("included_vote_ids", .array(ids.sorted().map { .string($0) }))
        #expect(try refusal(sorted, .result) == nil)
        let twice = three.record.with("included_vote_ids", .array((ids + [ids[0]]).map { .string($0) }))
        #expect(code { _ = try ReferenceResult(twice) } == "wire.invalid_value")
    }

    @Test func `a member too much or too few is refused`() throws {
        for (record, kind) in all {
            for name in try #require(record.object).names {
                #expect(code { _ = try refusal(record.with(name, nil), kind) } == "wire.missing_member", "\(kind) \(name)")
                #expect(code { _ = try refusal(record.with(name, .null), kind) } == "wire.wrong_type", "\(kind) \(name)")
            }
            #expect(code { _ = try refusal(record.with("extra", 1), kind) } == "wire.unknown_member", "\(kind)")
        }
        let inner = try #require(vote["vote"]).with("weight", 7)
        #expect(code { _ = try ReferenceVote(vote.with("vote", inner)) } == "wire.unknown_member")
    }

    @Test func `hexadecimal has one form`() throws {
        for name in ["signature", "public_key"] {
            let text = try #require(proposal[name]?.string)
            for other in [text.uppercased(), " " + text, text.prefix(2) + " " + text.dropFirst(2), "zz" + text.dropFirst(2)] {
                let altered = proposal.with(name, .string(String(other)))
                #expect(code { _ = try ReferenceProposal(altered) } != nil, "\(other.prefix(8))")
            }
            // The package takes capitals and spaces between bytes, and stops at anything else.
            #expect(ReferencePackage.verifies(proposal.with(name, .string(text.uppercased())), as: .proposal))
            let spaced = String(text.prefix(2) + " " + text.dropFirst(2))
            #expect(ReferencePackage.verifies(proposal.with(name, .string(spaced)), as: .proposal))
            let torn = String(text.prefix(1) + " " + text.dropFirst(1))
            #expect(!ReferencePackage.verifies(proposal.with(name, .string(torn)), as: .proposal))
        }
    }

    @Test func `parameters hold no number with two canonical forms`() throws {
        for text in ["1.5", "1e3", "9007199254740992", "-9007199254740992", "123456789012345678901234567890"] {
            for shape in [#"{"x":\#(text)}"#, #"{"x":[{"y":\#(text)}]}"#] {
                let record = proposal.with("parameters", try JSONParser.parse(shape))
                let found = code { _ = try ReferenceProposal(record) }
                #expect(
                    found == "wire.invalid_value" || found == "wire.number_out_of_range", "\(shape): \(found ?? "accepted")")
            }
        }
        let fine = try JSONParser.parse(#"{"x":[9007199254740991,true,null,{"\ud800\udc00":1,"\ue000":2}]}"#)
        let signed = try samples.proposal(parameters: fine)
        #expect(try refusal(signed, .proposal) == nil)
        // Members go by code point, unlike RFC 8785: U+E000 before U+10000.
        let text = String(decoding: try ReferenceProposal(signed).bytes, as: UTF8.self)
        #expect(text.contains("{\"\u{e000}\":2,\"\u{10000}\":1}"))
    }

    @Test func `identifiers, DIDs and hashes have their one form`() throws {
        for id in ["urn:pqc-gov-prop:AA", "urn:pqc-gov-vote:" + String(repeating: "a", count: 32), ""] {
            #expect(code { _ = try ReferenceProposal(proposal.with("proposal_id", .string(id))) } != nil, "\(id)")
        }
        let capital = samples.alice.did.text.uppercased().replacing("DID:PQAID:", with: "did:pqaid:")
        #expect(code { _ = try ReferenceProposal(proposal.with("proposer_did", .string(capital))) } == "wire.invalid_character")
        #expect(code { _ = try ReferenceResult(result.with("proposal_hash", "00")) } == "wire.invalid_value")
    }
}

internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryWire

/// Carries the steps of a round of `tally_events.json` out, with votes and results that are really signed.
struct PQCRound {
    /// What a step came to.
    struct Outcome {
        var outcome: String
        var weights: [Int64] = []
        /// Of a finished round: the ground, and whether its signed result verifies.
        var ground: String?
        var resultVerifies: Bool?
    }

    var nodes = PQCNodes()
    private(set) var tally: ReferenceTally
    /// The proposal that voters see.
    private var proposal: ReferenceProposal
    private let record: JSONValue
    private var now = PQCNodes.now
    private let isSound: Bool

    init(_ test: JSONValue, sound: Bool) throws {
        var members: [DID: Int64] = [:]
        for (index, weight) in try test.list("weights").enumerated() {
            guard let weight = weight.integer else { throw MissingStatement(path: "weights") }
            members[try nodes.did(index)] = weight
        }
        record = try nodes.proposal()
        proposal = try ReferenceProposal(record)
        isSound = sound
        tally = ReferenceTally(
            proposal, members: members,
            quorum: ReferenceQuorum(
                participation: try ReferenceThreshold(test.text("min_participation")),
                approval: try ReferenceThreshold(test.text("min_approval")), arithmetic: sound ? .exact : .doubles),
            rules: sound ? .sound(try nodes.keyring()) : .package)
    }

    mutating func take(_ step: JSONValue) throws -> Outcome {
        var outcome: Outcome
        switch try step.text("op") {
        case "cast": outcome = Outcome(outcome: try tally.cast(vote(step), at: now).text)
        case "finalize": outcome = try finish(by: step["by"]?.string == "outsider" ? PQCNodes.outsider : 0)
        case "register":
            tally.register(try nodes.did(step.number("node")), weight: try step.number("weight"))
            outcome = Outcome(outcome: "ok")
        case "remove":
            let removed = tally.remove(try nodes.did(step.number("node")))
            outcome = Outcome(outcome: removed ? "ok" : "raises UnknownNodeError")
        case "edit-proposal":
            proposal = try ReferenceProposal(record.setting("title", to: "another title"))
            tally.edit(proposal)
            outcome = Outcome(outcome: "ok")
        case "expire":
            now = PQCNodes.late
            outcome = Outcome(outcome: "ok")
        default: throw MissingStatement(path: "op")
        }
        outcome.weights = [tally.weights.approve, tally.weights.reject, tally.weights.abstain]
        return outcome
    }

    /// The vote of a step, altered after signing as the step says.
    private mutating func vote(_ step: JSONValue) throws -> ReferenceVote {
        let voter = try step.stated("voter").string == "outsider" ? PQCNodes.outsider : step.number("voter")
        let choice = try step.text("decision")
        let claimed = try step["claims"] == nil ? voter : step.number("claims")
        var vote = try nodes.vote(choice, on: proposal, claiming: claimed, by: voter)
        switch step["tamper"]?.string {
        case nil, "foreign-key", "foreign-key-nonmember": break
        case "signature":
            let text = try vote.text("signature")
            vote = vote.setting("signature", to: .string((text.hasPrefix("0") ? "1" : "0") + text.dropFirst()))
        case "rationale": vote = vote.setting("vote.rationale", to: "altered")
        case "decision": vote = vote.setting("vote.decision", to: choice == "reject" ? "approve" : "reject")
        case "proposal-id":
            vote = vote.setting("vote.proposal_id", to: .string("urn:pqc-gov-prop:" + String(repeating: "0", count: 32)))
        case "proposal-hash": vote = vote.setting("vote.proposal_hash", to: .string(String(repeating: "0", count: 64)))
        case "other-proposal":
            let other = try ReferenceProposal(nodes.proposal(title: "another proposal"))
            vote = try nodes.vote(choice, on: other, claiming: claimed, by: voter)
        case "algorithm": vote = vote.setting("algorithm", to: "ML-DSA-87")
        default: throw MissingStatement(path: "tamper")
        }
        return try ReferenceVote(vote)
    }

    private mutating func finish(by node: Int) throws -> Outcome {
        switch try tally.finish(by: nodes.did(node), at: now) {
        case .refused(let refusal): return Outcome(outcome: "refused: \(refusal.rawValue)")
        case .decided(let decision):
            let result = try nodes.signer(node).result(
                of: (proposal.id, proposal.hash), decision, included: tally.counted.map(\.id), at: now)
            let verifies =
                isSound
                ? result.verdict(try nodes.keyring()).isAccepted : ReferencePackage.verifies(result.record, as: .result)
            return Outcome(outcome: decision.text, ground: decision.ground.rawValue, resultVerifies: verifies)
        }
    }
}

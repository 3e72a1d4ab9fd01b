internal import ChanceryAPI
package import ChanceryGovernance
internal import ChanceryLedger
package import ChanceryNode
package import ChanceryWire

/// Proposals as JSON: the same from a route and from `chancery governance show --json`.
package enum ProposalBody {
    /// One line of a list.
    package static func summary(_ proposal: Proposal, in view: FederationView, at time: UTCTime) -> JSONValue {
        [
            "id": .string(Hex.encode(proposal.id)), "kind": .string(proposal.kind.rawValue),
            "standing": .string(view.standing(of: proposal, at: time).text), "title": .string(proposal.terms.title),
        ]
    }

    static let summarySchema = Schema.object([
        ("id", .hex(32)), ("kind", .string()), ("standing", .string()), ("title", .string()),
    ])

    /// What its proposer signed, and the words by which voters recognise it.
    package static func proposed(_ terms: ProposalTerms, _ fingerprint: Fingerprint) -> JSONObject {
        [
            "expires": .string(terms.expires.text), "fingerprint": .string(fingerprint.text),
            "id": .string(Hex.encode(terms.id)), "kind": .string(terms.kind.rawValue),
            "proposer": .string(terms.proposer.text), "title": .string(terms.title),
        ]
    }

    private static let proposedMembers: [(String, Schema)] = [
        ("expires", .time()), ("fingerprint", .string()), ("id", .hex(32)), ("kind", .string()), ("proposer", .string()),
        ("title", .string()),
    ]

    /// Everything about one.
    package static func full(
        _ proposal: Proposal, _ fingerprint: Fingerprint, in view: FederationView, at time: UTCTime
    ) -> JSONValue {
        var json = proposed(proposal.terms, fingerprint)
        json["rendering"] = .string(proposal.terms.rendering)
        json["standing"] = .string(view.standing(of: proposal, at: time).text)
        json["terms"] = .object(proposal.terms.body)
        let ballots = view.ballots[proposal.id]
        json["ballots"] = .array(
            (ballots?.all ?? []).map { ["choice": .string($0.choice.rawValue), "voter": .string($0.voter.text)] })
        json["weights"] = ballots.map { weights($0) } ?? .null
        return .object(json)
    }

    static let fullSchema = Schema.object(
        proposedMembers + [
            ("ballots", .array(.object([("choice", .string()), ("voter", .string())]))), ("rendering", .string()),
            ("standing", .string()), ("terms", .map(.any)), ("weights", weightsSchema),
        ])

    /// The weights behind each choice, of the whole committee's.
    package static func weights(_ ballots: Ballots) -> JSONValue {
        let weights = ballots.weights
        return [
            "abstain": .integer(weights.abstain), "approve": .integer(weights.approve), "reject": .integer(weights.reject),
            "total": .integer(ballots.committee.totalWeight),
        ]
    }

    /// Null when the voting is of an earlier roster.
    private static let weightsSchema = Schema([
        "additionalProperties": ["type": "integer"], "type": ["object", "null"],
    ])

    /// Terms that nobody signed yet.
    package static func draft(_ terms: ProposalTerms, _ fingerprint: Fingerprint) -> JSONValue {
        var json = proposed(terms, fingerprint)
        json["body"] = .object(terms.body)
        json["rendering"] = .string(terms.rendering)
        return .object(json)
    }

    static let draftSchema = Schema.object(proposedMembers + [("body", .map(.any)), ("rendering", .string())])
}

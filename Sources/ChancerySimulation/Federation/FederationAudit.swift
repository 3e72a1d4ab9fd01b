internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Recounts what a federation decided from the documents in its blocks, without the code that decided it.
struct FederationAudit: AgendaAudit {
    /// What votes said about a subject so far.
    private struct Standing {
        var isGranted = false
        /// A delegation that was decided after the last REVOKE; whether it still holds is for the delegator's rights.
        var isDelegated = false
        var revocations: Int64 = 0
    }

    let byzantine: Set<DID>
    /// Ballot keys of members whose contradiction was ordered.
    private var silenced: Set<String> = []
    private var standings: [Subject: Standing] = [:]
    private var frozen: Set<String> = []

    init(byzantine: Set<DID>) { self.byzantine = byzantine }

    mutating func judge(
        _ decision: Decision, from before: Head<SimulatedFederation>, to after: Head<SimulatedFederation>
    ) -> Violation? {
        let committee = before.state.governance.committee
        for item in decision.block.items {
            let found =
                item["type"]?.string == BallotCertificate.type ? count(item, in: committee) : exclude(item, in: committee)
            if let found { return found }
        }
        return compare(after)
    }

    private mutating func exclude(_ item: JSONValue, in committee: Committee) -> Violation? {
        let statement = item["first"]?["body"]?["voter"] ?? item["ballots"]?.array?.first?["body"]?["voter"]
        guard let text = statement?.string, let culprit = try? DID(text), let member = committee[culprit] else {
            return Violation(kind: .framed, detail: "evidence against nobody was ordered")
        }
        guard byzantine.contains(culprit) else {
            return Violation(kind: .framed, detail: "`\(culprit)` is correct and was excluded")
        }
        silenced.insert(Base64.url.encode(member.keys.ballot.id))
        return nil
    }

    private mutating func count(_ item: JSONValue, in committee: Committee) -> Violation? {
        guard let body = item["proposal"]?["body"], let name = body["kind"]?.string, let kind = ProposalKind(rawValue: name),
            let object = body.object, let terms = try? ProposalTerms(object)
        else { return Violation(kind: .ballots, detail: "a certificate without a proposal was decided") }
        var approvals: [DID: Int64] = [:]
        for ballot in item["ballots"]?.array ?? [] {
            guard let voter = ballot["body"]?["voter"]?.string.flatMap({ try? DID($0) }),
                let key = ballot["signatures"]?.array?.first?["key"]?.string
            else { continue }
            if silenced.contains(key) {
                return Violation(kind: .ballots, detail: "a ballot of `\(voter)`, who is excluded, was counted for \(name)")
            }
            // Whoever left, or has another key now, has no weight.
            guard let member = committee[voter], Base64.url.encode(member.keys.ballot.id) == key,
                ballot["body"]?["choice"]?.string == "approve"
            else { continue }
            approvals[voter] = member.weight
        }
        let weight = approvals.values.reduce(0, +)
        guard committee.thresholds.isMet(kind, by: .init(approve: weight), of: committee.totalWeight) else {
            return Violation(kind: .ballots, detail: "\(weight) of \(committee.totalWeight) decided \(name)")
        }
        return note(terms)
    }

    private mutating func note(_ terms: ProposalTerms) -> Violation? {
        switch terms.parameters {
        case .authorizeModel, .authorizeAgent:
            guard let subject = terms.parameters.subject else { return nil }
            guard case .generation(standings[subject]?.revocations ?? 0) = terms.basis else {
                return Violation(
                    kind: .authorization, detail: "a grant made before a REVOKE of \(subject) was decided after it")
            }
            standings[subject, default: Standing()].isGranted = true
        case .revokeModel, .revokeAgent:
            guard let subject = terms.parameters.subject else { return nil }
            standings[subject, default: Standing()].isGranted = false
            standings[subject]?.isDelegated = false
            standings[subject, default: Standing()].revocations += 1
        case .delegation(let given): standings[.agent(given.delegate), default: Standing()].isDelegated = true
        case .emergencyFreeze: frozen.insert(Hex.encode(terms.id))
        case .unfreeze(let named): frozen.subtract(named.map { Hex.encode($0) })
        default: break
        }
        return nil
    }

    /// Whether the state answers as the votes say.
    private func compare(_ head: Head<SimulatedFederation>) -> Violation? {
        for (subject, standing) in standings {
            let answer = head.state.governance.isAuthorized(subject, in: Menu.place, at: head.time)
            let isRight =
                frozen.isEmpty
                ? (answer.authority != nil) == standing.isGranted
                    || (standing.isDelegated && answer.authority?.chain.isEmpty != true)
                : answer.denial == .frozen
            guard isRight else {
                return Violation(
                    kind: .authorization,
                    detail:
                        "\(subject) is \(standing.isGranted ? "granted" : "not granted") and the state says otherwise after slot \(head.slot)"
                )
            }
        }
        return nil
    }
}

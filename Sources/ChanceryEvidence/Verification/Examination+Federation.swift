internal import ChanceryGovernance
internal import ChancerySuite
internal import ChanceryWire

/// What a federation decided, recomputed from its genesis.
extension Examination {
    mutating func checkFederation() throws {
        var genesis: Genesis?
        for record in evidence.records {
            switch items[record.position] {
            case .genesis(let found)?:
                guard genesis == nil else { throw EvidenceError(.contradiction, "the file holds two federations") }
                genesis = found
            case .decision(let decision)?: decisions.append(decision)
            default: continue
            }
            if case .genesis? = items[record.position] { used.insert(record.position) }
            if case .decision? = items[record.position] { used.insert(record.position) }
        }
        guard let genesis else {
            guard decisions.isEmpty, evidence.parties.federation == nil else {
                throw EvidenceError(.contradiction, "the genesis of the federation is not in the file")
            }
            return report.note("federation", .absent, "no committee speaks in this file")
        }
        let federation = Hex.encode(genesis.federation.bytes)
        guard evidence.parties.federation == federation else {
            throw EvidenceError(.contradiction, "the genesis is of another federation")
        }
        try root(.federation, [federation])
        decisions.sort { $0.slot < $1.slot }
        var head = try Head(genesis)
        heads = [head]
        for (index, decision) in decisions.enumerated() {
            do {
                head = try head.following(decision)
            } catch {
                throw GovernanceError(.decisionInvalid, "\(error)", index: index)
            }
            heads.append(head)
        }
        if case .decision(let slot) = evidence.question {
            guard head.slot == slot else { throw EvidenceError(.contradiction, "the history does not end with slot \(slot)") }
        }
        report.limits += [.freshness, .history]
        tellDecisions()
        report.note(
            "federation", .holds,
            "\(decisions.count) decisions recomputed from genesis: votes, ballots, thresholds, state",
            "the federation's id")
    }

    private mutating func tellDecisions() {
        for record in evidence.records {
            guard case .decision(let decision)? = items[record.position] else { continue }
            for terms in decision.certifiedProposals {
                let content = (try? terms.parameters.json).flatMap { try? CanonicalForm.jcs.encode($0) } ?? []
                report.story.append(
                    .init(
                        position: record.position, time: decision.block.context.time.text,
                        text: "slot \(decision.slot): \(terms.kind.rawValue), \(terms.title)",
                        content: String(decoding: content, as: UTF8.self)))
            }
        }
    }

    /// What the federation had decided by `time`; nil in a file without one.
    func head(at time: UTCTime) -> Head<GovernanceState>? { heads.last { $0.time <= time } }
}

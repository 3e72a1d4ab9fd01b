internal import ChanceryLedger
internal import ChancerySuite

/// What was seen of one round.
struct RoundTally: Sendable {
    struct Proposed: Sendable {
        let proposal: Attested<ConsensusProposal>
        /// The prevotes of its valid round; empty for a fresh one.
        let proof: [Attested<ConsensusVote>]
        /// Whether a fresh block's time agreed with the local clock when it came.
        let isTimely: Bool
    }

    /// The votes of one phase.
    struct Phase: Sendable {
        private(set) var votes: [DID: Attested<ConsensusVote>] = [:]
        private(set) var total: Int64 = 0
        // In order of appearance: a dictionary would have an order of its own in each process.
        private(set) var sums: [(value: Digest256?, weight: Int64)] = []
        /// The timeout of the phase was asked for.
        var isTimed = false

        func weight(for value: Digest256?) -> Int64 { sums.first { $0.value == value }?.weight ?? 0 }

        /// Counts the first vote of a voter.
        mutating func count(_ vote: Attested<ConsensusVote>, weight: Int64) {
            guard votes[vote.statement.voter] == nil else { return }
            votes[vote.statement.voter] = vote
            total += weight
            if let index = sums.firstIndex(where: { $0.value == vote.statement.value }) {
                sums[index].weight += weight
            } else {
                sums.append((vote.statement.value, weight))
            }
        }

        /// The votes for `value`, ascending by voter.
        func votes(for value: Digest256?) -> [Attested<ConsensusVote>] {
            votes.values.filter { $0.statement.value == value }
                .sorted { $0.statement.voter.bytes.lexicographicallyPrecedes($1.statement.voter.bytes) }
        }
    }

    var proposed: Proposed?
    private var prevotes = Phase()
    private var precommits = Phase()
    /// The prevote quorum of this round was acted upon.
    var isLocked = false

    subscript(phase: ConsensusPhase) -> Phase {
        get { phase == .prevote ? prevotes : precommits }
        _modify {
            switch phase {
            case .prevote: yield &prevotes
            case .precommit: yield &precommits
            }
        }
    }
}

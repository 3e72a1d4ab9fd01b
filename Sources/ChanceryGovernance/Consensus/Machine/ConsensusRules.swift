/// The rules that make consensus safe. They always hold; simulation takes one away to see that it is missed.
package struct ConsensusRules: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// A locked member prevotes another block only with a proof from the round of its lock or later.
    package static let prevoteLock = Self(rawValue: 1)
    /// Precommitting a block locks on it.
    package static let precommitLock = Self(rawValue: 2)
    /// A round of an earlier prevote quorum counts only with that quorum's votes.
    package static let lockProof = Self(rawValue: 4)
    /// What was signed is in the journal before it leaves, and a restart goes on from there.
    package static let persistence = Self(rawValue: 8)
    /// Votes count in their own epoch only, with the weights of that epoch.
    package static let epochs = Self(rawValue: 16)

    package static let all: Self = [.prevoteLock, .precommitLock, .lockProof, .persistence, .epochs]
}

/// What is known of the voting on one proposal.
public struct Ballots {
    /// Weights by choice; ballots of excluded members are not among them.
    public struct Weights: Sendable, Hashable {
        public var approve: Int64
        public var reject: Int64
        public var abstain: Int64
        public var cast: Int64 { approve + reject + abstain }

        public init(approve: Int64 = 0, reject: Int64 = 0, abstain: Int64 = 0) {
            self.approve = approve
            self.reject = reject
            self.abstain = abstain
        }
    }
}

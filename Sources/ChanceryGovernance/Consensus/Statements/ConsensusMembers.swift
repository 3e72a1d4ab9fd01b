public import ChanceryLedger
public import ChancerySuite

extension GovernanceError.Reason {
    /// A set of members that cannot take decisions.
    public static let consensusMembers = Self(rawValue: "governance.consensus_members")
}

/// Who orders decisions during one epoch, and with which weight.
public struct ConsensusMembers: Sendable, Equatable {
    public struct Member: Sendable, Equatable {
        public let did: DID
        public let weight: Int64
        /// What its votes are verified with; nil only where signatures are symbolic.
        public let key: VerifyingKey<Purpose.Consensus>?

        public init(_ did: DID, weight: Int64, key: VerifyingKey<Purpose.Consensus>?) {
            self.did = did
            self.weight = weight
            self.key = key
        }
    }

    /// The most members, and the most weight of all together (rule G9).
    public static let maximumMembers = 128
    public static let maximumWeight: Int64 = 1 << 32

    public let federation: Digest256
    public let epoch: Int64
    /// Commits to roster and operators.
    public let committee: Digest256
    /// Ascending by DID.
    public let members: [Member]
    /// The weight of all.
    public let total: Int64
    private let places: [DID: Int]

    /// - Throws: `governance.consensus_members` for none, too many or repeated members and for weights out of range.
    public init(
        federation: Digest256, epoch: Int64, committee: Digest256, _ members: [Member]
    ) throws(GovernanceError) {
        guard (1...Self.maximumMembers).contains(members.count), epoch >= 0 else {
            throw GovernanceError(.consensusMembers, "an epoch has 1 to \(Self.maximumMembers) members")
        }
        guard members.allSatisfy({ (1...Self.maximumWeight).contains($0.weight) }) else {
            throw GovernanceError(.consensusMembers, "a weight lies in 1…2^32")
        }
        let sorted = members.sorted { $0.did.bytes.lexicographicallyPrecedes($1.did.bytes) }
        total = sorted.reduce(0) { $0 + $1.weight }
        guard total <= Self.maximumWeight else {
            throw GovernanceError(.consensusMembers, "all weights together exceed 2^32")
        }
        guard zip(sorted, sorted.dropFirst()).allSatisfy({ $0.did != $1.did }) else {
            throw GovernanceError(.consensusMembers, "a member is listed twice")
        }
        self.federation = federation
        self.epoch = epoch
        self.committee = committee
        self.members = sorted
        places = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1.did, $0) })
    }

    /// The nodes of a committee, as its consensus votes name it.
    public init(_ committee: Committee) throws(GovernanceError) {
        guard let federation = Digest256(committee.federation.bytes), let hash = Digest256(committee.hash) else {
            throw GovernanceError(.consensusMembers, "a federation and a committee are named by 32 bytes")
        }
        try self.init(
            federation: federation, epoch: committee.epoch, committee: hash,
            committee.members.map { Member($0.did, weight: $0.weight, key: $0.keys.consensus) })
    }

    public subscript(did: DID) -> Member? { places[did].map { members[$0] } }

    /// The weight of `did`; 0 for strangers.
    public func weight(of did: DID) -> Int64 { self[did]?.weight ?? 0 }

    /// More than two thirds of the weight: any two such sets share a correct member while less than a third is Byzantine.
    public func isQuorum(_ weight: Int64) -> Bool { 3 * weight > 2 * total }

    /// More than a third of the weight: such a set has a correct member.
    public func holdsCorrectMember(_ weight: Int64) -> Bool { 3 * weight > total }

    /// Who proposes: members take turns one by one whatever they weigh. Whoever alone holds the proof of a lock gets to
    /// show it within as many rounds as there are members; a rotation by weight could make light members wait for long.
    public func proposer(slot: Int64, round: Int64) -> DID {
        let count = Int64(members.count)
        return members[Int((slot % count + round % count) % count)].did
    }

    /// Where a statement of this epoch belongs.
    public func place(slot: Int64, round: Int64) -> ConsensusPlace {
        ConsensusPlace(federation: federation, epoch: epoch, committee: committee, slot: slot, round: round)
    }
}

internal import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

extension GovernanceError.Reason {
    /// A certificate with a vote that does not belong into it; the index names the vote.
    public static let commitVote = Self(rawValue: "governance.commit_vote")
    /// A certificate whose votes do not weigh more than two thirds.
    public static let commitQuorum = Self(rawValue: "governance.commit_no_quorum")
}

/// The precommits that decided a block: whoever knows the members recomputes the decision from it alone.
public struct CommitCertificate: Sendable {
    public static let type = "chancery/consensus-commit/v1"
    /// Longest certificate in bytes.
    public static let maximumBytes = 2 << 20

    /// The slot that was decided and the round in which it was.
    public let place: ConsensusPlace
    public let block: Digest256
    /// Precommits for the block, ascending by voter. Nobody has checked them.
    public let votes: [Claimed<ConsensusVote>]

    init(place: ConsensusPlace, block: Digest256, votes: [Claimed<ConsensusVote>]) {
        self.place = place
        self.block = block
        self.votes = votes.sorted { $0.statement.voter.bytes.lexicographicallyPrecedes($1.statement.voter.bytes) }
    }

    /// A certificate as a dishonest member makes it up, for simulation.
    package init(claiming block: Digest256, at place: ConsensusPlace, votes: [Claimed<ConsensusVote>]) {
        self.init(place: place, block: block, votes: votes)
    }

    /// Recomputes everything: federation, epoch and committee are those of `members`, the votes are distinct, in order,
    /// precommits of members for this block in this slot and round, genuine, and weigh more than two thirds.
    ///
    /// - Throws: `governance.consensus_foreign`, `governance.commit_vote` with the index of the vote that fails and why,
    ///   or `governance.commit_no_quorum`.
    public func verify(
        against members: ConsensusMembers, by verifier: some ConsensusVerifier = ConsensusRecords()
    ) throws(GovernanceError) {
        guard place == members.place(slot: place.slot, round: place.round) else {
            throw GovernanceError(.consensusForeign, "the certificate belongs to another federation, epoch or committee")
        }
        var weight: Int64 = 0
        for (index, claimed) in votes.enumerated() {
            let vote = claimed.statement
            guard members[vote.voter] != nil else {
                throw GovernanceError(.commitVote, "`\(vote.voter)` is no member of epoch \(members.epoch)", index: index)
            }
            guard vote.place == place, vote.phase == .precommit, vote.value == block else {
                throw GovernanceError(.commitVote, "the vote is no precommit for this block at this place", index: index)
            }
            if index > 0, !votes[index - 1].statement.voter.bytes.lexicographicallyPrecedes(vote.voter.bytes) {
                throw GovernanceError(.commitVote, "votes are sorted by voter, each voter once", index: index)
            }
            weight += members.weight(of: vote.voter)
        }
        guard members.isQuorum(weight) else {
            throw GovernanceError(.commitQuorum, "the votes weigh \(weight) of \(members.total)")
        }
        for (index, claimed) in votes.enumerated() {
            do {
                _ = try verifier.verify(claimed, in: members)
            } catch {
                throw GovernanceError(.commitVote, "\(error)", index: index)
            }
        }
    }
}

extension CommitCertificate {
    /// The canonical bytes.
    public func encoded() throws(WireError) -> [UInt8] { try CanonicalForm.jcs.encode(json()) }

    func json() throws(WireError) -> JSONValue {
        var object = JSONObject()
        place.write(into: &object)
        object["type"] = .string(Self.type)
        object["block"] = .hash(block)
        var list: [JSONValue] = []
        for vote in votes { list.append(try JSONParser.parse(vote.bytes)) }
        object["votes"] = .array(list)
        return .object(object)
    }

    /// Reads the form; ``verify(against:by:)`` says whether it is true.
    ///
    /// - Throws: `governance.consensus_malformed`.
    public init(
        decoding bytes: [UInt8], by verifier: some ConsensusVerifier = ConsensusRecords()
    ) throws(GovernanceError) {
        try self.init(StrictJSON.parse(bytes, limit: Self.maximumBytes), by: verifier)
    }

    init(_ value: JSONValue, by verifier: some ConsensusVerifier) throws(GovernanceError) {
        let list: [JSONValue]
        do throws(WireError) {
            var reader = try RecordReader(value, "commit certificate")
            try reader.expect(type: Self.type)
            place = try ConsensusPlace(reading: &reader)
            block = try reader.hash256("block")
            list = try reader.array("votes", limit: ConsensusMembers.maximumMembers)
            try reader.finish()
        } catch {
            throw GovernanceError(.consensusMalformed, "\(error)")
        }
        var votes: [Claimed<ConsensusVote>] = []
        for element in list { votes.append(try verifier.decode(StrictJSON.bytes(element), as: ConsensusVote.self)) }
        self.votes = votes
    }
}

/// Documents of consensus that hold records and are signed by nobody themselves.
enum StrictJSON {
    /// The value of canonical bytes.
    static func parse(_ bytes: [UInt8], limit: Int, depth: Int = 32) throws(GovernanceError) -> JSONValue {
        do throws(WireError) {
            let value = try JSONParser.parse(bytes, limits: .init(bytes: limit, depth: depth))
            guard try CanonicalForm.jcs.encode(value) == bytes else {
                throw WireError(.notCanonical, "the document is not in canonical form")
            }
            return value
        } catch {
            throw GovernanceError(.consensusMalformed, "\(error)")
        }
    }

    static func bytes(_ value: JSONValue) throws(GovernanceError) -> [UInt8] {
        do throws(WireError) {
            return try CanonicalForm.jcs.encode(value)
        } catch {
            throw GovernanceError(.consensusMalformed, "\(error)")
        }
    }
}

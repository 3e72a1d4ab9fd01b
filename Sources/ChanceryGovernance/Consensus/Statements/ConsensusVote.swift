public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// The two votes of a round.
public enum ConsensusPhase: String, Sendable, Hashable, CaseIterable {
    case prevote, precommit
}

/// One member's vote in one phase of one round: a block, or nil.
///
/// A correct member signs one per (slot, round, phase) for ever. Two with different values are an
/// ``ConsensusEquivocation`` (rule G3).
public struct ConsensusVote: ConsensusStatement {
    public static let type = "chancery/consensus-vote/v1"

    public let place: ConsensusPlace
    public let phase: ConsensusPhase
    /// The block's id; nil votes for none.
    public let value: Digest256?
    public let voter: DID

    public var signer: DID { voter }

    public init(place: ConsensusPlace, phase: ConsensusPhase, value: Digest256?, voter: DID) {
        self.place = place
        self.phase = phase
        self.value = value
        self.voter = voter
    }

    public var body: JSONObject {
        var body = JSONObject()
        place.write(into: &body)
        body["phase"] = .string(phase.rawValue)
        body["value"] = .hash(value)
        body["voter"] = .string(voter.text)
        return body
    }

    public init(body: JSONObject) throws(GovernanceError) {
        do throws(WireError) {
            var reader = RecordReader(body, "consensus vote")
            try reader.expect(type: Self.type)
            place = try ConsensusPlace(reading: &reader)
            let name = try reader.string("phase", limit: 16)
            guard let phase = ConsensusPhase.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.utf8) }) else {
                throw WireError(.invalidValue, "a phase is `prevote` or `precommit`")
            }
            self.phase = phase
            value = try reader.hash256OrNull("value")
            voter = try DID(reader.string("voter", limit: 80))
            try reader.finish()
        } catch {
            throw GovernanceError(.consensusMalformed, "\(error)")
        }
    }

    /// Whether both votes cannot come from a correct member.
    public func conflicts(with other: ConsensusVote) -> Bool {
        place.federation == other.place.federation && place.epoch == other.place.epoch && place.slot == other.place.slot
            && place.round == other.place.round && phase == other.phase && voter == other.voter && value != other.value
    }
}

public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// The block that the proposer of a round puts to the vote.
public struct ConsensusProposal: ConsensusStatement {
    public static let type = "chancery/consensus-proposal/v1"

    public let place: ConsensusPlace
    /// The earlier round in which a quorum prevoted the block; nil for a fresh one.
    public let validRound: Int64?
    public let value: Digest256
    public let proposer: DID

    public var signer: DID { proposer }

    public init(place: ConsensusPlace, validRound: Int64?, value: Digest256, proposer: DID) {
        self.place = place
        self.validRound = validRound
        self.value = value
        self.proposer = proposer
    }

    public var body: JSONObject {
        var body = JSONObject()
        place.write(into: &body)
        body["proposer"] = .string(proposer.text)
        body["valid_round"] = validRound.map { .integer($0) } ?? .null
        body["value"] = .hash(value)
        return body
    }

    public init(body: JSONObject) throws(GovernanceError) {
        do throws(WireError) {
            var reader = RecordReader(body, "consensus proposal")
            try reader.expect(type: Self.type)
            place = try ConsensusPlace(reading: &reader)
            proposer = try DID(reader.string("proposer", limit: 80))
            validRound = try reader.integerOrNull("valid_round")
            value = try reader.hash256("value")
            try reader.finish()
            if let validRound, validRound >= place.round {
                throw WireError(.invalidValue, "`valid_round` lies before `round`")
            }
        } catch {
            throw GovernanceError(.consensusMalformed, "\(error)")
        }
    }
}

internal import ChancerySuite
internal import ChanceryWire

/// What replicas send each other. Nothing in it is trusted.
public enum ConsensusMessage: Sendable {
    case vote(Claimed<ConsensusVote>)
    /// A proposal with the bytes of its block and, for a block of an earlier round, that round's prevotes.
    case proposal(Claimed<ConsensusProposal>, block: [UInt8], proof: [Claimed<ConsensusVote>])
    /// A decided slot, for somebody who is behind.
    case decision(Decision)
    /// Asks for the decision of a slot.
    case request(slot: Int64)

    public static let type = "chancery/consensus-message/v1"
    public static let maximumBytes = Decision.maximumBytes + 1024

    /// Which slot it is about.
    public var slot: Int64 {
        switch self {
        case .vote(let vote): vote.statement.place.slot
        case .proposal(let proposal, _, _): proposal.statement.place.slot
        case .decision(let decision): decision.slot
        case .request(let slot): slot
        }
    }
}

extension ConsensusMessage {
    /// The canonical bytes.
    public func encoded() throws -> [UInt8] {
        var object: JSONObject = ["type": .string(Self.type)]
        switch self {
        case .vote(let vote): object["vote"] = try JSONParser.parse(vote.bytes)
        case .proposal(let proposal, let block, let proof):
            object["proposal"] = try JSONParser.parse(proposal.bytes)
            object["block"] = try JSONParser.parse(block)
            object["proof"] = .array(try proof.map { try JSONParser.parse($0.bytes) })
        case .decision(let decision): object["decision"] = try JSONParser.parse(decision.encoded())
        case .request(let slot): object["request"] = .integer(slot)
        }
        return try CanonicalForm.jcs.encode(object)
    }

    /// Reads the form and the limits; signatures are for the replica to check.
    ///
    /// - Throws: `governance.consensus_malformed`.
    public init(
        decoding bytes: [UInt8], by verifier: some ConsensusVerifier = ConsensusRecords()
    ) throws(GovernanceError) {
        let value = try StrictJSON.parse(bytes, limit: Self.maximumBytes)
        var proof: [JSONValue] = []
        var part: (name: String, value: JSONValue)?
        var block: JSONValue = .null
        var slot: Int64 = 0
        do throws(WireError) {
            var reader = try RecordReader(value, "consensus message")
            try reader.expect(type: Self.type)
            for name in ["vote", "proposal", "decision", "request"] where part == nil {
                part = reader.optional(name).map { (name, $0) }
            }
            if part?.name == "proposal" {
                block = try reader.value("block")
                proof = try reader.array("proof", limit: ConsensusMembers.maximumMembers)
            }
            if part?.name == "request" { slot = try reader.integer("request", in: 1...CanonicalForm.largestSafeInteger) }
            try reader.finish()
        } catch {
            throw GovernanceError(.consensusMalformed, "\(error)")
        }
        switch part {
        case ("vote", let record)?:
            self = .vote(try verifier.decode(StrictJSON.bytes(record), as: ConsensusVote.self))
        case ("proposal", let record)?:
            let proposal = try verifier.decode(StrictJSON.bytes(record), as: ConsensusProposal.self)
            var votes: [Claimed<ConsensusVote>] = []
            for vote in proof { votes.append(try verifier.decode(StrictJSON.bytes(vote), as: ConsensusVote.self)) }
            self = .proposal(proposal, block: try StrictJSON.bytes(block), proof: votes)
        case ("decision", let document)?: self = .decision(try Decision(decoding: StrictJSON.bytes(document), by: verifier))
        case ("request", _)?: self = .request(slot: slot)
        default: throw GovernanceError(.consensusMalformed, "the message says nothing")
        }
    }
}

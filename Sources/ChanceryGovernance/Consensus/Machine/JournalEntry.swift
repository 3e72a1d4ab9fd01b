public import ChancerySuite
public import ChanceryWire

extension GovernanceError.Reason {
    /// A journal that is damaged, or of another slot or member.
    public static let journalInvalid = Self(rawValue: "governance.journal_invalid")
}

/// Where a round stands for this member.
public enum ConsensusStep: String, Sendable, CaseIterable {
    case propose, prevote, precommit
}

/// What a member must remember before what it signed leaves it (rule G10). It replaces the entry before it.
public struct JournalEntry: Sendable, Equatable {
    public static let type = "chancery/consensus-journal/v1"
    public static let maximumBytes = 4 << 20

    /// A block and the round that it stands for.
    public struct Mark: Sendable, Equatable {
        public let value: Digest256
        public let round: Int64
    }

    public let federation: Digest256
    public let epoch: Int64
    public let slot: Int64
    public let round: Int64
    public let step: ConsensusStep
    public let locked: Mark?
    public let valid: Mark?
    /// The prevotes that prove `valid`, byte for byte, ascending by voter.
    public let proof: [[UInt8]]
    /// The latest proposal that was signed.
    public let proposal: [UInt8]?
    /// The votes that were signed in this round and the one before, byte for byte.
    public let votes: [[UInt8]]

    /// The blocks that must be on disk before this entry is.
    public var blocks: [Digest256] {
        var blocks: [Digest256] = []
        for mark in [locked, valid] {
            if let mark, !blocks.contains(mark.value) { blocks.append(mark.value) }
        }
        return blocks
    }
}

extension JournalEntry {
    /// The canonical bytes. They end in no signature but hold a checksum: a damaged entry must never be taken for none.
    public func encoded() throws(WireError) -> [UInt8] {
        var object = content
        object["checksum"] = .string(Hex.encode(Digest.sha3_256(try CanonicalForm.jcs.encode(object))))
        return try CanonicalForm.jcs.encode(object)
    }

    private var content: JSONObject {
        let mark = { (mark: Mark?) -> JSONValue in
            mark.map { ["round": .integer($0.round), "value": .hash($0.value)] } ?? .null
        }
        let list = { (records: [[UInt8]]) -> JSONValue in .array(records.map { .string(Base64.url.encode($0)) }) }
        return [
            "epoch": .integer(epoch), "federation": .hash(federation), "locked": mark(locked), "proof": list(proof),
            "proposal": proposal.map { .string(Base64.url.encode($0)) } ?? .null, "round": .integer(round),
            "slot": .integer(slot), "step": .string(step.rawValue), "type": .string(Self.type), "valid": mark(valid),
            "votes": list(votes),
        ]
    }

    /// - Throws: `governance.journal_invalid` for anything that ``encoded()`` does not write.
    public init(decoding bytes: [UInt8]) throws(GovernanceError) {
        do {
            guard var object = try StrictJSON.parse(bytes, limit: Self.maximumBytes).object else {
                throw WireError(.wrongType, "the journal is no object")
            }
            let checksum = object["checksum"]
            object["checksum"] = nil
            guard checksum == .string(Hex.encode(Digest.sha3_256(try CanonicalForm.jcs.encode(object)))) else {
                throw WireError(.invalidValue, "the checksum is wrong")
            }
            try self.init(reading: object)
        } catch {
            throw GovernanceError(.journalInvalid, "\(error)")
        }
    }

    private init(reading object: JSONObject) throws(WireError) {
        var reader = RecordReader(object, "journal")
        try reader.expect(type: Self.type)
        federation = try reader.hash256("federation")
        epoch = try reader.integer("epoch")
        slot = try reader.integer("slot", in: 1...CanonicalForm.largestSafeInteger)
        round = try reader.integer("round")
        let name = try reader.string("step", limit: 16)
        guard let step = ConsensusStep.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.utf8) }) else {
            throw WireError(.invalidValue, "a step is `propose`, `prevote` or `precommit`")
        }
        self.step = step
        locked = try Self.mark(reader.value("locked"))
        valid = try Self.mark(reader.value("valid"))
        let proposal = try reader.value("proposal")
        self.proposal = proposal.isNull ? nil : try Self.record(proposal)
        var proof: [[UInt8]] = []
        for element in try reader.array("proof", limit: ConsensusMembers.maximumMembers) {
            proof.append(try Self.record(element))
        }
        self.proof = proof
        var votes: [[UInt8]] = []
        for element in try reader.array("votes", limit: 4) { votes.append(try Self.record(element)) }
        self.votes = votes
        try reader.finish()
    }

    private static func mark(_ value: JSONValue) throws(WireError) -> Mark? {
        guard !value.isNull else { return nil }
        var reader = try RecordReader(value, "mark")
        let mark = Mark(value: try reader.hash256("value"), round: try reader.integer("round"))
        try reader.finish()
        return mark
    }

    private static func record(_ value: JSONValue) throws(WireError) -> [UInt8] {
        guard let text = value.string else { throw WireError(.wrongType, "a stored record is a string") }
        return try Base64.url.decode(text)
    }
}

public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

extension GovernanceError.Reason {
    /// Bytes that are not the statement, block, certificate or message they should be.
    public static let consensusMalformed = Self(rawValue: "governance.consensus_malformed")
}

/// Where a statement of consensus belongs. Nothing signed for one place counts at another.
public struct ConsensusPlace: Sendable, Hashable {
    public let federation: Digest256
    public let epoch: Int64
    public let committee: Digest256
    public let slot: Int64
    public let round: Int64

    public init(federation: Digest256, epoch: Int64, committee: Digest256, slot: Int64, round: Int64) {
        self.federation = federation
        self.epoch = epoch
        self.committee = committee
        self.slot = slot
        self.round = round
    }

    init(reading reader: inout RecordReader) throws(WireError) {
        federation = try reader.hash256("federation")
        epoch = try reader.integer("epoch")
        committee = try reader.hash256("committee")
        slot = try reader.integer("slot", in: 1...CanonicalForm.largestSafeInteger)
        round = try reader.integer("round")
    }

    func write(into body: inout JSONObject) {
        body["federation"] = .string(federation.description)
        body["epoch"] = .integer(epoch)
        body["committee"] = .string(committee.description)
        body["slot"] = .integer(slot)
        body["round"] = .integer(round)
    }
}

/// What a member signs during consensus: few members, no time and no free text, so that signing again says the same.
public protocol ConsensusStatement: Sendable, Equatable {
    static var type: String { get }
    var place: ConsensusPlace { get }
    /// Who signs it.
    var signer: DID { get }
    /// Everything that is signed, without `type`.
    var body: JSONObject { get }
    /// Reads a body with its `type`.
    init(body: JSONObject) throws(GovernanceError)
}

extension RecordReader {
    mutating func hash256(_ name: String) throws(WireError) -> Digest256 {
        guard let digest = Digest256(try hex(name, count: 32)) else {
            throw WireError(.invalidValue, "`\(name)` is a hash of 32 bytes")
        }
        return digest
    }

    /// A hash, or null.
    mutating func hash256OrNull(_ name: String) throws(WireError) -> Digest256? {
        try value(name).isNull ? nil : hash256(name)
    }

    /// A count, or null.
    mutating func integerOrNull(_ name: String) throws(WireError) -> Int64? {
        try value(name).isNull ? nil : integer(name)
    }

    mutating func expect(type expected: String) throws(WireError) {
        guard try string("type", limit: 64).utf8.elementsEqual(expected.utf8) else {
            throw WireError(.invalidValue, "the type must be `\(expected)`")
        }
    }
}

extension JSONValue {
    static func hash(_ digest: Digest256?) -> JSONValue { digest.map { .string($0.description) } ?? .null }
}

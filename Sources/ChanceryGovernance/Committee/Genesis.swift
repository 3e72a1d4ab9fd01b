internal import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// How a federation begins: its name, its first members with their enrolments and weights, and its thresholds.
///
/// Nobody signs it: its hash is the federation's id, which every record names and every verifier pins.
public struct Genesis: Sendable {
    public static let type = "chancery/genesis/v1"
    public static let maximumBytes = 16 << 20

    public struct Founder: Sendable {
        public let enrolment: Enrolment
        public let weight: Int64

        public init(_ enrolment: Enrolment, weight: Int64) {
            self.enrolment = enrolment
            self.weight = weight
        }
    }

    public let name: String
    public let time: UTCTime
    public let founders: [Founder]
    /// RFC 8785.
    public let bytes: [UInt8]
    /// The committee of epoch 0.
    public let committee: Committee
    public var federation: FederationID { committee.federation }

    /// `salt` is 16 fresh random bytes: two federations of the same members are two.
    public static func make(
        name: String, founders: [Founder], thresholds: Thresholds, toleratesNoFault: Bool, at time: UTCTime, salt: [UInt8]
    ) throws -> Genesis {
        let sorted = founders.sorted { $0.enrolment.did.bytes.lexicographicallyPrecedes($1.enrolment.did.bytes) }
        let value: JSONValue = [
            "founders": .array(
                try sorted.map { ["enrolment": try $0.enrolment.json, "weight": .integer($0.weight)] }),
            "name": .string(name), "salt": .string(Base64.url.encode(salt)), "thresholds": thresholds.json,
            "time": .string(time.text), "tolerates_no_fault": .bool(toleratesNoFault), "type": .string(type),
        ]
        return try Genesis(decoding: CanonicalForm.jcs.encode(value))
    }

    /// Reads a genesis; whoever relies on it compares ``federation`` with the id that he pinned.
    ///
    /// - Throws: `governance.genesis_invalid`, `wire.not_canonical`, and what enrolments and committees throw.
    public init(decoding bytes: [UInt8]) throws {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: Self.maximumBytes, depth: 32))
        guard try CanonicalForm.jcs.encode(value) == bytes else {
            throw WireError(.notCanonical, "the genesis is not in canonical form")
        }
        var reader = try RecordReader(value, "genesis")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(Self.type.utf8) else {
            throw GovernanceError(.genesisInvalid, "the document is no `\(Self.type)`")
        }
        name = try reader.string("name", limit: 64)
        time = try reader.time("time")
        _ = try reader.bytes("salt", count: 16)
        let thresholds = try Thresholds(reader.value("thresholds"))
        let toleratesNoFault = try reader.bool("tolerates_no_fault")
        founders = try reader.array("founders", limit: Committee.memberCounts.upperBound).map { element in
            var founder = try RecordReader(element, "founder")
            let enrolment = try Enrolment(verifying: founder.value("enrolment"))
            let weight = try founder.integer("weight", in: 1...Fraction.largestWeight)
            try founder.finish()
            return Founder(enrolment, weight: weight)
        }
        try reader.finish()
        guard !name.isEmpty else { throw GovernanceError(.genesisInvalid, "a federation has a name") }
        self.bytes = bytes
        committee = try Committee(
            federation: FederationID(hash: Digest.sha3_256(bytes)), epoch: 0,
            members: founders.map { $0.enrolment.member(weight: $0.weight) }, thresholds: thresholds,
            toleratesNoFault: toleratesNoFault)
        guard zip(committee.members, founders).allSatisfy({ $0.did == $1.enrolment.did }) else {
            throw GovernanceError(.genesisInvalid, "the founders are not in ascending order")
        }
    }
}

extension GovernanceError.Reason {
    /// A document that does not begin a federation.
    public static let genesisInvalid = Self(rawValue: "governance.genesis_invalid")
}

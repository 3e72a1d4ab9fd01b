public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// A member's node says where the federation stands, as far as it knows, at one moment (rule G6).
///
/// It signs one only while it holds the decision of ``slot`` and has precommitted nothing above it. A later decision needs
/// precommits of more than two thirds, so it shares a correct member with any quorum of beats, and was made after that
/// member's beat.
public struct Beat: Sendable {
    public static let type = "chancery/beat/v1"
    /// Longest record in bytes.
    public static let maximumBytes = 1 << 18
    public static let mostFreezes = 1024

    public let record: VerifiedRecord
    public let member: DID
    public let epoch: Int64
    /// The last decided slot; 0 at genesis.
    public let slot: Int64
    /// The state root after it.
    public let root: Digest256
    /// The proposals of all freezes that the node knows and that are not lifted, ordered or not; ascending.
    public let freezes: [[UInt8]]
    public let time: UTCTime

    /// Signs for `head`.
    public static func sign(
        _ head: Head<GovernanceState>, freezes: Set<[UInt8]>, as member: DID, at time: UTCTime,
        by key: SigningKey<Purpose.Consensus>
    ) throws -> Beat {
        guard freezes.count <= mostFreezes else {
            throw GovernanceError(.beatInvalid, "a beat names at most \(mostFreezes) freezes")
        }
        let sorted = freezes.sorted { $0.lexicographicallyPrecedes($1) }
        let body: JSONObject = [
            "epoch": .integer(head.members.epoch), "federation": .hash(head.members.federation),
            "freezes": .array(sorted.map { .string(Hex.encode($0)) }), "member": .string(member.text), "root": .hash(head.root),
            "slot": .integer(head.slot), "time": .string(time.text),
        ]
        return try Beat(.sign(body, type: type, by: key))
    }

    /// The slot that a record is about, before anything is checked.
    public static func statedSlot(_ record: UnverifiedRecord) -> Int64? { record.body["slot"]?.integer }

    /// Reads the beat of a member of the committee in office after `head`, about exactly this head.
    ///
    /// - Throws: `governance.beat_invalid` for another head, a stranger or a member whose contradiction was ordered; errors of
    ///   reading and of a false signature.
    public static func verify(_ record: UnverifiedRecord, of head: Head<GovernanceState>) throws -> Beat {
        guard let text = record.body["member"]?.string, let member = head.members[try DID(text)], let key = member.key,
            !head.state.isExcluded(member.did)
        else { throw GovernanceError(.beatInvalid, "a beat is of a member in office") }
        var reader = RecordReader(record.body, "beat")
        let federation = try reader.hash256("federation")
        let (slot, root) = (try reader.integer("slot"), try reader.hash256("root"))
        guard federation == head.members.federation, slot == head.slot, root == head.root,
            try reader.integer("epoch") == head.members.epoch
        else { throw GovernanceError(.beatInvalid, "the beat is about another decision than slot \(head.slot)") }
        return try Beat(record.verify(type: type, by: key))
    }

    private init(_ record: VerifiedRecord) throws {
        var reader = RecordReader(record.body, "beat")
        try reader.expect(type: Self.type)
        _ = try reader.hash256("federation")
        member = try DID(reader.string("member", limit: 80))
        epoch = try reader.integer("epoch")
        slot = try reader.integer("slot")
        root = try reader.hash256("root")
        freezes = try reader.array("freezes", limit: Self.mostFreezes).map { try Hex.decode($0.string ?? "?", count: 32) }
        time = try reader.time("time")
        try reader.finish()
        guard zip(freezes, freezes.dropFirst()).allSatisfy({ $0.lexicographicallyPrecedes($1) }) else {
            throw GovernanceError(.beatInvalid, "the freezes of a beat ascend")
        }
        self.record = record
    }
}

extension GovernanceError.Reason {
    /// A beat that is not of a member in office, or about another state.
    public static let beatInvalid = Self(rawValue: "governance.beat_invalid")
}

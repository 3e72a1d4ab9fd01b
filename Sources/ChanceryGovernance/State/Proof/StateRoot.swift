public import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// What a block's state root commits to: the whole state after it, and where in the history it stands (rule G11).
public struct StateRoot: Sendable, Equatable {
    public static let type = "chancery/state-root/v1"

    public let federation: FederationID
    /// Epoch, roster and operators of the committee that decides the next slot.
    public let epoch: Int64
    public let roster: [UInt8]
    public let operators: [UInt8]
    public let slot: Int64
    public let time: UTCTime
    /// The id of the decision before this slot.
    public let parent: [UInt8]
    /// Root and count of the map.
    public let map: TreeHead

    init(_ committee: Committee, slot: Int64, time: UTCTime, parent: [UInt8], map: TreeHead) {
        federation = committee.federation
        epoch = committee.epoch
        roster = committee.rosterHash
        operators = committee.operatorsHash
        self.slot = slot
        self.time = time
        self.parent = parent
        self.map = map
    }

    public var json: JSONObject {
        [
            "count": .integer(Int64(clamping: map.size)), "epoch": .integer(epoch), "federation": .string(federation.text),
            "operators": .string(Hex.encode(operators)), "parent": .string(Hex.encode(parent)),
            "root": .string(Hex.encode(map.root.bytes)), "roster": .string(Hex.encode(roster)), "slot": .integer(slot),
            "time": .string(time.text), "type": .string(Self.type),
        ]
    }

    /// SHA3-256 of the canonical form: what blocks carry.
    public var hash: [UInt8] {
        get throws(WireError) { Digest.sha3_256(try CanonicalForm.jcs.encode(json)) }
    }

    /// Reads what a root commits to; compare ``hash`` with the root that was decided.
    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "state root")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(Self.type.utf8) else {
            throw GovernanceError(.mapProofMalformed, "the document is no `\(Self.type)`")
        }
        federation = try FederationID(reader.string("federation", limit: 64))
        epoch = try reader.integer("epoch")
        roster = try reader.hex("roster", count: 32)
        operators = try reader.hex("operators", count: 32)
        slot = try reader.integer("slot")
        time = try reader.time("time")
        parent = try reader.hex("parent", count: 32)
        let count = UInt64(try reader.integer("count"))
        let root = try reader.hex("root", count: 32)
        try reader.finish()
        guard let digest = Digest256(root), let head = try? TreeHead(size: count, root: digest) else {
            throw GovernanceError(.mapProofMalformed, "a map without entries has another root")
        }
        map = head
    }
}

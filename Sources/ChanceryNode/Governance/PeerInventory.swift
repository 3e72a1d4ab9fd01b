internal import ChanceryLedger
internal import ChanceryWire

/// What a node has, told to others so that they send what it lacks.
struct PeerInventory: Sendable {
    /// The next slot that it waits for.
    let slot: Int64
    /// The ids of its open proposals and the ballots on them.
    let records: Set<[UInt8]>
    /// The proposals of the freezes that are in force there.
    let freezes: Set<[UInt8]>
    /// The members of whose contradiction it has a proof.
    let accused: Set<DID>

    static let type = "chancery/peer-message/v1"
    static let recordLimit = 16_384
    static let freezeLimit = 1024
    static let accusedLimit = 128

    init(slot: Int64, records: Set<[UInt8]>, freezes: Set<[UInt8]>, accused: Set<DID>) {
        self.slot = slot
        self.records = records
        self.freezes = freezes
        self.accused = accused
    }

    init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "inventory")
        _ = try reader.string("type", limit: 64)
        slot = try reader.integer("slot", in: 1...CanonicalForm.largestSafeInteger)
        records = try Set(reader.array("records", limit: Self.recordLimit).map { try Self.id($0) })
        freezes = try Set(reader.array("freezes", limit: Self.freezeLimit).map { try Self.id($0) })
        accused = try Set(reader.array("accused", limit: Self.accusedLimit).map { try DID($0.string ?? "") })
        try reader.finish()
    }

    private static func id(_ value: JSONValue) throws -> [UInt8] { try Base64.url.decode(value.string ?? "") }

    var json: JSONObject {
        [
            "accused": .array(accused.map(\.text).sorted().prefix(Self.accusedLimit).map { .string($0) }),
            "freezes": Self.list(freezes, Self.freezeLimit), "records": Self.list(records, Self.recordLimit),
            "slot": .integer(slot), "type": .string(Self.type),
        ]
    }

    private static func list(_ ids: Set<[UInt8]>, _ limit: Int) -> JSONValue {
        let sorted = ids.sorted { $0.lexicographicallyPrecedes($1) }
        return .array(sorted.prefix(limit).map { .string(Base64.url.encode($0)) })
    }
}

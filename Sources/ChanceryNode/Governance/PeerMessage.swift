internal import ChanceryGovernance
internal import ChancerySuite
internal import ChanceryWire

/// What nodes say to each other besides consensus. Nothing in it is trusted.
enum PeerMessage {
    case consensus(ConsensusMessage)
    /// A proposal or a ballot.
    case record(UnverifiedRecord)
    /// What the sender has: its next slot, and the ids of the open proposals and ballots that it knows.
    case inventory(slot: Int64, records: Set<[UInt8]>)

    static let type = "chancery/peer-message/v1"
    /// Most ids of an inventory.
    static let inventoryLimit = 16_384
    /// Longest message in bytes.
    static let maximumBytes = ConsensusMessage.maximumBytes + 1024

    func encoded() throws -> [UInt8] {
        switch self {
        case .consensus(let message): try message.encoded()
        case .record(let record): record.bytes
        case .inventory(let slot, let records): try CanonicalForm.jcs.encode(Self.inventory(slot, records))
        }
    }

    private static func inventory(_ slot: Int64, _ records: Set<[UInt8]>) -> JSONObject {
        let ids = records.sorted { $0.lexicographicallyPrecedes($1) }.prefix(inventoryLimit)
        return [
            "records": .array(ids.map { .string(Base64.url.encode($0)) }), "slot": .integer(slot), "type": .string(type),
        ]
    }

    /// Reads the form and the limits.
    init(decoding bytes: [UInt8]) throws {
        guard bytes.count <= Self.maximumBytes else {
            throw WireError(.tooLong, "a message of \(bytes.count) bytes is too long")
        }
        let value = try JSONParser.parse(bytes, limits: .init(bytes: Self.maximumBytes, depth: 32))
        if value["body"] != nil {
            self = .record(try UnverifiedRecord(decoding: bytes))
        } else if value["type"]?.string == Self.type {
            var reader = try RecordReader(value, "inventory")
            _ = try reader.string("type", limit: 64)
            let slot = try reader.integer("slot", in: 1...CanonicalForm.largestSafeInteger)
            let records = try reader.array("records", limit: Self.inventoryLimit).map {
                try Base64.url.decode($0.string ?? "")
            }
            try reader.finish()
            self = .inventory(slot: slot, records: Set(records))
        } else {
            self = .consensus(try ConsensusMessage(decoding: bytes))
        }
    }
}

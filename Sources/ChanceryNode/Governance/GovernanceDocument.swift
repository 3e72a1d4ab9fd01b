internal import ChanceryGovernance
internal import ChancerySuite
internal import ChanceryWire

/// Documents of a federation that nobody signs as a whole, because what counts in them is signed inside or pinned.
enum GovernanceDocument {
    static let kinds: Set<String> = [Genesis.type]

    static func record(_ kind: String, _ bytes: [UInt8]) throws -> NewRecord { try NewRecord(Genesis(decoding: bytes)) }
}

extension NewRecord {
    init(_ genesis: Genesis) throws {
        try self.init(
            kind: Genesis.type, id: genesis.federation.bytes, bytes: genesis.bytes, agent: genesis.federation.text,
            time: genesis.time.milliseconds)
    }
}

public import ChanceryLedger
public import ChancerySuite
internal import ChanceryWire

/// A custodian's row of evaluation events: each names the one before, and a Merkle tree covers all.
///
/// Leaf entry: the event's canonical form. Heads of different length can be held against each other with a consistency proof.
public struct EventChain: Sendable {
    public private(set) var tree = MerkleFrontier()
    /// SHA-256 of the last event; nil while there is none.
    public private(set) var last: Digest256?

    public init() {}

    public var count: UInt64 { tree.size }

    /// Adds `event` and gives the bytes to store.
    public mutating func append(_ event: EvaluationEvent) throws -> [UInt8] {
        let bytes = try event.bytes(sequence: Int64(tree.size), previous: last)
        extend(bytes)
        return bytes
    }

    /// Follows an event that was stored.
    ///
    /// - Throws: `compute.events_broken` when it does not stand in its place or does not name the one before.
    public mutating func follow(_ bytes: [UInt8]) throws {
        let (_, sequence, previous) = try EvaluationEvent.read(bytes)
        guard sequence == Int64(tree.size), previous == last else {
            throw OracleError(.eventsBroken, "event \(sequence) does not follow the \(tree.size) events before it")
        }
        extend(bytes)
    }

    private mutating func extend(_ bytes: [UInt8]) {
        tree.append(MerkleTree.leafHash(bytes))
        last = Digest256(Digest.sha256(bytes))
    }
}

extension OracleError.Reason {
    /// A row of evaluation events has a gap, or was changed.
    public static let eventsBroken = Self(rawValue: "compute.events_broken")
}

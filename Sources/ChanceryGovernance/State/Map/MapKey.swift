internal import ChancerySuite
public import ChanceryWire

/// Where an entry stands in a ``MerkleMap``: 32 bytes, ordered as bytes.
public struct MapKey: Sendable, Hashable, Comparable {
    public let bytes: [UInt8]

    /// From exactly 32 bytes.
    package init(hash: [UInt8]) { bytes = hash }

    /// SHA-256(table ‖ 00 ‖ RFC 8785 of `key`). Names of tables hold no zero byte, so no two tables share a key.
    ///
    /// - Throws: `wire.number_out_of_range` for a number that RFC 8785 does not represent.
    public init(table: String, _ key: JSONValue) throws(WireError) {
        bytes = Digest.sha256(Array(table.utf8) + [0] + (try CanonicalForm.jcs.encode(key)))
    }

    public static func < (left: MapKey, right: MapKey) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

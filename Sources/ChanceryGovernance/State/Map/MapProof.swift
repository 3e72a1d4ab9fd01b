public import ChanceryLedger
internal import ChancerySuite

/// Shows what a ``MerkleMap`` says about one key, to whoever knows its count and root.
///
/// Presence is the path of the key's own leaf. Absence are the two leaves between which it would stand, next to each other
/// under the count; at an end one of them is missing, in an empty map both.
public enum MapProof: Sendable, Hashable {
    case present(InclusionProof)
    case absent(below: Neighbour?, above: Neighbour?)

    /// A leaf beside the place of an absent key.
    public struct Neighbour: Sendable, Hashable {
        public let key: MapKey
        /// SHA-256 of its value.
        public let valueHash: [UInt8]
        public let path: InclusionProof
    }

    /// Checks that a map with `head` holds `value` under `key`, or nothing when `value` is nil.
    ///
    /// - Throws: `governance.map_proof_false` otherwise.
    public func verify(_ key: MapKey, _ value: [UInt8]?, head: TreeHead) throws(GovernanceError) {
        switch (self, value) {
        case (.present(let path), let value?):
            try Self.require(path, MerkleMap.leaf(key, Digest.sha256(value)), head)
        case (.absent(let below, let above), nil):
            let places = [below, above].compactMap { $0 }
            for neighbour in places {
                try Self.require(neighbour.path, MerkleMap.leaf(neighbour.key, neighbour.valueHash), head)
            }
            // The place of the key is one behind `below` and that of `above`, whichever are there.
            let first = below.map { $0.path.index + 1 } ?? 0
            let last = above?.path.index ?? head.size
            guard first == last, below.map({ $0.key < key }) ?? true, above.map({ key < $0.key }) ?? true,
                head.size > 0 || head == .empty
            else { throw GovernanceError(.mapProofFalse, "the neighbours do not leave the key out") }
        default: throw GovernanceError(.mapProofFalse, "presence and absence are different proofs")
        }
    }

    private static func require(_ path: InclusionProof, _ leaf: Digest256, _ head: TreeHead) throws(GovernanceError) {
        guard path.size == head.size, path.root(from: leaf) == head.root else {
            throw GovernanceError(.mapProofFalse, "leaf \(path.index) of \(path.size) does not lead to the root")
        }
    }
}

extension GovernanceError.Reason {
    /// A proof of the state that is genuine for another root, key or value.
    public static let mapProofFalse = Self(rawValue: "governance.map_proof_false")
    /// A proof of the state whose parts do not fit each other.
    public static let mapProofMalformed = Self(rawValue: "governance.map_proof_malformed")
}

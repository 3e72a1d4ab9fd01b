public import ChanceryLedger
internal import ChancerySuite

/// A map whose every content has one root: what it holds, and what it does not hold, can be proven to whoever knows root
/// and count (rule G11).
///
/// The leaves, ascending by key, are 00 ‖ key ‖ SHA-256(value) in the tree of RFC 6962. Changing an entry costs O(log n)
/// and a move of what follows; ``head`` and ``proof(of:)`` cost O(n) node hashes, about a millisecond at ten thousand
/// entries.
public struct MerkleMap: Sendable, Equatable {
    // Invariant: `keys` ascends strictly; the three arrays are in step.
    private var keys: [MapKey] = []
    private var values: [[UInt8]] = []
    private var leaves: [Digest256] = []

    public init() {}

    public var count: Int { keys.count }

    /// The value of `key`; setting nil removes the entry.
    public subscript(key: MapKey) -> [UInt8]? {
        get {
            let place = place(of: key)
            return holds(key, at: place) ? values[place] : nil
        }
        set {
            let place = place(of: key)
            let range = place..<(holds(key, at: place) ? place + 1 : place)
            keys.replaceSubrange(range, with: newValue == nil ? [] : [key])
            values.replaceSubrange(range, with: newValue.map { [$0] } ?? [])
            leaves.replaceSubrange(range, with: newValue.map { [Self.leaf(key, Digest.sha256($0))] } ?? [])
        }
    }

    /// Count and root.
    public var head: TreeHead {
        var frontier = MerkleFrontier()
        for leaf in leaves { frontier.append(leaf) }
        return frontier.head
    }

    /// Shows which value `key` has, or that it has none.
    public func proof(of key: MapKey) -> MapProof {
        let place = place(of: key)
        guard !holds(key, at: place) else { return .present(path(of: place)) }
        return .absent(
            below: place > 0 ? neighbour(place - 1) : nil, above: place < count ? neighbour(place) : nil)
    }

    /// SHA-256(00 ‖ key ‖ hash of the value).
    static func leaf(_ key: MapKey, _ valueHash: [UInt8]) -> Digest256 { MerkleTree.leafHash(key.bytes + valueHash) }

    private func neighbour(_ place: Int) -> MapProof.Neighbour {
        .init(key: keys[place], valueHash: Digest.sha256(values[place]), path: path(of: place))
    }

    private func path(of place: Int) -> InclusionProof {
        do {
            return try InclusionProof(
                index: UInt64(place), size: UInt64(count), path: MerkleTree.path(of: place, in: leaves))
        } catch {
            preconditionFailure("a path of the map's own tree: \(error)")
        }
    }

    /// The place of the first key that does not precede `key`.
    private func place(of key: MapKey) -> Int {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func holds(_ key: MapKey, at place: Int) -> Bool { place < keys.count && keys[place] == key }
}

public import ChancerySuite

/// The hashes of an RFC 6962 tree (§2.1), with SHA-256.
public enum TreeHash {
    /// SHA-256(00 ‖ entry).
    public static func leaf(_ entry: [UInt8]) -> Digest256 { .sha256(prefix: 0, entry) }

    /// SHA-256(01 ‖ left ‖ right).
    public static func node(_ left: Digest256, _ right: Digest256) -> Digest256 { .sha256(prefix: 1, left, right) }

    /// The root of the tree without leaves: SHA-256 of nothing.
    public static let empty = Digest256.sha256(prefix: [], [UInt8]().span)

    /// The level above `nodes`, or a part of it when `nodes` is a part of a level that starts at an even place. An odd last
    /// hash rises unchanged.
    public static func fold(_ nodes: [Digest256]) -> [Digest256] {
        stride(from: 0, to: nodes.count, by: 2).map { left in
            left + 1 < nodes.count ? node(nodes[left], nodes[left + 1]) : nodes[left]
        }
    }
}

/// What a result is worth when up to t custodians lie.
public enum Assurance: UInt8, Sendable, Hashable, Comparable, CaseIterable {
    /// Too few shares to notice a wrong one.
    case unchecked = 0
    /// A wrong share is noticed and the session ends; shares alone do not say whose it was.
    case checked = 1
    /// A wrong share is put right and its sender named.
    case corrected = 2

    public static func < (left: Assurance, right: Assurance) -> Bool { left.rawValue < right.rawValue }
}

/// How the products of the preparation are known to be right.
public enum MaterialAssurance: Sendable, Hashable, CaseIterable {
    /// By a batch verification before use.
    case batchVerified
    /// Each opening shows a wrong share.
    case selfChecking
    /// Each opening puts a wrong share right and names its sender.
    case corrected
}

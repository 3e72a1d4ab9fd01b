/// How many custodians there are and how many of them it takes.
///
/// Any t = K − 1 custodians learn nothing. Products of shares need 2t + 1 of them, so N < 2K − 1 is refused.
public struct Committee: Sendable, Hashable {
    public static let sizes = 3...9

    /// N.
    public let size: Int
    /// t = K − 1: how many may be under one adversary's control.
    public let corruptions: Int

    /// K.
    public var quorum: Int { corruptions + 1 }
    /// How few take one client's values under one claim: enough shares to notice a lie, and more than (N + t) / 2, so that any two
    /// such sets have an honest custodian in common, who takes one client's values once (rule T3). Where N ≥ 3t + 1 that many are
    /// left when t are silent.
    public var fewest: Int { max(2 * corruptions + 1, (size + corruptions) / 2 + 1) }
    /// The numbers of the custodians; number i holds the values at i of all polynomials.
    public var members: ClosedRange<Int> { 1...size }

    /// - Throws: `threshold.invalid_committee` unless 3 ≤ N ≤ 9, K ≥ 2 and N ≥ 2K − 1.
    public init(size: Int, quorum: Int) throws(ThresholdError) {
        guard Self.sizes.contains(size), quorum >= 2, quorum <= size, size >= 2 * quorum - 1 else {
            throw ThresholdError(
                .invalidCommittee,
                "a committee has 3 to 9 custodians, a quorum of 2 or more, and twice the quorum less one at least")
        }
        self.size = size
        corruptions = quorum - 1
    }

    /// What the opening of a value is worth with so many shares of a polynomial of `degree`; nil when they are too few to open
    /// it at all.
    ///
    /// Safe against t liars among those present: with fewer than degree + 2t + 1 shares a wrong word can lie nearer to another
    /// polynomial than to the right one, so it is not corrected though decoding might succeed.
    ///
    /// - Parameter caught: liars that were found and left out, so fewer can be among those present.
    func assurance(shares: Int, degree: Int, caught: Int = 0) -> Assurance? {
        guard shares > degree else { return nil }
        let liars = max(0, corruptions - caught)
        if shares >= degree + 2 * liars + 1 { return .corrected }
        return shares >= degree + liars + 1 ? .checked : .unchecked
    }

    /// What evaluations are worth while `missing` custodians are silent; nil when there can be none.
    public func online(missing: Int) -> Assurance? {
        guard (0...size).contains(missing) else { return nil }
        return assurance(shares: size - missing, degree: corruptions)
    }

    /// How material is made while `missing` custodians are silent; nil when there can be none.
    public func material(missing: Int) -> MaterialAssurance? {
        guard (0...size).contains(missing) else { return nil }
        return switch assurance(shares: size - missing, degree: 2 * corruptions) {
        case .corrected: .corrected
        case .checked: .selfChecking
        case .unchecked: .batchVerified
        case nil: nil
        }
    }
}

/// Bits of output that were given away, and the most that may be.
public struct BitsLedger: Sendable, Hashable {
    public let limit: Int64
    public private(set) var spent: Int64 = 0

    public init(limit: Int64) { self.limit = max(limit, 0) }

    public var remaining: Int64 { max(0, limit - spent) }

    /// Whether `bits` more stay within the limit.
    public func allows(_ bits: Int64) -> Bool { bits <= remaining }

    /// Counts `bits`, also past the limit: what was given away was given away.
    public mutating func spend(_ bits: Int64) { spent = spent.addingUpToLimit(bits) }

    /// How many answers of `bits` each still fit.
    public func answers(of bits: Int64) -> Int64 { bits <= 0 ? .max : remaining / bits }
}

extension Int64 {
    /// The sum, at most the largest number. Neither is negative.
    func addingUpToLimit(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    /// The product, at most the largest number. Neither is negative.
    func multipliedUpToLimit(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}

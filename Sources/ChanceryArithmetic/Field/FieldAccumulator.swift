/// A sum of products that is reduced once at its end: the inner loop of dot products.
///
/// Products are kept in columns of 2^0, 2^64 and 2^128 ≡ 2, each with its count of carries.
@frozen
public struct FieldAccumulator: Sendable {
    @usableFromInline var lows: UInt128 = 0
    @usableFromInline var middles: UInt128 = 0
    @usableFromInline var highs: UInt128 = 0
    /// How often each column passed 2^128.
    @usableFromInline var lowCarries: UInt64 = 0
    @usableFromInline var middleCarries: UInt64 = 0
    @usableFromInline var highCarries: UInt64 = 0

    @inlinable
    public init() {}

    /// Adds `left · right`. 2^62 products fit.
    @inlinable @inline(__always)
    public mutating func add(_ left: FieldElement, times right: FieldElement) {
        let (low, carried) = lows.addingReportingOverflow(UInt128(left.low) &* UInt128(right.low))
        lows = low
        lowCarries &+= carried ? 1 : 0
        // Each limb product with a high limb is below 2^127, so the two together are below 2^128.
        let cross = UInt128(left.low) &* UInt128(right.high) &+ UInt128(left.high) &* UInt128(right.low)
        let (middle, carriedMiddle) = middles.addingReportingOverflow(cross)
        middles = middle
        middleCarries &+= carriedMiddle ? 1 : 0
        let (high, carriedHigh) = highs.addingReportingOverflow(UInt128(left.high) &* UInt128(right.high))
        highs = high
        highCarries &+= carriedHigh ? 1 : 0
    }

    /// Adds `element`.
    @inlinable @inline(__always)
    public mutating func add(_ element: FieldElement) {
        let (low, carried) = lows.addingReportingOverflow(element.value)
        lows = low
        lowCarries &+= carried ? 1 : 0
    }

    /// The sum modulo p.
    @inlinable @inline(__always)
    public var reduced: FieldElement {
        // 2^128 ≡ 2 and 2^192 ≡ 2·2^64, so a carry of the middle column is worth 2^65 and one of the high column 4.
        let mask = UInt128(UInt64.max)
        let first = FieldElement(reducing: lows)
        let second = FieldElement(reducing: (middles & mask) << 64)
        let high = FieldElement(reducing: highs)
        // (middle >> 64)·2^128 and the carries, all small: below 2^65 + 2^63 + 2^64 + 2^128/2^1.
        let small =
            (middles >> 64) << 1 &+ UInt128(lowCarries) << 1 &+ UInt128(highCarries) << 2
            &+ UInt128(middleCarries) << 65
        return first + second + FieldElement(reducing: small) + high + high
    }
}

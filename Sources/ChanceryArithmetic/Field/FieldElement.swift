/// A number modulo the prime p = 2^127 − 1, in which all threshold execution is computed.
///
/// Always the canonical representative 0 ≤ v < p, in two limbs. Sums and products fold at bit 127, because 2^127 ≡ 1. No
/// operation branches on a value except where its label says so.
@frozen
public struct FieldElement: Sendable, Hashable {
    /// The low and the high 64 bits; the high limb is below 2^63.
    @usableFromInline let low: UInt64
    @usableFromInline let high: UInt64

    /// p.
    @inlinable @inline(__always)
    public static var modulus: UInt128 { UInt128.max >> 1 }
    @inlinable @inline(__always)
    public static var zero: FieldElement { FieldElement(low: 0, high: 0) }
    @inlinable @inline(__always)
    public static var one: FieldElement { FieldElement(low: 1, high: 0) }
    /// The bytes of one element in a frame or record.
    @inlinable
    public static var byteCount: Int { 16 }

    /// For values that are below p already.
    @inlinable
    init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// For values that are below p already.
    @inlinable
    init(canonical value: UInt128) { self.init(low: UInt64(truncatingIfNeeded: value), high: UInt64(value >> 64)) }

    /// The canonical representative.
    @inlinable
    public var value: UInt128 { UInt128(high) << 64 | UInt128(low) }

    @inlinable
    public init(_ value: UInt64) { self.init(low: value, high: 0) }

    /// `value` modulo p: p − |v| for a negative one.
    @inlinable
    public init(signed value: Int64) { self.init(signed128: Int128(value)) }

    /// `value` modulo p: p − |v| for a negative one of up to 127 bits.
    @inlinable
    public init(signed128 value: Int128) {
        let magnitude = FieldElement(reducing: value.magnitude)
        self = value < 0 ? -magnitude : magnitude
    }

    /// `value` modulo p.
    @inlinable @inline(__always)
    public init(reducing value: UInt128) {
        // Only 2^128 − 1 = 2p + 1 needs a third fold.
        self.init(folding: (value & Self.modulus) &+ (value >> 127))
    }

    /// `value` modulo p, for values up to 2p.
    @inlinable @inline(__always)
    init(folding value: UInt128) {
        let top = UInt64(truncatingIfNeeded: value >> 127)
        let (low, carry) = UInt64(truncatingIfNeeded: value).addingReportingOverflow(top)
        let high = (UInt64(truncatingIfNeeded: value >> 64) & (.max >> 1)) &+ (carry ? 1 : 0)
        // At most p now, and p itself is zero.
        let isModulus = ~low | ((.max >> 1) ^ high) == 0
        self.init(low: isModulus ? 0 : low, high: isModulus ? 0 : high)
    }

    /// The value in (−p/2, p/2).
    @inlinable
    public var signed: Int128 {
        let value = value
        return value > Self.modulus >> 1 ? Int128(value) - Int128(Self.modulus) : Int128(value)
    }

    /// Whether this is zero, for public values.
    @inlinable
    public var isZero: Bool { low | high == 0 }
}

extension FieldElement {
    @inlinable @inline(__always)
    public static func + (left: FieldElement, right: FieldElement) -> FieldElement {
        // Below 2^128, so one fold is enough.
        FieldElement(folding: left.value &+ right.value)
    }

    @inlinable @inline(__always)
    public static func - (left: FieldElement, right: FieldElement) -> FieldElement {
        FieldElement(folding: left.value &+ (modulus &- right.value))
    }

    @inlinable @inline(__always)
    public static prefix func - (element: FieldElement) -> FieldElement {
        FieldElement(folding: modulus &- element.value)
    }

    @inlinable @inline(__always)
    public static func * (left: FieldElement, right: FieldElement) -> FieldElement {
        let lows = UInt128(left.low) &* UInt128(right.low)
        // The high limbs are below 2^63, so nothing here passes 2^128.
        let middle =
            UInt128(left.low) &* UInt128(right.high) &+ UInt128(left.high) &* UInt128(right.low) &+ (lows >> 64)
        let bottom = (middle << 64) | UInt128(UInt64(truncatingIfNeeded: lows))
        let top = UInt128(left.high) &* UInt128(right.high) &+ (middle >> 64)
        // The product is top·2^128 + bottom, and 2^127 ≡ 1.
        return FieldElement(folding: (bottom & modulus) &+ (top << 1 | bottom >> 127))
    }

    @inlinable @inline(__always)
    public static func += (left: inout FieldElement, right: FieldElement) { left = left + right }
    @inlinable @inline(__always)
    public static func -= (left: inout FieldElement, right: FieldElement) { left = left - right }
    @inlinable @inline(__always)
    public static func *= (left: inout FieldElement, right: FieldElement) { left = left * right }

    /// This to the power of a public exponent.
    @inlinable
    public func power(_ exponent: UInt128) -> FieldElement {
        var result = FieldElement.one
        for bit in (0..<(128 - exponent.leadingZeroBitCount)).reversed() {
            result *= result
            if exponent >> UInt128(bit) & 1 == 1 { result *= self }
        }
        return result
    }

    /// 1/v, by Fermat; nil for zero. About 250 products.
    @inlinable
    public func inverse() -> FieldElement? { isZero ? nil : power(Self.modulus - 2) }

    /// The smaller of the two roots; nil when this is no square. p ≡ 3 mod 4, so it is one power: v^(2^125).
    @inlinable
    public func squareRoot() -> FieldElement? {
        var root = self
        for _ in 0..<125 { root *= root }
        guard root * root == self else { return nil }
        return root.value <= Self.modulus >> 1 ? root : -root
    }

    /// The inverses of many elements for three products each and one inversion; nil when one of them is zero.
    public static func inverses(_ elements: [FieldElement]) -> [FieldElement]? {
        var prefix: [FieldElement] = []
        prefix.reserveCapacity(elements.count)
        var product = one
        for element in elements {
            prefix.append(product)
            product *= element
        }
        guard !elements.isEmpty else { return [] }
        guard var running = product.inverse() else { return nil }
        var inverses = elements
        for index in elements.indices.reversed() {
            inverses[index] = running * prefix[index]
            running *= elements[index]
        }
        return inverses
    }
}

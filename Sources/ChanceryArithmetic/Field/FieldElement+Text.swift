extension FieldElement {
    /// Reads a decimal number of any length with an optional sign, reduced modulo p; nil for anything else. The caller bounds
    /// the length: the work is proportional to it.
    public init?(decimal text: some StringProtocol) {
        var digits = text.utf8[...]
        let negative = digits.first == UInt8(ascii: "-")
        if negative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        guard !digits.isEmpty else { return nil }
        var value = FieldElement.zero
        var chunk: UInt64 = 0
        var scale: UInt64 = 1
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            chunk = chunk * 10 + UInt64(digit - UInt8(ascii: "0"))
            scale *= 10
            if scale == 1_000_000_000_000_000_000 {
                value = value * FieldElement(scale) + FieldElement(chunk)
                (chunk, scale) = (0, 1)
            }
        }
        value = value * FieldElement(scale) + FieldElement(chunk)
        self = negative ? -value : value
    }

    /// Reads 16 bytes, little-endian; nil for another length and for p or more.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var value: UInt128 = 0
        var shift: UInt128 = 0
        for byte in bytes {
            value |= UInt128(byte) << shift
            shift += 8
        }
        guard value < Self.modulus else { return nil }
        self.init(canonical: value)
    }

    /// 16 bytes, little-endian.
    public var bytes: [UInt8] {
        let value = value
        return (0..<Self.byteCount).map { UInt8(truncatingIfNeeded: value >> UInt128(8 * $0)) }
    }

    /// The canonical representative in decimal.
    public var decimal: String { String(value) }
}

extension FieldElement: CustomStringConvertible {
    public var description: String { decimal }
}

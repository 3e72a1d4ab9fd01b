public import ChanceryArithmetic

extension Circuit.Variable {
    /// The element for a decimal number such as `-0.25`: the nearest that the type holds.
    ///
    /// - Throws: `compute.bad_literal` for what is no number of at most 36 digits, or no whole one where the type has none else;
    ///   `compute.input_out_of_range`.
    public func element(_ text: some StringProtocol) throws(CircuitError) -> FieldElement {
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let digits = text.dropFirst(isNegative ? 1 : 0)
        if type == .field {
            guard text.utf8.count <= SeedInteger.maximumDigits, let element = FieldElement(decimal: text) else {
                throw CircuitError(.badLiteral, "the value of `\(name)` is no whole number")
            }
            return element
        }
        guard let magnitude = Number(digits), let value = (isNegative ? -magnitude : magnitude).scaled(by: Int(type.fraction)),
            type.fraction > 0 || magnitude.integer != nil
        else { throw CircuitError(.badLiteral, "the value of `\(name)` is no number of this type") }
        let allowed = range ?? type.range
        guard allowed.map({ $0.contains(value) }) ?? true else {
            throw CircuitError(.inputOutOfRange, "the value of `\(name)` lies outside its range")
        }
        return FieldElement(signed128: value)
    }
}

extension Circuit.Output {
    /// The number that an element stands for, exactly: signed unless the output is of the field.
    public func decimal(_ element: FieldElement) -> String {
        guard type != .field else { return element.decimal }
        let fraction = Int(type.fraction)
        let value = scaled(element)
        let magnitude = value.magnitude
        let sign = value < 0 ? "-" : ""
        let whole = magnitude >> UInt128(fraction)
        var rest = magnitude & ((UInt128(1) << UInt128(fraction)) - 1)
        guard rest != 0 else { return "\(sign)\(whole)" }
        var digits = ""
        // Each binary digit after the point takes one decimal digit; ten times the rest fits while the fraction is below 124.
        while rest != 0, fraction < 124 {
            rest *= 10
            digits += "\(rest >> UInt128(fraction))"
            rest &= (UInt128(1) << UInt128(fraction)) - 1
        }
        return "\(sign)\(whole).\(digits)"
    }

    /// The number as a double. For a logistic output it is the score, and the client computes 1 / (1 + e^−score).
    public func number(_ element: FieldElement) -> Double {
        guard type != .field else { return Double(element.value) }
        return Double(scaled(element)) / Double(UInt128(1) << UInt128(type.fraction))
    }

    /// In the field: an element from elsewhere may be of any size.
    private func scaled(_ element: FieldElement) -> Int128 { (element * FieldElement(signed128: step)).signed }
}

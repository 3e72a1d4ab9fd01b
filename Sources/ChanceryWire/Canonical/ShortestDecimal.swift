/// The shortest decimal digits that read back as the same double, and where the point stands.
///
/// Both canonical forms print the same digits; they differ in when they switch to an exponent.
struct ShortestDecimal {
    /// Significant digits without leading or trailing zeros (`0` for zero).
    let digits: [UInt8]
    /// The value is 0.d₁d₂d₃… × 10^point.
    let point: Int
    let isNegative: Bool

    /// `value` must be finite.
    init(_ value: Double) {
        isNegative = value.sign == .minus
        // Swift prints the shortest digits that round-trip; only their layout is taken apart here.
        var mantissa: [UInt8] = []
        var exponent = 0
        var afterPoint = 0
        var seenPoint = false
        var text = value.magnitude.description.utf8[...]
        while let byte = text.popFirst() {
            switch byte {
            case 0x2e: seenPoint = true
            case 0x65:
                exponent = Int(String(text)!)!
                text = text[text.endIndex...]
            default:
                mantissa.append(byte)
                if seenPoint { afterPoint += 1 }
            }
        }
        var point = mantissa.count - afterPoint + exponent
        let zeros = mantissa.prefix { $0 == 0x30 }.count
        mantissa.removeFirst(zeros)
        point -= zeros
        while mantissa.last == 0x30 { mantissa.removeLast() }
        if mantissa.isEmpty {
            mantissa = [0x30]
            point = 1
        }
        digits = mantissa
        self.point = point
    }
}

extension ShortestDecimal {
    /// ECMAScript `Number::toString`, as RFC 8785 §3.2.2.3 demands. Negative zero prints as `0`.
    var ecmaScript: [UInt8] {
        if digits == [0x30] { return [0x30] }
        let body: [UInt8]
        switch point {
        case digits.count...21 where digits.count <= 21:
            body = digits + [UInt8](repeating: 0x30, count: point - digits.count)
        case 1...21:
            body = digits[..<point] + [0x2e] + digits[point...]
        case -5...0:
            body = [0x30, 0x2e] + [UInt8](repeating: 0x30, count: -point) + digits
        default:
            let exponent = point - 1
            let sign: [UInt8] = exponent < 0 ? [0x2d] : [0x2b]
            body = scientificMantissa + [0x65] + sign + Array(String(exponent.magnitude).utf8)
        }
        return isNegative ? [0x2d] + body : body
    }

    /// Python `repr(float)`, as AISS-1 demands: `1.0`, `1e-07`, `1e+16`, `-0.0`.
    var python: [UInt8] {
        let exponent = point - 1
        let body: [UInt8]
        if digits == [0x30] {
            body = [0x30, 0x2e, 0x30]
        } else if exponent < -4 || exponent >= 16 {
            let magnitude = String(exponent.magnitude)
            let padded = magnitude.utf8.count < 2 ? "0" + magnitude : magnitude
            body = scientificMantissa + [0x65, exponent < 0 ? 0x2d : 0x2b] + Array(padded.utf8)
        } else if point <= 0 {
            body = [0x30, 0x2e] + [UInt8](repeating: 0x30, count: -point) + digits
        } else if point >= digits.count {
            body = digits + [UInt8](repeating: 0x30, count: point - digits.count) + [0x2e, 0x30]
        } else {
            body = digits[..<point] + [0x2e] + digits[point...]
        }
        return isNegative ? [0x2d] + body : body
    }

    private var scientificMantissa: [UInt8] {
        digits.count == 1 ? digits : [digits[0], 0x2e] + digits[1...]
    }
}

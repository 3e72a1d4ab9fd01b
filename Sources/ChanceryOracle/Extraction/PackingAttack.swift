public import ChanceryArithmetic

/// Several weights in one answer: inputs are powers of a base, and the weights are the digits of the result.
///
/// It needs an unrounded answer and inputs far beyond any natural range, so a range check on the inputs ends it.
public struct PackingAttack: Sendable, Equatable {
    /// Bits of a digit: one more than a weight's magnitude has.
    public let digitBits: Int
    /// How many weights one answer gives.
    public let weightsPerQuery: Int

    /// What fits when weights have magnitudes of `weightBits` bits and inputs may have magnitudes of `inputBits` bits. One
    /// weight for each answer is always there: that is an ordinary question.
    public init(weightBits: Int, inputBits: Int) {
        let bits = min(max(weightBits, 1) + 2, 126)
        digitBits = bits
        // The bias is the lowest digit; a weight with the power k of the base needs an input of k·bits + 1 bits.
        weightsPerQuery = max(1, min(126 / bits - 1, (max(inputBits, 1) - 1) / bits))
    }

    /// With digits of `digitBits` bits and so many weights in one answer.
    ///
    /// - Throws: `compute.simulation_malformed` when the digits do not fit the field.
    public init(digitBits: Int, weightsPerQuery: Int) throws(OracleError) {
        guard (2...126).contains(digitBits), (1...126).contains(weightsPerQuery), digitBits * (weightsPerQuery + 1) <= 126
        else {
            throw OracleError(.simulationMalformed, "so many digits do not fit an element of the field")
        }
        self.digitBits = digitBits
        self.weightsPerQuery = weightsPerQuery
    }

    /// How many answers give `weights` weights and the bias.
    public func queries(weights: Int) -> Int { (max(weights, 1) + weightsPerQuery - 1) / weightsPerQuery }

    /// The inputs of one question: 2^(digitBits·k) for the k-th weight of the group.
    public var inputs: [FieldElement] {
        (1...weightsPerQuery).map { FieldElement(reducing: 1 << UInt128(digitBits * $0)) }
    }

    /// The bias and the weights that an answer holds. Digits are signed.
    public func recover(from answer: FieldElement) -> (bias: Int64, weights: [Int64]) {
        let base = Int128(1) << Int128(digitBits)
        var rest = answer.signed
        var digits: [Int64] = []
        for _ in 0...weightsPerQuery {
            var digit = rest % base
            if digit >= base / 2 { digit -= base } else if digit < -(base / 2) { digit += base }
            digits.append(Int64(clamping: digit))
            rest = (rest - digit) / base
        }
        return (digits[0], Array(digits.dropFirst()))
    }
}

/// What an input may be. Checked inside the computation, or here where a custodian sees the inputs.
public struct InputRange: Sendable, Hashable {
    public let bounds: ClosedRange<Int128>

    public init(_ bounds: ClosedRange<Int128>) { self.bounds = bounds }

    /// Reads the element as a signed number.
    public func admits(_ input: FieldElement) -> Bool { bounds.contains(input.signed) }
}

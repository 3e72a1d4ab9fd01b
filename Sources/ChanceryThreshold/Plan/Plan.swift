internal import ChanceryArithmetic
public import ChanceryCircuit

/// A circuit as the custodians run it: which values are masked and opened, in which round, and what material that takes.
///
/// A value is either masked (its Δ = v + λ is public, and everybody has a share of λ) or shared (everybody has a share of v).
/// Sums are free in both forms. A product needs masked operands and gives a shared value; it is opened only where it is an
/// operand of another product, so a score costs no opening at all. Comparisons are spelled out into products here.
public struct Plan: Sendable {
    /// A value: a masked one from 0, a shared one as ~index.
    typealias Place = Int32

    struct Term: Sendable {
        let place: Place
        let coefficient: FieldElement
    }

    /// Operands of a product, both masked. Rows of the table of masks: masked values first, then random bits.
    struct Pair: Sendable {
        let left: Int32
        let right: Int32
    }

    /// Computed by each custodian alone.
    enum Local: Sendable {
        case constant(Int, FieldElement)
        case maskedSum(Int, Range<Int>, FieldElement)
        case sharedSum(Int, Range<Int>, FieldElement)
        case products(Int, Range<Int>, dot: Int)
        case leaves(LowBits)
        case sign(Int, Comparison, carry: Int)
    }

    /// A value that everybody opens.
    enum Opening: Sendable {
        /// The shared value `from` becomes the masked value `to`.
        case mask(to: Int, from: Int)
        /// The value `from`, divided, becomes the masked value `to`.
        case truncate(to: Int, from: Place, Division)
        /// The masked value `from` becomes public under the comparison's own mask.
        case compare(from: Place, Comparison)
    }

    /// A division by 2^shift with an error of at most C(n, t) upwards; of at most 1, and known, where the low bits are.
    struct Division: Sendable {
        let shift: Int
        let bits: Int
        /// The row of its mask among the masks of openings.
        let mask: Int
        /// The low part of the mask, where it is made of bits.
        let low: LowBits?
        /// The slot of its bounded number.
        let slot: Int
    }

    /// Whether the low bits of an opened value are below those of its mask: whether adding the mask carried beyond them.
    struct LowBits: Sendable {
        let bits: Int
        /// Place among the opened numbers that are held against shared bits.
        let number: Int
        /// The row of the first random bit.
        let firstBit: Int
        /// The first dot of the products of neighbouring bits.
        let firstPair: Int
        /// The place from which the shared (generate, propagate) values of pairs of bits stand.
        let firstLeaf: Int

        var bitPairs: Int { bits / 2 }
        var leaves: Int { (bits + 1) / 2 }
    }

    /// Whether a value of `bits` bits is negative (Catrina, de Hoogh 2010).
    struct Comparison: Sendable {
        let bits: Int
        /// All bits but the sign.
        let low: LowBits
        /// The row of its mask among the masks of openings; the next row is its low part.
        let mask: Int
        let slot: Int
        let from: Place
    }

    /// What a variable's declared range demands of the bits that come with it.
    struct RangeCheck: Sendable {
        /// The input's number.
        let variable: Int
        let range: ClosedRange<Int128>
        /// The first of its bits among the inputs.
        let firstBit: Int
        let bits: Int
        /// Whether a second set of bits shows the distance to the upper bound: it does unless the range fills all bits.
        let isTwoSided: Bool
        /// The first dot of the squares of the bits' masks.
        let firstDot: Int
    }

    struct Stage: Sendable {
        var locals: [Local] = []
        var openings: [Opening] = []
    }

    /// Masked values: first the owner's secrets, then inputs, then the bits of both, then what is opened.
    var maskedCount = 0
    var sharedCount = 0
    /// What the client (or, for secrets, the owner) sends: the values, then the bits of their range proofs.
    var inputs: Range<Int> = 0..<0
    /// How many of the inputs are values; the rest are bits.
    var variableCount = 0
    /// Masked values whose mask comes from the epoch's secrets.
    var secrets: Range<Int> = 0..<0
    /// Masked values with a uniform mask of their own: the row of each.
    var freshMasks: [Int] = []
    var checks: [RangeCheck] = []
    var terms: [Term] = []
    var pairs: [Pair] = []
    /// The products of masks that the material holds, as ranges of `pairs`.
    var dots: [Range<Int>] = []
    var stages: [Stage] = []
    var divisions: [(to: Int, Division)] = []
    var comparisons: [Comparison] = []
    var lows: [LowBits] = []
    var bitCount = 0
    var openingMasks = 0
    var slots = 0
    var outputs: [Place] = []

    /// The statistical distance of bounded masks is 2^−40.
    static let statisticalBits = 40

    /// How many values are opened in one evaluation, range proofs aside.
    public var openingCount: Int { stages.reduce(0) { $0 + $1.openings.count } }
    /// How many values one round opens at most.
    public var openingWidth: Int { stages.reduce(0) { max($0, $1.openings.count) } }
    /// How many rounds of openings follow one another.
    public var roundCount: Int { stages.count { !$0.openings.isEmpty } }
    /// How many products of masks and random bits the material of one evaluation takes.
    public var dotCount: Int { dots.count }
    public var randomBitCount: Int { bitCount }
    /// How many field elements a client sends for one evaluation: its values and the bits that show their ranges.
    public var inputCount: Int { inputs.count }
    public var outputCount: Int { outputs.count }

    /// How many evaluations one session takes at most: each message has a largest size, and so has a custodian's memory.
    public var maximumBatch: Int {
        let widest = max(inputs.count, outputs.count, dots.count, bitCount, openingWidth)
        let rows = 2 * maskedCount + sharedCount + bitCount + 2 * dots.count + openingMasks + outputs.count
        let elements = Frame.maximumPayload / FieldElement.byteCount - 1
        return min(1 << 20, elements / max(widest, 1), Self.maximumElements / max(rows, 1))
    }

    /// Of one custodian's tables in one session: 1 GiB.
    static let maximumElements = 1 << 26

    /// The evaluation of a circuit.
    public init(_ circuit: Circuit) throws(ThresholdError) {
        var builder = PlanBuilder(circuit)
        self = try builder.build()
    }

    /// The installation of a circuit's secrets: the owner is the client, and nothing is computed but the range checks.
    public init(secretsOf circuit: Circuit) throws(ThresholdError) {
        self.init()
        addInputs(circuit.secrets)
        addRangeChecks(circuit.secrets)
    }

    init() {}

    /// Takes in the values and the bits that show their ranges.
    mutating func addInputs(_ variables: [Circuit.Variable]) {
        variableCount = variables.count
        let first = maskedCount
        let bits = variables.reduce(0) { $0 + (Plan.proof($1)?.allBits ?? 0) }
        maskedCount += variables.count + bits
        inputs = first..<maskedCount
        freshMasks += inputs
    }

    /// Each bit takes the square of its mask.
    mutating func addRangeChecks(_ variables: [Circuit.Variable]) {
        var next = variables.count
        for (number, variable) in variables.enumerated() {
            guard let proof = Plan.proof(variable) else { continue }
            checks.append(
                RangeCheck(
                    variable: number, range: proof.range, firstBit: next, bits: proof.bits, isTwoSided: proof.isTwoSided,
                    firstDot: dots.count))
            for bit in next..<next + proof.allBits {
                let row = Int32(inputs.lowerBound + bit)
                dots.append(pairs.count..<pairs.count + 1)
                pairs.append(Pair(left: row, right: row))
            }
            next += proof.allBits
        }
    }

    /// How the range of a variable is shown; nil for a field element without one.
    static func proof(_ variable: Circuit.Variable) -> (range: ClosedRange<Int128>, bits: Int, isTwoSided: Bool, allBits: Int)?
    {
        guard let range = variable.range ?? variable.type.range else { return nil }
        // The bounds lie within ±2^126, so the width fits.
        let width = UInt128(range.upperBound - range.lowerBound)
        let bits = 128 - width.leadingZeroBitCount
        let isTwoSided = width & (width &+ 1) != 0
        return (range, bits, isTwoSided, isTwoSided ? 2 * bits : bits)
    }

    /// A client's values with the bits that show their ranges.
    ///
    /// - Throws: `threshold.wrong_inputs` for another number of values, `threshold.input_out_of_range`.
    static func withBits(_ values: [FieldElement], _ variables: [Circuit.Variable]) throws(ThresholdError) -> [FieldElement] {
        guard values.count == variables.count else {
            throw ThresholdError(.wrongInputs, "the program takes \(variables.count) values, not \(values.count)")
        }
        var all = values
        for (value, variable) in zip(values, variables) {
            guard let proof = Plan.proof(variable) else { continue }
            guard proof.range.contains(value.signed) else {
                throw ThresholdError(.inputOutOfRange, "`\(variable.name)` lies outside its range")
            }
            func append(_ number: UInt128) {
                for bit in 0..<proof.bits { all.append(number >> UInt128(bit) & 1 == 1 ? .one : .zero) }
            }
            append(UInt128(value.signed - proof.range.lowerBound))
            if proof.isTwoSided { append(UInt128(proof.range.upperBound - value.signed)) }
        }
        return all
    }
}

internal import ChanceryArithmetic

/// The claim that a long dot product of shared vectors has a shared value, made shorter by four with each challenge
/// (Boneh, Boyle, Corrigan-Gibbs, Gilboa, Ishai 2019; Goyal, Song, ePrint 2020/134).
///
/// A wrong claim survives with a chance below (m + 6·log₄ m) / (p − 8).
struct BatchVerification: Sendable {
    static let parts = 4
    /// Values that each shortening opens.
    static let openings = 2 * parts - 2

    /// This custodian's shares.
    private(set) var x: [FieldElement]
    private(set) var y: [FieldElement]
    private(set) var z: FieldElement

    init(x: [FieldElement], y: [FieldElement], z: FieldElement) {
        self.x = x
        self.y = y
        self.z = z
    }

    var isShort: Bool { x.count <= 1 }

    /// The values at 1…3 and 5…7 of the product of the two polynomials through the parts, as points of degree 2t.
    func products() -> [FieldElement] {
        let length = (x.count + Self.parts - 1) / Self.parts
        let near = (0..<Self.parts - 1).map { part in Self.dot(x, part * length, y, part * length, length) }
        let far = (Self.parts + 1..<2 * Self.parts).map { point in
            let weights = Self.weights(at: FieldElement(UInt64(point)), through: Self.parts)
            return Self.foldedDot(x, y, weights, length)
        }
        return near + far
    }

    /// Goes on with the claim at `challenge`, given the shares of ``products()``.
    mutating func fold(_ products: [FieldElement], at challenge: FieldElement) {
        let near = products[..<(Self.parts - 1)]
        let last = near.reduce(z) { $0 - $1 }
        let values = Array(near) + [last] + products[(Self.parts - 1)...]
        z = zip(Self.weights(at: challenge, through: 2 * Self.parts - 1), values).reduce(.zero) { $0 + $1.0 * $1.1 }
        let weights = Self.weights(at: challenge, through: Self.parts)
        let length = (x.count + Self.parts - 1) / Self.parts
        x = Self.folded(x, weights, length)
        y = Self.folded(y, weights, length)
    }

    private static func weights(at point: FieldElement, through count: Int) -> [FieldElement] {
        // The points 1…count are distinct.
        Lagrange.coefficients((1...count).map { FieldElement(UInt64($0)) }, at: point) ?? []
    }

    private static func dot(
        _ x: [FieldElement], _ fromX: Int, _ y: [FieldElement], _ fromY: Int, _ length: Int
    ) -> FieldElement {
        var sum = FieldAccumulator()
        let count = max(0, min(length, x.count - fromX))
        for place in 0..<count { sum.add(x[fromX + place], times: y[fromY + place]) }
        return sum.reduced
    }

    @inline(__always)
    private static func combination(
        _ vector: UnsafeBufferPointer<FieldElement>, _ weights: [FieldElement], _ length: Int, _ place: Int
    ) -> FieldElement {
        var sum = FieldAccumulator()
        var index = place
        for weight in weights {
            guard index < vector.count else { break }
            unsafe sum.add(weight, times: vector[index])
            index += length
        }
        return sum.reduced
    }

    private static func folded(_ vector: [FieldElement], _ weights: [FieldElement], _ length: Int) -> [FieldElement] {
        unsafe vector.withUnsafeBufferPointer { vector in
            (0..<length).map { unsafe combination(vector, weights, length, $0) }
        }
    }

    private static func foldedDot(
        _ x: [FieldElement], _ y: [FieldElement], _ weights: [FieldElement], _ length: Int
    ) -> FieldElement {
        unsafe x.withUnsafeBufferPointer { x in
            unsafe y.withUnsafeBufferPointer { y in
                var sum = FieldAccumulator()
                for place in 0..<length {
                    unsafe sum.add(
                        combination(x, weights, length, place), times: combination(y, weights, length, place))
                }
                return sum.reduced
            }
        }
    }
}

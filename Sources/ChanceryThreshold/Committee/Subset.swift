internal import ChanceryArithmetic

/// A set of custodians that share a key.
struct Subset: Sendable, Hashable {
    /// Bit i − 1 stands for custodian i.
    let mask: UInt16

    func contains(_ party: Int) -> Bool { mask >> (party - 1) & 1 == 1 }

    /// The numbers, ascending.
    var members: [Int] { (1...16).filter(contains) }

    /// All sets of `count` among `size` custodians, in ascending order of their masks.
    static func all(of size: Int, count: Int) -> [Subset] {
        (0..<UInt16(1) << size).filter { $0.nonzeroBitCount == count }.map(Subset.init)
    }
}

extension Committee {
    /// The sets that share the keys of masks: n − t members, so t outsiders miss one of them.
    var maskSubsets: [Subset] { Subset.all(of: size, count: size - corruptions) }
    /// The sets that share the keys of zeros of degree t: n − t + 1 members.
    var zeroSubsets: [Subset] { Subset.all(of: size, count: size - corruptions + 1) }

    /// The value at `party` of the polynomial that is 1 at 0 and 0 at everybody outside `subset` (Cramer, Damgård, Ishai 2005).
    func maskWeight(_ subset: Subset, at party: Int) -> FieldElement { outsideProduct(subset, at: party) }

    /// The same for a polynomial of degree t that is 0 at 0: x times that of the larger set.
    func zeroWeight(_ subset: Subset, at party: Int) -> FieldElement {
        outsideProduct(subset, at: party) * FieldElement(UInt64(party))
    }

    private func outsideProduct(_ subset: Subset, at party: Int) -> FieldElement {
        var above = FieldElement.one
        var below = FieldElement.one
        for other in members where !subset.contains(other) {
            above *= FieldElement(signed: Int64(party - other))
            below *= FieldElement(signed: Int64(-other))
        }
        // No custodian has the number 0, so the product has an inverse.
        return above * (below.inverse() ?? .zero)
    }
}

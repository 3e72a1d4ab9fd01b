/// What one evaluation takes at most, for n custodians of whom t see nothing. Batch verification is not counted: a whole batch
/// shares it. A protocol that opens sums instead of their parts may take less.
public struct CircuitCost: Sendable, Hashable {
    /// Values that custodians open to each other while a client waits.
    public let openings: Int
    /// Messages that follow one another between the client's values and its answer.
    public let rounds: Int
    /// Bytes of openings, all custodians together.
    public let bytes: Int
    /// Bytes between the client and all custodians: masks, masked inputs, answers. Without range proofs.
    public let clientBytes: Int
    /// Products of masks made before any input exists.
    public let maskProducts: Int
    /// Shared random bits made before any input exists.
    public let randomBits: Int
    /// Pairs (r, ⌊r / 2^shift⌋) for divisions; they take no message.
    public let truncationPairs: Int
    /// Bytes of preparation, all custodians together.
    public let materialBytes: Int
}

extension CircuitCost: CustomStringConvertible {
    /// On one line, for people.
    public var description: String {
        "\(openings) openings in \(rounds) rounds, \(bytes) bytes between custodians, \(clientBytes) with the client; before: "
            + "\(maskProducts) products, \(randomBits) random bits, \(truncationPairs) division pairs, \(materialBytes) bytes"
    }
}

extension Circuit {
    /// What one evaluation of the circuit takes.
    ///
    /// A product of any length is one opening, and none where ``isShared(_:)``. A public number is compared with b shared bits in
    /// 2(b − 1) openings and 1 + ⌊log₂ b⌋ rounds: a comparison of ℓ bits takes ℓ − 1 bits, a division by 2^s as many as s where
    /// ``isExact(_:)``. An opening is n(n − 1) elements of 16 bytes.
    public func cost(parties n: Int, threshold t: Int) -> CircuitCost {
        var products = 0
        var bits = 0
        var pairs = 0
        for (index, gate) in gates.enumerated() {
            if case .products = gate { products += 1 }
            if gate.truncation != nil { pairs += 1 }
            guard let compared = comparedBits(Wire(index: Int32(index))) else { continue }
            products += 2 * (compared - 1)
            bits += compared
        }
        var openings = 0
        var rounds = 0
        for level in levels {
            var longest = 1
            for wire in level {
                openings += 1
                guard let compared = comparedBits(wire) else { continue }
                openings += 2 * (compared - 1)
                longest = max(longest, 1 + (Int.bitWidth - compared.leadingZeroBitCount))
            }
            rounds += longest
        }
        let parties = max(n, 1)
        let opening = 16 * parties * (parties - 1)
        return CircuitCost(
            openings: openings, rounds: rounds, bytes: openings * opening,
            clientBytes: 16 * parties * (2 * inputs.count + outputs.count), maskProducts: products, randomBits: bits,
            truncationPairs: pairs, materialBytes: (products + bits) * opening)
    }

    /// How many shared bits the gate holds against what it opens; nil for none.
    private func comparedBits(_ wire: Wire) -> Int? {
        if case .isNegative(_, let width) = self[wire] { return Int(width) - 1 }
        return isExact(wire) ? self[wire].truncation.map { Int($0.shift) } : nil
    }
}

internal import ChanceryArithmetic

extension Circuit {
    /// The products without division that only outputs use, and the sums that hold them.
    static func sharedGates(_ gates: [Gate], _ outputs: [Output]) -> [Bool] {
        // Backwards: whether something that is no sum uses the wire, directly or through sums.
        var opened = [Bool](repeating: false, count: gates.count)
        for index in gates.indices.reversed() {
            switch gates[index] {
            case .sum where !opened[index]: break
            default: gates[index].forEachOperand { opened[Int($0.index)] = true }
            }
        }
        // Forwards: what holds a product that stays closed.
        var shared = [Bool](repeating: false, count: gates.count)
        for index in gates.indices {
            switch gates[index] {
            case .products(_, nil): shared[index] = !opened[index]
            case .sum(let terms, _): shared[index] = terms.contains { shared[Int($0.wire.index)] }
            default: break
            }
        }
        return shared
    }

    /// The divisions that are outputs themselves. One in a sum is none of them, also where only an output uses the sum.
    static func exactDivisions(_ gates: [Gate], _ outputs: [Output]) -> Set<Wire> {
        Set(outputs.map(\.wire).filter { gates[Int($0.index)].truncation != nil })
    }

    static func layers(_ gates: [Gate], shared: [Bool]) -> [[Wire]] {
        var layers: [[Wire]] = []
        var depths = [Int](repeating: 0, count: gates.count)
        for (index, gate) in gates.enumerated() {
            var depth = 0
            gate.forEachOperand { depth = max(depth, depths[Int($0.index)]) }
            depths[index] = depth
            switch gate {
            case .products where shared[index]: break
            case .products, .truncate, .isNegative:
                depths[index] = depth + 1
                if layers.count == depth { layers.append([]) }
                layers[depth].append(Wire(index: Int32(index)))
            case .input, .secret, .constant, .sum: break
            }
        }
        return layers
    }
}

extension Circuit.Gate {
    /// The division that the gate ends with.
    var truncation: Circuit.Truncation? {
        switch self {
        case .products(_, let truncation): truncation
        case .truncate(_, let truncation): truncation
        case .input, .secret, .constant, .sum, .isNegative: nil
        }
    }
}

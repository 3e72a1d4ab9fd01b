internal import ChanceryArithmetic
internal import ChanceryOracle
internal import ChanceryWire

/// What answers give away: directions, bits, and packed weights.
enum ExtractionCase {
    static func run(_ document: JSONValue, _ log: inout CaseLog) throws {
        for (index, value) in try document.list("rank_tracking").enumerated() {
            log.run("rank_tracking \(index)") { try checkRank(value, &$0) }
        }
        for (index, value) in try document.list("bits_ledger").enumerated() {
            log.run("bits_ledger \(index)") { try checkBits(value, &$0) }
        }
        for (index, value) in try document.list("packing").enumerated() {
            log.run("packing \(index)") { try checkPacking(value, &$0) }
        }
        for index in try document.list("prada").indices { log.skip("prada \(index)", .laterRoom) }
    }

    private static func checkRank(_ value: JSONValue, _ comparison: inout Comparison) throws {
        let features: Int = try value.number("features")
        let bias: [FieldElement] = try value.flag("with_bias") ? [.one] : []
        var ledger = RankLedger(columns: features + bias.count, limit: features + bias.count)
        for (number, query) in try value.list("queries").enumerated() {
            let row = try bias + query.list("x").map { FieldElement(signed: $0.integer ?? 0) }
            comparison.equal("foreseen \(number)", ledger.isNovel(row), try query.flag("novel"))
            comparison.equal("novel \(number)", ledger.insert(row), try query.flag("novel"))
            comparison.equal("rank \(number)", ledger.rank, try query.number("rank_after"))
            comparison.equal("left \(number)", ledger.remainingDimensions, try query.number("remaining_dimensions"))
        }
    }

    private static func checkBits(_ value: JSONValue, _ comparison: inout Comparison) throws {
        guard case .double(let fraction) = try value.stated("fraction_allowed") else {
            throw MissingStatement(path: "fraction_allowed")
        }
        let share = try Share(millionths: Int64((fraction * 1_000_000).rounded()))
        let terms = try BitsTerms(
            secrets: value.number("weights"), bitsPerSecret: value.number("bits_per_weight"), client: share, program: share)
        let ledger = BitsLedger(limit: terms.clientLimit)
        comparison.equal("bits", ledger.limit, try value.number("bits_allowed"))
        comparison.equal(
            "queries", ledger.answers(of: try value.number("output_bits_per_query")), try value.number("queries_allowed"))
    }

    private static func checkPacking(_ value: JSONValue, _ comparison: inout Comparison) throws {
        let weights = try value.list("weights").map { $0.integer ?? 0 }
        let attack = try PackingAttack(digitBits: value.number("digit_bits"), weightsPerQuery: weights.count)
        let inputs = try value.list("x").map { FieldElement(decimal: $0.string ?? "") ?? .zero }
        guard let answer = FieldElement(decimal: try value.text("exact_output")) else {
            throw MissingStatement(path: "exact_output")
        }
        comparison.equal("inputs", attack.inputs, inputs)
        let found = attack.recover(from: answer)
        comparison.equal("weights", found.weights, weights)
        comparison.equal("bias", found.bias, try value.number("bias"))
        // Inputs of as many bits as the weights have are natural; all packed ones lie beyond.
        let natural = InputRange(-(1 << 16)...1 << 16)
        comparison.isTrue("a range check refuses every input", inputs.allSatisfy { !natural.admits($0) })
    }
}

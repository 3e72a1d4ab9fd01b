internal import ChanceryArithmetic
internal import ChancerySuite

extension EvaluationSession {
    mutating func advance() -> [SessionStep] {
        do throws(ThresholdError) {
            switch phase {
            case .submission:
                // Nobody goes on with the client's values while others may hold different ones under the same masks.
                let all = exchange.finish()
                let least = Self.fewest(of: committee, allowsUnchecked)
                guard all.count >= least else {
                    throw ThresholdError(
                        .tooFewParties, "\(all.count) custodians hold the client's values where \(least) must",
                        parties: committee.members.filter { all[$0] == nil }, message: .transcript)
                }
                try compare(all, submission, .submissionsDiffer, least: committee.fewest)
                guard !plan.checks.isEmpty else { return run() }
                phase = .coin
                var coin = ShareStreams.Target(rows: 1, indices: 1)
                streams.addMasks(.coin, first: indices.lowerBound, slot: Int(UInt32.max), count: 1, to: &coin)
                return carry(exchange.begin(.coin, Elements.encode(coin.elements)))
            case .coin:
                let coin = try values(.coin)[0]
                phase = .ranges
                return carry(exchange.begin(.opening, Elements.encode(rangeShares(coin))))
            case .ranges:
                let sums = try values(.opening)
                guard sums.allSatisfy(\.isZero) else {
                    throw ThresholdError(
                        .inputOutOfRange, "evaluation \(sums.firstIndex { !$0.isZero } ?? 0) has an input outside its range",
                        message: .submission)
                }
                return run()
            case .running:
                close(try values(.opening))
                stage += 1
                return run()
            case .transcript:
                try compare(
                    exchange.finish(), transcript.digest(), .transcriptsDiffer, least: 2 * committee.corruptions + 1)
                return finish()
            case .ready, .waiting, .over: return []
            }
        } catch {
            return fail(error)
        }
    }

    /// The values of a round of openings. Liars are noted where they can be named.
    private mutating func values(_ kind: FrameKind) throws(ThresholdError) -> [FieldElement] {
        let all = exchange.finish()
        var rows: [Int: [FieldElement]] = [:]
        var invalid: [Int] = []
        for (party, payload) in all {
            if let row = Elements.decode(payload, count: payload.count / FieldElement.byteCount) {
                rows[party] = row
            } else {
                invalid.append(party)
            }
        }
        let parties = exchange.parties.filter { rows[$0] != nil }
        caught.formUnion(invalid)
        let opening = try Opening(committee, degree: committee.corruptions, parties: parties, caught: caught.count)
        if !invalid.isEmpty {
            // A number beyond the field is a wrong share whose sender is known.
            guard allowsUnchecked || parties.count >= 2 * committee.corruptions + 1 else {
                throw ThresholdError(.wrongShare, "a number beyond the field", parties: invalid.sorted(), message: kind)
            }
            exchange.drop(invalid)
            dropped.formUnion(invalid)
            liars.formUnion(invalid)
        }
        let result = try opening.open(parties.map { rows[$0] ?? [] }, kind)
        liars.formUnion(result.liars)
        assurance = min(assurance, opening.assurance)
        transcript.update(Elements.encode(result.values))
        return result.values
    }

    /// Whether everybody has the same hash. While `least` have this custodian's, the session goes on without the others: checked
    /// openings have one right value, so they lied about a transcript, or the client sent them other values.
    private mutating func compare(
        _ all: [Int: [UInt8]], _ own: [UInt8], _ reason: ThresholdError.Reason, least: Int
    ) throws(ThresholdError) {
        let others = all.filter { $0.value != own }.map(\.key).sorted()
        guard !others.isEmpty else { return }
        guard all.count - others.count >= least else {
            throw ThresholdError(reason, "the hashes of custodians \(others) differ from this one's", message: .transcript)
        }
        if reason == .transcriptsDiffer {
            liars.formUnion(others)
            caught.formUnion(others)
        }
        dropped.formUnion(others)
        exchange.drop(others)
    }

    /// Shares of Σ ρ^k·(what must be zero) for each evaluation.
    private func rangeShares(_ coin: FieldElement) -> [FieldElement] {
        let terms = plan.checks.reduce(0) { $0 + ($1.isTwoSided ? 2 : 1) * ($1.bits + 1) }
        var powers: [FieldElement] = []
        powers.reserveCapacity(terms)
        for _ in 0..<terms { powers.append((powers.last ?? .one) * coin) }
        return (0..<count).map { index in
            var sum = FieldAccumulator()
            var next = 0
            func add(_ term: FieldElement) {
                sum.add(powers[next], times: term)
                next += 1
            }
            /// This custodian's share of the client's value with this number.
            func share(_ input: Int) -> FieldElement {
                let place = (plan.inputs.lowerBound + input) * count + index
                return masked.elements[place] - masks.table.elements[place]
            }
            for check in plan.checks {
                for side in 0..<(check.isTwoSided ? 2 : 1) {
                    let first = check.firstBit + side * check.bits
                    var number = FieldElement.zero
                    for bit in (first..<first + check.bits).reversed() { number = number + number + share(bit) }
                    let value = share(check.variable)
                    add(
                        side == 0
                            ? value - FieldElement(signed128: check.range.lowerBound) - number
                            : FieldElement(signed128: check.range.upperBound) - value - number)
                }
                for bit in 0..<(check.isTwoSided ? 2 : 1) * check.bits {
                    let place = (plan.inputs.lowerBound + check.firstBit + bit) * count + index
                    let delta = masked.elements[place]
                    // b² from Δ² − 2Δλ + λ².
                    let square =
                        delta * (delta - masks.table.elements[place] - masks.table.elements[place])
                        + masks.dots.elements[(check.firstDot + bit) * count + index]
                    add(square - share(check.firstBit + bit))
                }
            }
            return sum.reduced
        }
    }

    /// Computes alone until something must be opened.
    private mutating func run() -> [SessionStep] {
        phase = .running
        while stage < plan.stages.count {
            for local in plan.stages[stage].locals { compute(local) }
            if !plan.stages[stage].openings.isEmpty {
                return carry(exchange.begin(.opening, openingPayload(plan.stages[stage].openings)))
            }
            stage += 1
        }
        // Where nothing was opened there is nothing to compare.
        guard plan.openingCount > 0 || !plan.checks.isEmpty else { return finish() }
        phase = .transcript
        return carry(exchange.begin(.transcript, transcript.digest()))
    }

    private mutating func finish() -> [SessionStep] {
        var payload: [FieldElement] = []
        payload.reserveCapacity(plan.outputs.count * count)
        for (row, place) in plan.outputs.enumerated() {
            for index in 0..<count { payload.append(share(place, index) + masks.zeros.elements[row * count + index]) }
        }
        phase = .over
        isDone = true
        erase()
        let status = [assurance.rawValue] + [UInt8](repeating: 0, count: 15)
        return [toClient(.output, step: 1, Elements.encode(payload) + status), .finished]
    }
}

internal import ChanceryArithmetic
internal import ChancerySuite

extension MaterialSession {
    /// Opens the squares of random numbers, or the products of masks, each under a mask of its own.
    mutating func begin(_ stage: Stage) -> [SessionStep] {
        self.stage = stage
        var shares: [FieldElement]
        switch stage {
        case .squares:
            streams.addMasks(.square, first: first, count: plan.bitCount, to: &roots)
            var target = ShareStreams.Target(rows: plan.bitCount, indices: count)
            streams.addDoubleZeros(.squareZero, first: first, count: plan.bitCount, to: &target)
            shares = target.elements
            for place in shares.indices { shares[place] += roots.elements[place] * roots.elements[place] }
            // A square hides the root's sign, and that is all the bit is.
            masks = []
        case .dots:
            guard !plan.dots.isEmpty else { return complete() }
            var own = ShareStreams.Target(rows: plan.dots.count, indices: count)
            streams.addMasks(.dot, first: first, count: plan.dots.count, to: &own)
            masks = own.elements
            streams.addDoubleZeros(.dotZero, first: first, count: plan.dots.count, to: &own)
            table.products(plan, into: &own)
            shares = own.elements
        }
        guard !isSelfChecking else { return open(shares, .opening, .opening) }
        // The random product that hides the last opening of the verification.
        var pair = ShareStreams.Target(rows: 2, indices: 1)
        streams.addMasks(.tuple, first: first, slot: stage == .squares ? 0 : 2, count: 2, to: &pair)
        tuple = (pair.elements[0], pair.elements[1], .zero)
        let hidden = hide([tuple.x * tuple.y])
        tuple.z = hidden.masks[0]
        return open(shares + hidden.shares, .opening, .opening)
    }

    /// Adds masks and zeros of degree 2t to points of degree 2t.
    private mutating func hide(_ points: [FieldElement]) -> (shares: [FieldElement], masks: [FieldElement]) {
        var target = ShareStreams.Target(rows: points.count, indices: 1)
        streams.addMasks(.verification, first: first, slot: verificationSlot, count: points.count, to: &target)
        let masks = target.elements
        streams.addDoubleZeros(.verificationZero, first: first, slot: verificationSlot, count: points.count, to: &target)
        verificationSlot += points.count
        return (zip(target.elements, points).map { $0 + $1 }, masks)
    }

    mutating func advance() -> [SessionStep] {
        do throws(ThresholdError) {
            switch phase {
            case .opening: return try closeOpening()
            case .transcript:
                try compareTranscripts()
                return isSelfChecking ? accept() : drawCoin(.coin)
            case .coin:
                stack(try values(degree: committee.corruptions, .coin)[0])
                return shorten()
            case .folding:
                let values = try values(degree: 2 * committee.corruptions, .opening)
                products = zip(values, masks).map { $0 - $1 }
                return drawCoin(.foldCoin)
            case .foldCoin:
                claim.fold(products, at: try values(degree: committee.corruptions, .coin)[0])
                return shorten()
            case .final:
                let values = try values(degree: committee.corruptions, .opening)
                guard values[0] * values[1] == values[2] else {
                    throw ThresholdError(.verificationFailed, "a product of masks is wrong", message: .opening)
                }
                return sendTranscript(.finalTranscript)
            case .finalTranscript:
                try compareTranscripts()
                return accept()
            case .ready, .over: return []
            }
        } catch {
            return fail(error)
        }
    }

    private mutating func closeOpening() throws(ThresholdError) -> [SessionStep] {
        var values = try values(degree: 2 * committee.corruptions, .opening)
        if !isSelfChecking { tuple.z = (values.popLast() ?? .zero) - tuple.z }
        switch stage {
        case .squares: results = values
        case .dots: results = zip(values, masks).map { $0 - $1 }
        }
        return sendTranscript(.transcript)
    }

    private mutating func sendTranscript(_ next: Phase) -> [SessionStep] {
        phase = next
        return carry(exchange.begin(.transcript, transcript.digest()))
    }

    private mutating func compareTranscripts() throws(ThresholdError) {
        let all = exchange.finish()
        let own = transcript.digest()
        guard all.values.allSatisfy({ $0 == own }) else {
            throw ThresholdError(.transcriptsDiffer, "the custodians saw different openings", message: .transcript)
        }
    }

    private mutating func drawCoin(_ next: Phase) -> [SessionStep] {
        var target = ShareStreams.Target(rows: 1, indices: 1)
        streams.addMasks(.coin, first: first, slot: coins, count: 1, to: &target)
        coins += 1
        return open(target.elements, .coin, next)
    }

    /// All claims of the stage as one: products weighted by the powers of the coin.
    private mutating func stack(_ coin: FieldElement) {
        var x = [tuple.x]
        var y = [tuple.y]
        var sum = FieldAccumulator()
        sum.add(tuple.z)
        var power = FieldElement.one
        switch stage {
        case .squares:
            for (root, square) in zip(roots.elements, results) {
                power *= coin
                x.append(power * root)
                y.append(root)
                sum.add(power, times: square)
            }
        case .dots:
            for (dot, range) in plan.dots.enumerated() {
                for index in 0..<count {
                    power *= coin
                    sum.add(power, times: results[dot * count + index])
                    for pair in plan.pairs[range] {
                        x.append(power * table.table.elements[Int(pair.left) * count + index])
                        y.append(table.table.elements[Int(pair.right) * count + index])
                    }
                }
            }
        }
        claim = BatchVerification(x: x, y: y, z: sum.reduced)
    }

    private mutating func shorten() -> [SessionStep] {
        guard !claim.isShort else { return open([claim.x[0], claim.y[0], claim.z], .opening, .final) }
        let hidden = hide(claim.products())
        masks = hidden.masks
        return open(hidden.shares, .opening, .folding)
    }

    /// The stage's results may be used.
    private mutating func accept() -> [SessionStep] {
        switch stage {
        case .squares:
            // (r / √r² + 1) / 2 is the sign of r as a bit. Zero has a chance of 2^−127.
            guard let inverses = FieldElement.inverses(results.map { $0.squareRoot() ?? .zero }),
                let half = FieldElement(2).inverse()
            else { return fail(ThresholdError(.verificationFailed, "an opened square is none", message: .opening)) }
            let bits = zip(roots.elements, inverses).map { ($0 * $1 + .one) * half }
            roots = ShareStreams.Target(rows: 0, indices: 0)
            table.setBits(bits, plan)
            return begin(.dots)
        case .dots:
            table.dots.elements = results
            return complete()
        }
    }

    private mutating func complete() -> [SessionStep] {
        phase = .over
        isDone = true
        claim = BatchVerification(x: [], y: [], z: .zero)
        return [.finished]
    }
}

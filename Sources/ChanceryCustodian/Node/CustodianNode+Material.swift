internal import ChanceryArithmetic
internal import ChanceryOracle
internal import ChanceryThreshold
internal import ChanceryWire

extension CustodianNode {
    /// Makes material where it runs low. The lowest number among those who are there orders it; when nothing comes of that for a
    /// while, the next one does too.
    func replenish(at time: UTCTime, isBeat: Bool) {
        let live = live(at: time)
        guard keys != nil else { return }
        for program in programs.values {
            let live = live.filter { !program.isExcluded($0) }
            guard let place = live.firstIndex(of: number), place == 0 || isBeat else { continue }
            guard let activation = program.activation, program.meter?.isServing == true,
                activation.policy.refillsMaterial || program.ordered != nil
            else { continue }
            try? replenish(program, among: live, place: place, count: program.ordered)
        }
    }

    /// Orders material when those with whom it is made, but for those who failed at it before, have too little in common; or as many
    /// indices as `count` says.
    func replenish(_ program: ProgramState, among live: [Int], place: Int = 0, count: Int?) throws {
        let (time, least) = (now(), 2 * roster.committee.corruptions + 1)
        guard !isOrdering(program), !program.needsSecrets || program.secrets != nil,
            let parties = program.orders.parties(of: live, own: number, least: least, at: time)
        else { return }
        let common = ProgramState.common(
            program.orders.relied(of: parties, least: least).map {
                $0 == number ? program.freeRanges(.evaluation) : program.expected(of: $0, at: time)
            }
        ).reduce(0) { $0 + $1.count }
        guard count != nil || common < (settings.material + 1) / 2 else { return program.orders.isSupplied() }
        guard count != nil || program.orders.isTurn(at: place, time) else { return }
        let wanted = min(count ?? settings.material - common, mostIndices(program.plan))
        let first = program.begun[.evaluation] ?? 0
        let order = MaterialOrder(
            program: program.id, purpose: .evaluation, epoch: epoch, indices: first..<first + UInt64(max(wanted, 1)),
            parties: parties, secrets: program.needsSecrets ? program.secrets?.index : nil)
        program.orders.order(parties, of: live)
        do {
            for party in parties where party != number { send(order.notice, to: party) }
            try beginMaterial(order, from: number)
        } catch {
            program.ordered = nil
            program.orders.fail(naming: [], corruptions: roster.committee.corruptions, at: time)
            throw error
        }
    }

    /// Whether an order of this custodian's is under way.
    private func isOrdering(_ program: ProgramState) -> Bool {
        runs.values.contains { run in
            guard case .material(_, let order, number) = run.work else { return false }
            return order.program == program.id && order.purpose == .evaluation
        }
    }

    /// As many as keep a frame below half of what a channel carries, and a block within 64 MiB or so.
    func mostIndices(_ plan: Plan) -> Int {
        let widest = max(plan.dotCount, plan.randomBitCount, plan.inputCount, plan.openingCount, 1)
        return max(1, min(1 << 19 / widest, Int(MaterialOrder.mostIndices)))
    }

    /// How many evaluations' frames a channel carries, with room for what stands around them.
    func mostEvaluations(_ plan: Plan) -> Int {
        let widest = max(plan.openingWidth, plan.inputCount, plan.outputCount, 1)
        let carried = (CustodianMessage.maximumBytes - (1 << 16)) / FieldElement.byteCount / widest
        return max(1, min(carried, plan.maximumBatch))
    }

    /// Takes part in making material that a custodian orders.
    func beginMaterial(_ order: MaterialOrder, from party: Int) throws {
        _ = try requireKeys()
        let program = try program(order.program)
        let begun = program.begun[order.purpose] ?? 0
        guard !program.forked.contains(party) else {
            throw CustodianError(.materialMissing, "custodian \(party) showed two histories")
        }
        guard order.epoch == epoch, order.parties.contains(number), order.parties.contains(party),
            order.parties.allSatisfy(roster.committee.members.contains), runs.count < settings.sessions
        else { throw CustodianError(.materialMissing, "the order is of another epoch or other custodians") }
        guard order.indices.lowerBound >= begun else {
            // Whoever orders learns where to begin.
            send(
                [
                    "begun": .integer(Int64(clamping: begun)), "notice": "begun", "program": .string(Hex.encode(program.id)),
                    "purpose": .integer(Int64(order.purpose.rawValue)),
                ], to: party)
            throw CustodianError(.indexBound, "these indices were begun before")
        }
        guard order.indices.lowerBound - begun < 1 << 32, let streams = program.streams[order.purpose] else {
            throw CustodianError(.materialMissing, "the order leaps over too many indices")
        }
        let isForSecrets = order.purpose == .secrets
        let plan = isForSecrets ? program.secretsPlan : program.plan
        guard order.indices.count <= max(mostIndices(plan), 1),
            isForSecrets || order.secrets == (program.needsSecrets ? program.secrets?.index : nil),
            program.freeRanges(order.purpose).reduce(0, { $0 + $1.count }) <= 4 * max(settings.material, mostIndices(plan))
        else { throw CustodianError(.materialMissing, "the order is too large, or under other secrets") }
        guard party == number || program.orders.takes(orderOf: party, at: now()) else {
            throw CustodianError(.busy, "too many orders of custodian \(party) failed within a minute")
        }
        endOldest(of: party, before: order)
        // Durable before the first frame: this range is never begun again.
        try write([.begun(program: program.id, order.purpose, below: order.indices.upperBound)])
        program.begun[order.purpose] = order.indices.upperBound
        let session = try MaterialSession(
            plan, program: program.context(epoch: epoch), purpose: order.purpose, indices: order.indices, streams: streams,
            secrets: isForSecrets ? nil : program.secretsOf(program.streams[.secrets]), parties: order.parties)
        let id = session.session
        begin(
            Run(
                id, .material(Box(session), order, by: party), until: now().advanced(bySeconds: max(settings.patience, 5))))
    }

    /// Whoever ordered begins anew when an order is over there, and frames of its last round may still be on their way to here: a few
    /// at once are honest, more are not.
    private func endOldest(of party: Int, before order: MaterialOrder) {
        let same = runs.values.compactMap { run -> (run: Run, order: MaterialOrder)? in
            guard case .material(_, let other, party) = run.work, other.program == order.program,
                other.purpose == order.purpose
            else { return nil }
            return (run, other)
        }
        guard same.count >= 4, let oldest = same.min(by: { $0.order.indices.lowerBound < $1.order.indices.lowerBound })
        else { return }
        runs[oldest.run.id] = nil
        failMaterial(oldest.run, oldest.order, by: party)
    }

    /// An order came to nothing: whoever ordered it sees to the next, and the others count what that one costs them.
    func failMaterial(_ run: Run, _ order: MaterialOrder, by party: Int) {
        guard order.purpose == .evaluation, let program = programs[order.program] else { return }
        if party != number {
            program.orders.failed(orderOf: party, at: now())
        } else {
            let named = run.isVoid ? [] : run.named.subtracting([number]).sorted()
            program.orders.fail(naming: named, corruptions: roster.committee.corruptions, at: now())
        }
    }

    func finishMaterial(_ box: Box<MaterialSession>, _ order: MaterialOrder, by party: Int) throws {
        let program = try program(order.program)
        guard let session = box.take(), order.epoch == epoch, let pool = program.pools[order.purpose] else { return }
        let block = try session.finished()
        try pool.value?.add(block)
        program.blocks.append((order.purpose, order.indices, order.parties))
        if order.purpose == .evaluation {
            program.recent.append((order.indices, order.parties, now()))
            if party == number {
                program.orders.succeed(with: order.parties, at: now())
                if let count = program.ordered, order.indices.count >= min(count, mostIndices(program.plan)) {
                    program.ordered = nil
                }
            } else {
                program.orders.isSupplied()
            }
        }
        program.blocks.removeAll { block in
            !program.freeRanges(block.purpose).contains { $0.overlaps(block.indices) }
        }
    }

    /// Another custodian began these indices before: they are burnt here too.
    func receiveBegun(_ notice: JSONObject, from party: Int) {
        var reader = RecordReader(notice, "answer")
        guard let id = try? reader.hex("program", count: 32), let program = programs[id],
            let purpose = StreamPurpose(rawValue: UInt8(clamping: (try? reader.integer("purpose")) ?? 0)),
            let below = (try? reader.integer("begun", in: 0...CanonicalForm.largestSafeInteger)).map({ UInt64($0) })
        else { return }
        let known = program.begun[purpose] ?? 0
        // Only whoever is asked answers: others neither burn indices here nor end an order.
        guard below > known, below - known < 1 << 32,
            let run = runs.values.first(where: { run in
                guard case .material(_, let order, number) = run.work else { return false }
                return order.program == id && order.purpose == purpose && order.parties.contains(party)
            })
        else { return }
        guard (try? write([.begun(program: id, purpose, below: below)])) != nil else { return }
        program.begun[purpose] = below
        // The order under way cannot come to an end. Who is missing did nothing wrong.
        run.isVoid = true
        run.deadline = now()
    }
}

extension ProgramState {
    /// Whether material is made without this custodian, whose history is not what it was.
    func isExcluded(_ party: Int) -> Bool { forked.contains(party) || behind.contains(party) }

    /// What an evaluation's material needs of the secrets; nil for a program without.
    func secretsOf(_ streams: ShareStreams?) -> (streams: ShareStreams, index: UInt64)? {
        guard needsSecrets, let streams, let secrets else { return nil }
        return (streams, secrets.index)
    }
}

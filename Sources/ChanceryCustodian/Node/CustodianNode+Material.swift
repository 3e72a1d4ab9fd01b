internal import ChanceryArithmetic
internal import ChanceryOracle
internal import ChanceryThreshold
internal import ChanceryWire

extension CustodianNode {
    /// Makes material where it runs low. The lowest number among those who are there orders it.
    func replenish(at time: UTCTime) throws {
        let live = live(at: time)
        guard keys != nil, live.first == number else { return }
        for program in programs.values {
            guard let activation = program.activation, activation.policy.refillsMaterial, program.meter?.isServing == true
            else {
                continue
            }
            _ = try replenish(program, among: live, count: nil)
        }
    }

    /// Orders material when `live` have too little in common, or as many indices as `count` says.
    ///
    /// - Returns: how many indices are ordered.
    func replenish(_ program: ProgramState, among live: [Int], count: Int?) throws -> Int {
        guard !program.isOrdering, !program.needsSecrets || program.secrets != nil,
            roster.committee.material(missing: roster.committee.size - live.count) != nil
        else { return 0 }
        let common = ProgramState.common(
            live.map { $0 == number ? program.freeRanges(.evaluation) : program.expected(of: $0, at: now()) }
        ).reduce(0) { $0 + $1.count }
        guard count != nil || common < (settings.material + 1) / 2 else { return 0 }
        let wanted = max(1, min(count ?? settings.material - common, mostIndices(program.plan)))
        let first = program.begun[.evaluation] ?? 0
        let order = MaterialOrder(
            program: program.id, purpose: .evaluation, epoch: epoch, indices: first..<first + UInt64(wanted),
            parties: live, secrets: program.needsSecrets ? program.secrets?.index : nil)
        for party in live where party != number { send(order.notice, to: party) }
        try beginMaterial(order, from: number)
        return wanted
    }

    /// As many as keep a frame below half of what a channel carries, and a block within 64 MiB or so.
    private func mostIndices(_ plan: Plan) -> Int {
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
        // Durable before the first frame: this range is never begun again.
        try write([.begun(program: program.id, order.purpose, below: order.indices.upperBound)])
        program.begun[order.purpose] = order.indices.upperBound
        let session = try MaterialSession(
            plan, program: program.context(epoch: epoch), purpose: order.purpose, indices: order.indices, streams: streams,
            secrets: isForSecrets ? nil : program.secretsOf(program.streams[.secrets]), parties: order.parties)
        let id = session.session
        program.isOrdering = true
        begin(
            Run(id, .material(Box(session), order), until: now().advanced(bySeconds: max(settings.patience, 5))))
    }

    func finishMaterial(_ box: Box<MaterialSession>, _ order: MaterialOrder) throws {
        let program = try program(order.program)
        program.isOrdering = false
        guard let session = box.take(), order.epoch == epoch, let pool = program.pools[order.purpose] else { return }
        let block = try session.finished()
        try pool.value?.add(block)
        program.blocks.append((order.purpose, order.indices, order.parties))
        if order.purpose == .evaluation { program.recent.append((order.indices, order.parties, now())) }
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
        guard below > known, below - known < 1 << 32 else { return }
        guard (try? write([.begun(program: id, purpose, below: below)])) != nil else { return }
        program.begun[purpose] = below
        // The order under way cannot come to an end.
        for run in runs.values {
            if case .material(_, let order) = run.work, order.program == id, order.purpose == purpose { run.deadline = now() }
        }
    }
}

extension ProgramState {
    /// What an evaluation's material needs of the secrets; nil for a program without.
    func secretsOf(_ streams: ShareStreams?) -> (streams: ShareStreams, index: UInt64)? {
        guard needsSecrets, let streams, let secrets else { return nil }
        return (streams, secrets.index)
    }
}

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

    /// Orders material when those with whom it is made have too little in common; or as many indices as `count` says.
    func replenish(_ program: ProgramState, among live: [Int], place: Int = 0, count: Int?) throws {
        let (time, least) = (now(), 2 * roster.committee.corruptions + 1)
        guard !isOrdering(program, .evaluation), materialRuns(orderedBy: number) < mostMaterialRuns,
            !program.needsSecrets || program.secrets != nil,
            let parties = program.orders.parties(of: live, own: number, least: least, at: time)
        else { return }
        let supply = supply(of: program, parties, at: time)
        if count == nil {
            let isEnough = supply.common >= (settings.material + 1) / 2
            guard !isEnough, program.orders.isDue(for: supply.lacking, enough: (settings.material + 1) / 2, at: time) else {
                return program.orders.isSupplied(parties, all: supply.isSaid)
            }
            guard program.orders.isTurn(at: place, time) else { return }
        }
        let wanted = min(count ?? settings.material - supply.common, mostIndices(program.plan))
        let first = start(of: program, .evaluation, with: parties)
        let order = MaterialOrder(
            program: program.id, purpose: .evaluation, epoch: epoch, indices: first..<first + UInt64(max(wanted, 1)),
            parties: parties, secrets: program.needsSecrets ? program.secrets?.index : nil)
        program.orders.order(parties, of: live, for: supply.lacking)
        do {
            try begin(order)
        } catch {
            // Refused here: that says nothing of the others, and nothing was sent to them.
            program.ordered = nil
            throw error
        }
    }

    /// Where the next order of this custodian's begins.
    func start(of program: ProgramState, _ purpose: StreamPurpose, with parties: [Int]) -> UInt64 {
        program.start(purpose, with: parties, own: number, corruptions: roster.committee.corruptions, at: now())
    }

    /// How many indices these have in common, and whether all of them say so themselves that these are enough; where only this custodian has
    /// enough, who of the others has not, or 0 when each has enough of its own.
    private func supply(
        of program: ProgramState, _ parties: [Int], at time: UTCTime
    ) -> (common: Int, isSaid: Bool, lacking: [Int]) {
        func count(_ ranges: [Range<UInt64>]) -> Int { ranges.reduce(0) { $0 + $1.count } }
        let own = program.freeRanges(.evaluation)
        let enough = (settings.material + 1) / 2
        let others = parties.filter { $0 != number }.map { (party: $0, free: program.expected(of: $0, at: time)) }
        let common = count(ProgramState.common([own] + others.map(\.free)))
        let said = others.map { program.free[$0.party] ?? [] }
        let isSaid = common >= enough && count(ProgramState.common([own] + said)) >= enough
        guard common < enough, count(own) >= enough else { return (common, isSaid, []) }
        let lacking = others.filter { count(ProgramState.common([own, $0.free])) < enough }.map(\.party)
        return (common, isSaid, lacking.isEmpty ? [0] : lacking)
    }

    /// Tells the others of an order of this custodian's and takes part in it; what is refused here they never hear of.
    func begin(_ order: MaterialOrder) throws {
        _ = try requireTaken(order, from: number)
        for party in order.parties where party != number { send(order.notice, to: party) }
        try beginMaterial(order, from: number)
    }

    /// Whether an order of this custodian's is under way.
    func isOrdering(_ program: ProgramState, _ purpose: StreamPurpose) -> Bool {
        runs.values.contains { run in
            guard case .material(_, let order, let orderer) = run.work, orderer == number else { return false }
            return order.program == program.id && order.purpose == purpose
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

    /// Whether an order is carried out here.
    ///
    /// - Throws: `custodian.keys_missing`, `custodian.material_missing`, `custodian.index_bound`, `custodian.already_active`,
    ///   `custodian.busy` and others. The code is for whoever asked this custodian to order; another custodian hears `begun` or
    ///   `refused`.
    private func requireTaken(
        _ order: MaterialOrder, from party: Int
    ) throws -> (program: ProgramState, plan: Plan, streams: ShareStreams) {
        _ = try requireKeys()
        let program = try program(order.program)
        let begun = program.floor(order.purpose, corruptions: roster.committee.corruptions)
        guard !program.forked.contains(party) else {
            throw CustodianError(.materialMissing, "custodian \(party) showed two histories")
        }
        guard order.epoch == epoch, order.parties.contains(number), order.parties.contains(party),
            order.parties.allSatisfy(roster.committee.members.contains),
            order.parties.count > 2 * roster.committee.corruptions
        else { throw CustodianError(.materialMissing, "the order is of another epoch or other custodians") }
        guard runs.count < settings.sessions, party == number || hasRoom(for: order, of: party) else {
            throw CustodianError(.busy, "too many sessions are under way, or too many that custodian \(party) ordered")
        }
        guard order.indices.lowerBound >= begun else {
            // Whoever orders learns where to begin.
            send(
                [
                    "begun": .integer(Int64(clamping: begun)), "notice": "begun", "program": .string(Hex.encode(program.id)),
                    "purpose": .integer(Int64(order.purpose.rawValue)),
                ], to: party)
            throw CustodianError(.indexBound, "these indices were begun before")
        }
        let leap = program.leap(to: order.indices.lowerBound, order.purpose, corruptions: roster.committee.corruptions)
        guard program.orderLeaps.allows(leap, by: party, at: now()), let streams = program.streams[order.purpose] else {
            throw CustodianError(.materialMissing, "the order leaps over too many indices")
        }
        let isForSecrets = order.purpose == .secrets
        guard !isForSecrets || program.activation == nil else {
            throw CustodianError(.alreadyActive, "secrets are installed before activation")
        }
        let plan = isForSecrets ? program.secretsPlan : program.plan
        guard order.indices.count <= mostIndices(plan),
            isForSecrets || order.secrets == (program.needsSecrets ? program.secrets?.index : nil)
        else { throw CustodianError(.materialMissing, "the order is too large, or under other secrets") }
        guard party == number || program.orders.takes(orderOf: party, at: now()) else {
            throw CustodianError(.busy, "too many costly orders of custodian \(party) within a minute")
        }
        return (program, plan, streams)
    }

    /// How much material is being made that custodian `party` ordered, of all programs.
    private func materialRuns(orderedBy party: Int) -> Int {
        runs.values.count { run in
            guard case .material(_, _, let orderer) = run.work else { return false }
            return orderer == party
        }
    }

    /// Whether a custodian's order is not one too many. One that ends another of the same program takes no more room.
    private func hasRoom(for order: MaterialOrder, of party: Int) -> Bool {
        materialRuns(orderedBy: party) < mostMaterialRuns || same(as: order, of: party).count >= Self.mostAtOnce
    }

    /// Each of the others has its part of the eighth that is left to material and keys.
    private var mostMaterialRuns: Int { max(Self.mostAtOnce, settings.sessions / 8 / max(1, roster.committee.size - 1)) }

    /// So many orders of one custodian, program and purpose are under way.
    private static let mostAtOnce = 4

    /// Another custodian orders. Where nothing comes of that here it hears so at once, and need not wait for a round to end.
    func receiveOrder(_ order: MaterialOrder, from party: Int) throws {
        do {
            try beginMaterial(order, from: party)
        } catch let error as CustodianError where error.reason == .indexBound {
            // It was told where to begin.
            throw error
        } catch {
            send(
                [
                    "first": .integer(Int64(clamping: order.indices.lowerBound)), "notice": "refused",
                    "program": .string(Hex.encode(order.program)), "purpose": .integer(Int64(order.purpose.rawValue)),
                ], to: party)
            throw error
        }
    }

    /// An order of this custodian's is not carried out by another: it ends, and the next one is made without that one or later.
    func receiveRefused(_ notice: JSONObject, from party: Int) throws {
        var reader = RecordReader(notice, "refusal")
        _ = try reader.string("notice", limit: 16)
        let program = try reader.hex("program", count: 32)
        let purpose = try reader.integer("purpose")
        let first = UInt64(try reader.integer("first", in: 0...CanonicalForm.largestSafeInteger))
        try reader.finish()
        for run in runs.values {
            guard case .material(_, let order, let orderer) = run.work, orderer == number, order.program == program,
                Int64(order.purpose.rawValue) == purpose, order.indices.lowerBound == first, order.parties.contains(party)
            else { continue }
            runs[run.id] = nil
            // Whoever else was silent until now may only be slow.
            run.named = [party]
            return failMaterial(run, order, by: number)
        }
    }

    /// Takes part in making material that a custodian orders.
    func beginMaterial(_ order: MaterialOrder, from party: Int) throws {
        let (program, plan, streams) = try requireTaken(order, from: party)
        let isForSecrets = order.purpose == .secrets
        endOldest(of: party, before: order)
        // An owner takes one index, and a few when something goes wrong.
        let leap = program.leap(to: order.indices.lowerBound, order.purpose, corruptions: roster.committee.corruptions)
        program.orderLeaps.take(leap, by: party, at: now())
        if isForSecrets || leap > Leaps.large, party != number { program.orders.countCostly(orderOf: party, at: now()) }
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

    /// Orders of one custodian that are under way, of the same program and purpose.
    private func same(as order: MaterialOrder, of party: Int) -> [(run: Run, order: MaterialOrder)] {
        runs.values.compactMap { run in
            guard case .material(_, let other, let orderer) = run.work, orderer == party, other.program == order.program,
                other.purpose == order.purpose
            else { return nil }
            return (run, other)
        }
    }

    /// Whoever ordered begins anew when an order is over there, and frames of its last round may still be on their way to here: a few
    /// at once are honest, more are not.
    private func endOldest(of party: Int, before order: MaterialOrder) {
        let same = same(as: order, of: party)
        guard same.count >= Self.mostAtOnce,
            let oldest = same.min(by: { $0.order.indices.lowerBound < $1.order.indices.lowerBound })
        else { return }
        runs[oldest.run.id] = nil
        guard party != number, order.purpose == .evaluation else { return }
        programs[order.program]?.orders.countCostly(orderOf: party, at: now())
    }

    /// An order came to nothing: whoever ordered it sees to the next, and the others count what that one costs them, and tell it with
    /// whom it failed here.
    func failMaterial(_ run: Run, _ order: MaterialOrder, by party: Int) {
        guard order.purpose == .evaluation, let program = programs[order.program] else { return }
        let named = run.isVoid ? [] : run.named.subtracting([number]).sorted()
        guard party == number else {
            program.orders.countCostly(orderOf: party, at: now())
            return send(
                [
                    "first": .integer(Int64(clamping: order.indices.lowerBound)), "notice": "failed",
                    "parties": .array(named.map { .integer(Int64($0)) }), "program": .string(Hex.encode(program.id)),
                ], to: party)
        }
        program.orders.fail(with: order.parties, naming: named + run.told.values.flatMap { $0 }, at: now())
    }

    /// An order of this custodian's failed at another: a liar that is silent towards that one has it look silent here, or lack what the
    /// others have. Either of the two may be to blame.
    func receiveFailed(_ notice: JSONObject, from party: Int) throws {
        var reader = RecordReader(notice, "failure")
        _ = try reader.string("notice", limit: 16)
        let program = try program(reader.hex("program", count: 32))
        let first = UInt64(try reader.integer("first", in: 0...CanonicalForm.largestSafeInteger))
        let missed = Set(try reader.array("parties", limit: 16).map { Int(clamping: $0.integer ?? 0) }).subtracting([number])
        try reader.finish()
        for run in runs.values {
            guard case .material(_, let order, let orderer) = run.work, orderer == number, order.program == program.id,
                order.purpose == .evaluation, order.indices.lowerBound == first, order.parties.contains(party)
            else { continue }
            // The first word of each counts.
            if run.told[party] == nil { run.told[party] = [party] + missed.intersection(order.parties).sorted() }
            return
        }
        guard let place = program.made.firstIndex(where: { $0.first == first && $0.parties.contains(party) }),
            program.made[place].failedAt.insert(party).inserted
        else { return }
        let parties = program.made[place].parties
        program.orders.doubt(parties, naming: [party] + missed.intersection(parties).sorted(), at: now())
    }

    func finishMaterial(_ run: Run, _ box: Box<MaterialSession>, _ order: MaterialOrder, by party: Int) throws {
        let program = try program(order.program)
        guard let session = box.take(), order.epoch == epoch else { return }
        let made = MaterialOfParties(
            purpose: order.purpose, indices: order.indices, parties: order.parties, orderer: party, since: now())
        let givenUp = try program.keep(session.finished(), made, room: 4 * settings.material)
        guard order.purpose == .evaluation else { return }
        program.recent.removeAll { $0.since.advanced(bySeconds: 3) < now() }
        program.recent.append((order.indices, order.parties, now()))
        guard party == number else {
            // What it ordered was not used before it ordered more: that is counted like what fails.
            let told: [(free: [Range<UInt64>], heard: UTCTime)] = roster.committee.members.compactMap { other in
                other == number ? nil : peers[other].map { (free: program.free[other] ?? [], heard: $0.heard) }
            }
            let (time, corruptions) = (now(), roster.committee.corruptions)
            if givenUp.contains(where: { $0.isHasty(at: time, told: told, corruptions: corruptions) }) {
                program.orders.countCostly(orderOf: party, at: time)
            }
            return
        }
        program.orders.succeed(with: order.parties, at: now())
        // Whoever said before this that the order failed there has none of it.
        if !run.told.isEmpty { program.orders.doubt(order.parties, naming: run.told.values.flatMap { $0 }, at: now()) }
        program.made.append((first: order.indices.lowerBound, parties: order.parties, failedAt: Set(run.told.keys)))
        if program.made.count > Self.mostMade { program.made.removeFirst() }
        if let count = program.ordered, order.indices.count >= min(count, mostIndices(program.plan)) {
            program.ordered = nil
        }
    }

    /// Of so many orders others can still say that they failed there.
    private static let mostMade = 16

    /// Another custodian began these indices before: what is ordered with it from now on begins above them.
    func receiveBegun(_ notice: JSONObject, from party: Int) {
        var reader = RecordReader(notice, "answer")
        guard let id = try? reader.hex("program", count: 32), let program = programs[id],
            let purpose = StreamPurpose(rawValue: UInt8(clamping: (try? reader.integer("purpose")) ?? 0)),
            let below = (try? reader.integer("begun", in: 0...CanonicalForm.largestSafeInteger)).map({ UInt64($0) })
        else { return }
        // Only whoever is asked answers: others neither move indices here nor end an order.
        guard
            let run = runs.values.first(where: { run in
                guard case .material(_, let order, let orderer) = run.work, orderer == number else { return false }
                return order.program == id && order.purpose == purpose && order.parties.contains(party)
                    && order.indices.lowerBound < below
            }),
            program.hear(
                purpose, below: below, by: party, corruptions: roster.committee.corruptions, at: now())
        else { return }
        // The order under way cannot come to an end. Who is missing need not have done anything wrong.
        run.isVoid = true
        run.deadline = now()
    }

    /// Burns what another custodian says was begun with this one before it started, as far as its word alone moves indices.
    func burn(_ purpose: StreamPurpose, below: UInt64, of program: ProgramState, by party: Int) throws {
        let (corruptions, time) = (roster.committee.corruptions, now())
        let leap = program.leap(to: below, purpose, corruptions: corruptions)
        let step = min(leap, program.answerLeaps.room(of: party, at: time))
        let reached = below - leap + step
        guard reached > program.begun[purpose] ?? 0 else { return }
        try write([.begun(program: program.id, purpose, below: reached)])
        program.answerLeaps.take(step, by: party, at: time)
        program.begun[purpose] = reached
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

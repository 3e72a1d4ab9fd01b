public import ChanceryLedger
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

extension CustodianNode {
    /// Takes a message that came over the channel of `sender`. Nothing in it can stop this custodian; what makes no sense is
    /// dropped.
    public func receive(_ bytes: [UInt8], from sender: DID) {
        if let failure {
            if sender == roster.coordinator, case .request(let id, _, _) = try? CustodianMessage(bytes) {
                answer(id, refusing: failure, to: sender)
            }
            return
        }
        if let party = roster.number(of: sender), party != number {
            guard let message = try? CustodianMessage(bytes) else { return }
            switch message {
            case .frame(let frame): receiveFrame(frame, from: party)
            case .notice(let notice): try? receiveNotice(notice, from: party)
            case .request(let id, _, _):
                answer(id, refusing: CustodianError(.notTheCoordinator, "custodians ask nothing"), to: sender)
            case .answer: break
            }
        } else if sender == roster.coordinator {
            guard case .request(let id, let body, let attachment) = try? CustodianMessage(bytes) else { return }
            do {
                try serve(body, attachment, id)
            } catch {
                answer(id, refusing: error, to: sender)
            }
        }
    }

    /// Lets time pass: rounds end, others hear from this custodian, material is made.
    public func tick() {
        guard !isBroken else { return }
        let time = now()
        let behind = UTCTime(milliseconds: time.milliseconds + settings.patience * 500)
        for run in runs.values.filter({ $0.deadline <= time || ($0.deadline <= behind && $0.isBehind) }) {
            if hasCheckedRows(run) { continue }
            run.deadline = time.advanced(bySeconds: settings.patience)
            carry(run.timeOut(), run)
        }
        early.dropOlder(than: time.advanced(bySeconds: -10))
        let isBeat = lastBeat.advanced(bySeconds: 1) <= time
        if isBeat {
            lastBeat = time
            try? settle()
            dropEnded(at: time)
            try? standStill()
            try? sealFrames()
            beat(at: time)
        }
        try? agreeOnKeys(at: time)
        replenish(at: time, isBeat: isBeat)
    }

    /// Custodians that were heard from lately, this one included, ascending.
    func live(at time: UTCTime) -> [Int] {
        roster.committee.members.filter { $0 == number || (peers[$0]?.heard.advanced(bySeconds: 4)).map { $0 > time } == true }
    }

    private func dropEnded(at time: UTCTime) {
        for program in programs.values {
            // What the log told of is kept until others have told what this custodian missed.
            let isServing = program.meter?.isServing != false
            if isServing, program.missed?.isOver(at: time) == true { program.missed = nil }
            if isServing, program.away != nil, (try? write([.back(program: program.id)])) != nil { program.away = nil }
            if program.missed == nil, program.away == nil, let clock = program.meter?.books.clock {
                program.bound.prune(at: clock)
            }
            for claim in program.claims.values
            where isServing && claim.expires <= time && claim.session.map({ runs[$0] == nil }) != false {
                program.claims[claim.id] = nil
            }
        }
    }

    // MARK: beats

    private func beat(at time: UTCTime) {
        var notice: JSONObject = [
            "agreed": agreed.map { .string(Hex.encode($0)) } ?? .null, "epoch": .integer(epoch), "notice": "beat",
            "retired": .bool(retired != nil), "used": .bool(programs.values.contains { !$0.begun.isEmpty }),
        ]
        var list: [JSONValue] = []
        for program in programs.values where program.activation != nil && keys != nil {
            var item: JSONObject = [
                "begun": .integer(Int64(clamping: program.toldBegun(corruptions: roster.committee.corruptions))),
                "free": .array(
                    ProgramState.merged(program.freeRanges(.evaluation)).sorted { $0.count > $1.count }.prefix(64).map {
                        .array([.integer(Int64(clamping: $0.lowerBound)), .integer(Int64(clamping: $0.upperBound))])
                    }), "program": .string(Hex.encode(program.id)),
            ]
            item["head"] = .null
            if let activation = program.activation, program.events.count > 0 {
                if program.head?.size != program.events.count {
                    program.head = try? EventHead.sign(program.events, for: activation.terms, as: did, at: time, by: key)
                }
                item["head"] = program.head.flatMap { try? JSONParser.parse($0.record.bytes) } ?? .null
            }
            list.append(.object(item))
        }
        notice["programs"] = .array(list)
        for party in roster.committee.members where party != number { send(notice, to: party) }
    }

    private func receiveNotice(_ notice: JSONObject, from party: Int) throws {
        switch notice["notice"]?.string {
        case "beat": try receiveBeat(notice, from: party)
        case "keys": try beginKeys(notice, from: party)
        case "material": try receiveOrder(MaterialOrder(notice), from: party)
        case "begun": receiveBegun(notice, from: party)
        case "failed": try receiveFailed(notice, from: party)
        case "refused": try receiveRefused(notice, from: party)
        case "frames": try receiveFrames(notice, from: party)
        case "masks": try receiveMasks(notice, from: party)
        case "frozen":
            var reader = RecordReader(notice, "freeze")
            _ = try reader.string("notice", limit: 16)
            let certificate = try Base64.url.decode(reader.string("certificate", limit: 2 * CustodianMessage.maximumBytes))
            try reader.finish()
            _ = try freeze(certificate, from: party)
        case "missed": try answerMissed(notice, to: party)
        case "certified": try receiveMissed(notice, from: party)
        case "charged": try receiveCharged(notice)
        case "shown": try receiveShown(notice)
        default: throw CustodianError(.messageMalformed, "the notice is unknown")
        }
    }

    private func receiveBeat(_ notice: JSONObject, from party: Int) throws {
        var reader = RecordReader(notice, "beat")
        _ = try reader.string("notice", limit: 16)
        let agreed = try reader.value("agreed")
        let (epoch, isRetired) = (try reader.integer("epoch"), try reader.bool("retired"))
        let hasUsed = try reader.bool("used")
        let list = try reader.array("programs", limit: 1024)
        try reader.finish()
        if peers[party].map({ $0.heard.advanced(bySeconds: 4) <= now() }) ?? true { tellFreezes(to: party) }
        let hash = agreed.string.flatMap { try? Hex.decode($0, count: 32) }
        peers[party] = PeerState(heard: now(), epoch: epoch, agreed: isRetired ? nil : hash, hasUsed: hasUsed)
        // What it says of material under other keys says nothing of these.
        guard epoch == self.epoch else { return }
        for item in list {
            var reader = try RecordReader(item, "program")
            let id = try reader.hex("program", count: 32)
            let begun = UInt64(try reader.integer("begun", in: 0...CanonicalForm.largestSafeInteger))
            let free = try reader.array("free", limit: 64).map { pair in
                guard let ends = pair.array, ends.count == 2, let low = ends[0].integer, let high = ends[1].integer, low >= 0,
                    high > low
                else { throw CustodianError(.messageMalformed, "indices are ranges") }
                return UInt64(low)..<UInt64(high)
            }
            let head = try reader.value("head")
            try reader.finish()
            guard let program = programs[id] else { continue }
            program.free[party] = ProgramState.merged(free)
            program.toldBegun[party] = max(begun, program.toldBegun[party] ?? 0)
            program.firstBegun[party] = program.firstBegun[party] ?? begun
            if let activation = program.activation, !head.isNull {
                try compare(
                    EventHead.verify(UnverifiedRecord(head), for: activation.terms, by: roster.set), in: program, from: party)
            }
            askForMissed(program, party)
        }
    }
}

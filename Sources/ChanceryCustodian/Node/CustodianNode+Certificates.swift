internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

// Claims that others certified (rule T6): what a custodian hears of them after it was away, and where it did not sign.
extension CustodianNode {
    /// At another's beat: asks it for what was missed here, and does what waited.
    func askForMissed(_ program: ProgramState, _ party: Int) {
        try? mergeHeld(of: program)
        if let place = program.answers.next(of: party, at: now()) { try? answerMissed(place, program, to: party) }
        guard let meter = program.meter, !meter.books.isSuspended, let since = program.missed?.since ?? program.away else {
            return
        }
        let time = now()
        var missed = program.missed ?? MissedClaims(since: since, at: time)
        let place = missed.ask(party, at: time)
        program.missed = missed
        guard let place else { return }
        send(
            [
                "notice": "missed", "program": .string(Hex.encode(program.id)), "since": .string(place.since.text),
                "skip": .integer(Int64(place.skip)),
            ], to: party)
    }

    func answerMissed(_ notice: JSONObject, to party: Int) throws {
        var reader = RecordReader(notice, "question")
        _ = try reader.string("notice", limit: 16)
        let program = try program(reader.hex("program", count: 32))
        let place = try reader.missedPlace()
        try reader.finish()
        guard program.meter != nil, program.answers.take(place, of: party, at: now()) else { return }
        try answerMissed(place, program, to: party)
    }

    /// Tells a custodian that was away of certificates, as many as one answer holds: it asks for the next ones.
    private func answerMissed(_ place: MissedClaims.Place, _ program: ProgramState, to party: Int) throws {
        var answer: JSONObject = [
            "begun": .integer(Int64(clamping: program.begun[.evaluation] ?? 0)), "certificates": .array([]),
            "forgotten": .null, "next": .null, "notice": "certified", "program": .string(Hex.encode(program.id)),
            "since": .string(place.since.text), "skip": .integer(Int64(place.skip)),
        ]
        if let until = program.forgottenUntil, until >= place.since {
            answer["forgotten"] = .string(until.text)
            return send(answer, to: party)
        }
        let lines = program.certificates
        let first = lines.first(since: place.since)
        var part: [JSONValue] = []
        var (end, size) = (first + min(place.skip, lines.count - first), 0)
        while end < lines.count {
            guard case .certified(_, let bytes, _) = try CustodianEntry(decoding: store.entry(lines[end].line)) else {
                throw CustodianError(.logBroken, "a line of the log is not the certificate that it was")
            }
            guard part.isEmpty || size + bytes.count <= settings.answerBytes else { break }
            part.append(.string(Base64.url.encode(bytes)))
            size += bytes.count
            end += 1
        }
        answer["certificates"] = .array(part)
        if end < lines.count {
            let last = lines[end - 1].time
            answer["next"] = [
                "since": .string(last.text), "skip": .integer(Int64(end - lines.first(since: last))),
            ]
        }
        send(answer, to: party)
    }

    func receiveMissed(_ notice: JSONObject, from party: Int) throws {
        var reader = RecordReader(notice, "certificates")
        _ = try reader.string("notice", limit: 16)
        let program = try program(reader.hex("program", count: 32))
        let begun = try reader.integer("begun", in: 0...CanonicalForm.largestSafeInteger)
        let list = try reader.array("certificates", limit: 65_536)
        let forgotten = try reader.value("forgotten").isNull ? nil : reader.time("forgotten")
        let next = try reader.value("next")
        let place = try reader.missedPlace()
        try reader.finish()
        guard program.activation != nil, let missed = program.missed, missed.awaits(party, place), let did = roster.did(party)
        else { return }
        if let forgotten {
            program.missed?.forget(party, until: forgotten)
            return
        }
        var following: MissedClaims.Place?
        if !next.isNull {
            var reader = try RecordReader(next, "place")
            let stated = try reader.missedPlace()
            try reader.finish()
            guard place.isBefore(stated), !list.isEmpty else {
                throw CustodianError(.messageMalformed, "the next answer goes on where this one ends")
            }
            following = stated
        }
        guard try merge(list, into: program) else {
            return retire("a claim was signed that the log does not know")
        }
        // What others began with this custodian is burnt here too.
        try burn(.evaluation, below: UInt64(begun), of: program, by: party)
        program.missed?.proceed(party, to: following)
        if following == nil {
            program.meter?.caughtUp(with: did)
        } else {
            askForMissed(program, party)
        }
    }

    // MARK: who did not sign

    /// Shows a certificate to others, so that their books go on too: what only those counted who began, a client could use once more
    /// with others.
    func show(_ kept: [UInt8], to parties: [Int], of program: ProgramState) {
        let others = parties.filter { $0 != number }
        guard !others.isEmpty else { return }
        let notice: JSONObject = [
            "certificate": .string(Base64.url.encode(kept)), "notice": "charged", "program": .string(Hex.encode(program.id)),
        ]
        for party in others { send(notice, to: party) }
    }

    /// Whoever says nothing in a session may not have been asked to begin it.
    func showCertificate(of run: Run, to parties: [Int]) {
        guard case .evaluation(_, let claim) = run.work, claim.purpose == .evaluation, let program = claim.program,
            let certificate = claim.certificate
        else { return }
        show(CertifiedClaim(certificate.bytes, rows: claim.rows).bytes, to: parties, of: program)
    }

    func receiveCharged(_ notice: JSONObject) throws {
        var reader = RecordReader(notice, "certificate")
        _ = try reader.string("notice", limit: 16)
        let program = try program(reader.hex("program", count: 32))
        let certificate = try reader.value("certificate")
        try reader.finish()
        // Several show it.
        guard program.activation != nil, let text = certificate.string,
            program.shown.insert(Digest.sha3_256(Array(text.utf8)))
        else { return }
        guard try merge([certificate], into: program, isShown: true) else {
            return retire("a claim was signed that the log does not know")
        }
        try mergeHeld(of: program)
    }

    /// For so long a claim that others showed may still be begun here.
    private static let heldSeconds: Int64 = 60

    /// Takes over the certificates of claims that this custodian signed and did not begin while it could.
    private func mergeHeld(of program: ProgramState) throws {
        guard !program.held.isEmpty else { return }
        let time = now()
        for (claim, held) in program.held where held.until <= time {
            program.held[claim] = nil
            _ = try merge([held.certificate], into: program)
        }
    }

    /// Whether a claim that this custodian signed may still be begun here: whoever shows its certificate first must not keep it from that.
    private func mayBegin(_ claim: Claim, in program: ProgramState) -> Bool {
        guard let known = program.claims[claim.id], program.meter?.hasCharged(claim.digest) == false else { return false }
        return !known.signature.isEmpty && known.material != nil
    }

    /// Takes over what others certified, all of it durable at once.
    ///
    /// - Parameter isShown: whether it came unasked; then what may still be begun here waits for that.
    /// - Returns: false where a certificate has this custodian's own signature and its log does not know that.
    private func merge(_ list: [JSONValue], into program: ProgramState, isShown: Bool = false) throws -> Bool {
        guard let activation = program.activation else { return true }
        let time = now()
        var entries: [CustodianEntry] = []
        var failure: (any Error)?
        do {
            for item in list {
                let bytes = try Base64.url.decode(item.string ?? "?")
                let digest = Digest.sha3_256(bytes)
                guard program.missed?.knows(digest) != true else { continue }
                let certified = try CertifiedClaim(decoding: bytes)
                let stated = try ClaimCertificate.stated(certified.certificate)
                // Signatures are looked at where the books or the log can learn of them.
                if let claim = Digest256(stated.claim), program.meter?.hasCharged(claim) == true,
                    program.missed == nil || program.bound.contains(stated.claim)
                {
                    continue
                }
                guard let client = clients.client(stated.client) else { continue }
                let certificate = try ClaimCertificate.verify(
                    certified.certificate, for: activation.terms, by: roster.set, client: client.key)
                // Its own signature that its log does not know: the log is older than what was promised (rule T3). The name of a
                // claim that ended long before need not be there any more.
                if certificate.signers.contains(did), let since = program.missed?.since, certificate.claim.expires >= since,
                    !program.bound.contains(certificate.claim.id)
                {
                    return false
                }
                let request = try MeterRequest(
                    certificate.claim, ticket: certificate.ticket, under: activation.terms, rows: certified.rows)
                // Charged while its reservation lives, which then becomes the charge.
                let until = min(request.expires, request.ticketExpires, time.advanced(bySeconds: Self.heldSeconds))
                    .advanced(bySeconds: -2)
                if isShown, certificate.signers.contains(did), until > time, mayBegin(certificate.claim, in: program) {
                    if program.held[certificate.claim.id] == nil { program.held[certificate.claim.id] = (item, until) }
                    continue
                }
                program.missed?.learn(digest)
                guard let entry = program.meter?.merge(request, at: time) else { continue }
                entries.append(.meter(program: program.id, entry: try entry.bytes))
                entries.append(
                    .certified(
                        program: program.id, certificate: CertifiedClaim(certificate.bytes, rows: certified.rows).bytes,
                        at: time))
            }
        } catch {
            failure = error
        }
        // What the books have is durable, whatever came after it.
        if !entries.isEmpty {
            try write(entries)
            let first = logged - entries.count
            for place in entries.indices where place % 2 == 1 { program.certificates.append((time, first + place)) }
        }
        if let failure { throw failure }
        return true
    }
}

extension RecordReader {
    mutating func missedPlace() throws -> MissedClaims.Place {
        MissedClaims.Place(
            since: try time("since"), skip: Int(clamping: try integer("skip", in: 0...CanonicalForm.largestSafeInteger)))
    }
}

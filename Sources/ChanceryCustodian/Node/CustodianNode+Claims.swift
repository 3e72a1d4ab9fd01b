internal import ChanceryArithmetic
internal import ChanceryLedger
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

extension CustodianNode {
    /// The terms under which a claim's records are signed.
    private func terms(_ program: ProgramState, _ purpose: StreamPurpose) throws -> ActivationTerms {
        _ = try requireKeys()
        switch purpose {
        case .evaluation:
            guard let activation = program.activation else {
                throw CustodianError(.notActivated, "the program is not active here")
            }
            return activation.terms
        case .secrets:
            guard program.activation == nil else {
                throw CustodianError(.alreadyActive, "secrets are installed before activation")
            }
            return try program.content.secretsTerms(by: roster.set, epoch: epoch)
        }
    }

    /// Whoever is admitted may have a program evaluated; its secrets come from the owner alone who installed it.
    private func client(_ id: [UInt8], _ purpose: StreamPurpose, of program: ProgramState) throws -> AdmittedClient {
        guard let client = clients.client(id), purpose == .evaluation || client.isOwner else {
            throw CustodianError(.unknownClient, "the client is not admitted here")
        }
        guard purpose == .evaluation || program.owner == id else {
            throw CustodianError(.notTheOwner, "only the owner who installed the program brings its secrets")
        }
        return client
    }

    // MARK: signing (rule T3)

    /// Binds material to a claim and signs that it is bound to no other, ever.
    func sign(_ reader: inout RecordReader, _ attachment: [UInt8], _ id: UInt64) throws {
        let program = try program(reader.hex("program", count: 32))
        let purpose: StreamPurpose = try reader.bool("secrets") ? .secrets : .evaluation
        let (ticketRecord, claimRecord) = try (
            UnverifiedRecord(reader.value("ticket")), UnverifiedRecord(reader.value("claim"))
        )
        let first = UInt64(try reader.integer("first", in: 0...CanonicalForm.largestSafeInteger - Claim.mostEvaluations))
        try reader.finish()
        guard attachment.count <= CertifiedClaim.mostRowBytes else { throw Self.tooLong }
        let terms = try terms(program, purpose)
        guard let text = claimRecord.body["client"]?.string else {
            throw WireError(.missingMember, "the claim names no client")
        }
        let client = try client(Hex.decode(text, count: 32), purpose, of: program)
        let ticket = try Ticket.verify(ticketRecord, by: client.key)
        let claim = try Claim.verify(claimRecord, by: client.key)
        let indices = first..<first + UInt64(claim.evaluations)
        let rows = try attachment.isEmpty ? nil : PlainRows(decoding: attachment)
        let request = try MeterRequest(claim, ticket: ticket, under: terms, rows: rows)
        if let known = program.claims[claim.id] {
            guard known.indices == indices, !known.signature.isEmpty else {
                throw CustodianError(.indexBound, "the claim was bound before")
            }
            return answer(id, [:], known.signature)
        }
        // Whoever would be turned away later takes neither tokens nor material now.
        try requireRoom(for: claim.client)
        guard canDoWithoutForked(program) else {
            throw CustodianError(.stateLost, "custodians \(program.forked.sorted()) showed two histories, and too few are left")
        }
        let plan = purpose == .secrets ? program.secretsPlan : program.plan
        guard indices.count <= mostEvaluations(plan) else {
            throw CustodianError(.busy, "a channel carries \(mostEvaluations(plan)) evaluations of this program at once")
        }
        guard program.isFree(indices, purpose) else {
            // Whoever would be refused with material too does not wait for some. Catching up passes, as the want of material does.
            if purpose == .evaluation, let reason = program.meter?.refusal(request, at: now()), reason != .catchingUp {
                throw try refuse(reason, request, program)
            }
            throw CustodianError(.materialMissing, "the indices \(indices) are not free here")
        }
        var entries: [CustodianEntry] = []
        if purpose == .evaluation {
            switch program.meter?.reserve(request, at: now()) {
            case .allowed(let entry): entries.append(.meter(program: program.id, entry: try entry.bytes))
            case .refused(let reason, _): throw try refuse(reason, request, program)
            case .repeated, nil: throw CustodianError(.indexBound, "the claim was bound before")
            }
        } else if request.expires <= now() {
            throw CustodianError(stated: ComputeRefusal.claimExpired.rawValue, "the claim is over")
        }
        let signature = try ClaimSignature.sign(
            claim, MaterialIndices(indices.map { Int64($0) }), as: did, by: key)
        try bind(claim.id, indices, purpose, signature.record.bytes, until: claim.expires, in: program, with: entries)
        program.claims[claim.id]?.rows = rows
        answer(id, [:], signature.record.bytes)
    }

    /// Makes durable that material belongs to a claim, and takes it out of the pool.
    private func bind(
        _ claim: [UInt8], _ indices: Range<UInt64>, _ purpose: StreamPurpose, _ signature: [UInt8], until expires: UTCTime,
        in program: ProgramState, with entries: [CustodianEntry]
    ) throws {
        // Before anything is written: an old certificate costs no line.
        guard let pool = program.pools[purpose], program.isFree(indices, purpose) else {
            throw CustodianError(.materialMissing, "the indices \(indices) are not free here")
        }
        try write(
            entries + [
                .bound(
                    program: program.id, purpose, claim: claim, first: indices.lowerBound, count: UInt64(indices.count),
                    until: expires, signature: signature)
            ])
        program.bound.insert(claim, until: expires)
        let makers = program.parties(of: indices, purpose)
        guard let material = try pool.value?.claim(indices) else {
            throw CustodianError(.materialMissing, "there is no material")
        }
        let state = ClaimState(
            claim, purpose, indices, signature: signature, expires: expires, material: Box(material))
        state.makers = makers
        program.claims[claim] = state
        if purpose == .evaluation { program.orders.use(indices.count) }
    }

    /// The error of a refusal, which is on record or counted from here on (``RefusalTally``).
    private func refuse(_ reason: ComputeRefusal, _ request: MeterRequest, _ program: ProgramState) throws -> CustodianError {
        if let meter = program.meter {
            let time = now()
            let event = EvaluationEvent(
                claim: request.claim, client: request.client, outcome: .refused, refusal: reason,
                standing: meter.books.standing(of: request.client, at: time), time: time)
            try note(refusals.take(event, in: program.id, at: time))
        }
        return CustodianError(stated: reason.rawValue, "custodian \(number) does not serve this")
    }

    /// Puts refusals on record, of programs that are still active.
    /// All at once: thousands may come together, and each append waits for the disk.
    package func note(_ refusals: [RefusalTally.Note]) throws {
        var chains: [[UInt8]: EventChain] = [:]
        var entries: [CustodianEntry] = []
        for note in refusals {
            guard let program = programs[note.program], program.meter != nil else { continue }
            let bytes = try chains[program.id, default: program.events].append(note.event)
            entries.append(.event(program: program.id, event: bytes))
        }
        guard !entries.isEmpty else { return }
        try tell(entries)
        for (id, events) in chains { programs[id]?.events = events }
    }

    func note(_ event: EvaluationEvent, in program: ProgramState) throws {
        var events = program.events
        let bytes = try events.append(event)
        try tell([.event(program: program.id, event: bytes)])
        program.events = events
    }

    // MARK: beginning

    /// Charges a certified claim and begins its session; the answer is the client's masks, sealed to it.
    func begin(_ reader: inout RecordReader, _ bytes: [UInt8], _ id: UInt64) throws {
        let program = try program(reader.hex("program", count: 32))
        let purpose: StreamPurpose = try reader.bool("secrets") ? .secrets : .evaluation
        let parties = try reader.parties("parties")
        let rows = try reader.plainRows("rows")
        try reader.finish()
        let terms = try terms(program, purpose)
        let client = try client(ClaimCertificate.statedClient(bytes), purpose, of: program)
        guard CertifiedClaim.fits(certificate: bytes.count, rows: rows?.bytes.count ?? 0) else { throw Self.tooLong }
        let certificate = try ClaimCertificate.verify(bytes, for: terms, by: roster.set, client: client.key)
        let claimID = certificate.claim.id
        guard let first = certificate.indices.indices.first, let last = certificate.indices.indices.last,
            last - first + 1 == Int64(certificate.indices.indices.count)
        else { throw CustodianError(.indexBound, "a claim takes indices in a row") }
        let indices = UInt64(first)..<UInt64(last) + 1
        let known = program.claims[claimID]
        if let known {
            if let begun = known.begun { return answer(id, [:], begun) }
            guard known.indices == indices else { throw CustodianError(.indexBound, "the claim was bound to other indices") }
        }
        // Before anything is charged or taken: whoever is turned away for these may ask again.
        try require(parties, amongMakers: known?.makers ?? program.parties(of: indices, purpose))
        try requireRoom(for: certificate.claim.client)
        if purpose == .evaluation { try charge(certificate, program, terms, rows, parties) }
        if program.claims[claimID] == nil {
            // Others certified it; here it is bound as well before anything is opened.
            try bind(claimID, indices, purpose, [], until: certificate.claim.expires, in: program, with: [])
        }
        guard let claim = program.claims[claimID], let material = claim.material?.take(),
            let streams = program.streams[purpose], let makers = claim.makers, Set(parties).isSubset(of: makers)
        else { throw CustodianError(.materialMissing, "the claim's material is gone") }
        claim.material = nil
        if let stated = certificate.claim.rows {
            claim.rows = claim.rows ?? rows
            guard claim.rows?.digest == stated else {
                throw OracleError(.rowsMalformed, "the inputs are not those that the claim names")
            }
        }
        let isForSecrets = purpose == .secrets
        let session = try EvaluationSession(
            isForSecrets ? program.secretsPlan : program.plan, material: material,
            secrets: isForSecrets || !program.needsSecrets ? nil : program.secrets, streams: streams, parties: parties,
            binding: claimID, allowsUnchecked: program.activation?.policy.allowsUnchecked ?? false)
        claim.certificate = certificate
        claim.makers = parties
        let name = session.session
        claim.session = name
        claim.program = program
        program.held[claimID] = nil
        claim.waiting = id
        let run = Run(
            name, .evaluation(Box(session), claim), until: now().advanced(bySeconds: settings.clientPatience))
        begin(run)
    }

    /// Refuses a session with so few custodians that others could begin one of the same claim without an honest custodian of this one:
    /// the client could hand other values to each, under the same masks.
    private func require(_ parties: [Int], amongMakers makers: [Int]?) throws {
        guard parties.contains(number), Set(parties).isSubset(of: makers ?? Array(roster.committee.members)) else {
            throw CustodianError(.materialMissing, "the session is not for custodians who all have its material")
        }
        guard parties.count >= roster.committee.fewest else {
            throw ThresholdError(
                .tooFewParties, "\(parties.count) custodians are to take part where \(roster.committee.fewest) must",
                parties: roster.committee.members.filter { !parties.contains($0) })
        }
    }

    /// Refuses one more session while as many evaluations are under way as may be, or as many that wait for this client: whoever
    /// begins and hands nothing in keeps neither others nor the making of material from theirs.
    private func requireRoom(for client: [UInt8]) throws {
        var (evaluations, waiting) = (0, 0)
        for run in runs.values {
            guard case .evaluation(_, let claim) = run.work else { continue }
            evaluations += 1
            if claim.submission == nil, claim.certificate?.claim.client == client { waiting += 1 }
        }
        guard evaluations < settings.evaluationSessions, runs.count < settings.sessions else {
            throw CustodianError(.busy, "too many sessions are under way")
        }
        guard waiting < settings.waitingSessions else {
            throw CustodianError(.busy, "\(waiting) sessions wait for this client's values")
        }
    }

    private static var tooLong: CustodianError {
        CustodianError(
            .busy, "a channel does not carry the claim's rows with its certificate; ask for fewer evaluations at once")
    }

    private func charge(
        _ certificate: ClaimCertificate, _ program: ProgramState, _ terms: ActivationTerms, _ rows: PlainRows?, _ parties: [Int]
    ) throws {
        let request = try MeterRequest(certificate.claim, ticket: certificate.ticket, under: terms, rows: rows)
        switch program.meter?.charge(request, at: now()) {
        case .allowed(let entry): try keep(certificate, entry, program, rows, parties)
        case .refused(let reason, let counted):
            if let counted { try keep(certificate, counted, program, rows, parties) }
            throw try refuse(reason, request, program)
        case .repeated:
            // What was begun is answered before. A claim that was refused when it was charged, or that others told of, stays refused:
            // nobody looked whether it may be served.
            throw CustodianError(.indexBound, "the claim was charged before and is not begun again")
        case nil: throw CustodianError(.notActivated, "the program is not active here")
        }
    }

    /// Makes a charge durable with its certificate, and shows that to whoever does not get it by beginning the session: those who did
    /// not sign, and those whom the coordinator leaves out.
    private func keep(
        _ certificate: ClaimCertificate, _ entry: MeterEntry, _ program: ProgramState, _ rows: PlainRows?, _ parties: [Int]
    ) throws {
        let kept = CertifiedClaim(certificate.bytes, rows: rows).bytes
        let time = now()
        try write([
            .meter(program: program.id, entry: entry.bytes), .certified(program: program.id, certificate: kept, at: time),
        ])
        program.certificates.append((time, logged - 1))
        let others = roster.committee.members.filter { party in
            guard let other = roster.did(party) else { return false }
            return !certificate.signers.contains(other) || !parties.contains(party)
        }
        show(kept, to: others, of: program)
    }

    // MARK: submission

    /// Takes the client's masked values; the answer is the client's results, when there are any.
    func submit(_ reader: inout RecordReader, _ frame: [UInt8], _ id: UInt64) throws {
        let program = try program(reader.hex("program", count: 32))
        let claimID = try reader.hex("claim", count: 32)
        let record = try UnverifiedRecord(reader.value("submission"))
        try reader.finish()
        guard let claim = program.claims[claimID], let certificate = claim.certificate, let session = claim.session else {
            throw CustodianError(.claimUnknown, "the claim has no session here")
        }
        let client = try client(certificate.claim.client, claim.purpose, of: program)
        let submission = try Submission.verify(record, for: certificate, by: client.key)
        guard let digest = Digest256(submission.id) else { throw CustodianError(.claimUnknown, "the submission has no id") }
        guard try ComputeSeal.inputsDigest(RunFrame(frame), of: session) == submission.inputs else {
            throw CustodianError(.messageMalformed, "the masked values are not those that the client signed")
        }
        if let known = claim.submission, known != digest {
            throw CustodianError(stated: ComputeRefusal.submitted.rawValue, "something else was submitted before")
        }
        if let ended = claim.ended { return answer(id, ended.body, ended.attachment) }
        guard let run = runs[session] else { throw CustodianError(.sessionFailed, "the session is over") }
        let isNew = claim.submission == nil
        if isNew, claim.purpose == .evaluation {
            switch program.meter?.submit(digest, for: certificate.claim.digest, at: now()) {
            case .allowed(let entry):
                // After a crash the claim's material is gone, so no other submission could be taken for it.
                deferred.append(.meter(program: program.id, entry: try entry.bytes))
            case .refused(let reason, _): throw CustodianError(stated: reason.rawValue, "the submission is not taken")
            case .repeated, nil: break
            }
        }
        claim.submission = digest
        claim.waiting = id
        guard isNew else { return }
        if claim.rows == nil {
            carry(run.receiveFromClient(frame), run)
        } else {
            try openMasks(claim, run, frame)
        }
    }
}

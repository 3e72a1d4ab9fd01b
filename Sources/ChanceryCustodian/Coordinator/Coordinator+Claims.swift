internal import ChanceryLedger
public import ChanceryOracle
public import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

extension Coordinator: ComputeService {
    private var everybody: [Int] { Array(roster.committee.members) }
    /// How few custodians a claim takes: a quorum of signatures (rule T3), and enough shares to notice a lie.
    var fewest: Int { max(roster.set.quorum, 2 * roster.committee.corruptions + 1) }

    public func claim(
        _ program: [UInt8], secrets: Bool, ticket: Ticket, claim: Claim, rows: PlainRows?
    ) async throws -> ClaimGrant {
        let name = Shelf.Name(program: program, isForSecrets: secrets)
        let count = Int(claim.evaluations)
        let (signatures, parties): ([ClaimSignature], [Int])
        do {
            (signatures, parties) = try await self.signatures(name, count, ticket, claim, rows?.bytes ?? [])
        } catch {
            // What is known of the program may be of another epoch than the custodians'.
            statements[program] = nil
            throw error
        }
        let certificate = try ClaimCertificate(claim, ticket: ticket, signatures: signatures, by: roster.set)
        let bytes = certificate.bytes
        let body: JSONObject = [
            "op": "begin", "parties": .array(parties.map { .integer(Int64($0)) }), "program": .string(Hex.encode(program)),
            "rows": rows.json, "secrets": .bool(secrets),
        ]
        let (answers, refusals) = await askAll(parties, enough: secrets ? nil : fewest) { _ in (body, bytes) }
        guard answers.count > roster.committee.corruptions else {
            throw Self.commonest(refusals, "too few custodians began the session")
        }
        return ClaimGrant(certificate: bytes, parties: parties, masks: answers.mapValues(\.attachment))
    }

    /// Finds material and has it bound. Material that some refuse to bind is burnt; another piece is tried.
    private func signatures(
        _ name: Shelf.Name, _ count: Int, _ ticket: Ticket, _ claim: Claim, _ rows: [UInt8]
    ) async throws -> ([ClaimSignature], [Int]) {
        let records = try (JSONParser.parse(ticket.record.bytes), JSONParser.parse(claim.record.bytes))
        let deadline = ContinuousClock.now + .seconds(10)
        // Material that not all have is used when nothing better comes: with fewer shares a lie may not be put right.
        let settled = ContinuousClock.now + .milliseconds(500)
        var last = CustodianError(.materialMissing, "no material is ready; it is made in the background, or by `compute pool`")
        while true {
            // An owner's secrets go to every custodian, however long one takes.
            let live = name.isForSecrets ? connected.sorted() : present
            if let piece = shelves[name, default: Shelf()].take(
                count, among: live, least: ContinuousClock.now < settled ? max(live.count, fewest) : fewest)
            {
                let body: JSONObject = [
                    "claim": records.1, "first": .integer(Int64(clamping: piece.indices.lowerBound)), "op": "sign",
                    "program": .string(Hex.encode(name.program)), "secrets": .bool(name.isForSecrets), "ticket": records.0,
                ]
                let (answers, refusals) = await askAll(piece.parties, enough: name.isForSecrets ? nil : fewest) {
                    _ in (body, rows)
                }
                var signatures: [ClaimSignature] = []
                var signers: [Int] = []
                for (party, answer) in answers {
                    guard let record = try? UnverifiedRecord(decoding: answer.attachment),
                        let signature = try? ClaimSignature.verify(record, by: roster.set)
                    else { continue }
                    signatures.append(signature)
                    signers.append(party)
                }
                for (party, refusal) in refusals where refusal.reason == .materialMissing { forget(party) }
                if signatures.count >= fewest { return (signatures, signers.sorted()) }
                let refusal = Self.commonest(refusals, "too few custodians signed the claim")
                guard refusal.reason == .materialMissing || refusal.reason == .unavailable else { throw refusal }
                last = refusal
                // The claim is bound to this piece where it was signed, so it cannot take another.
                if !signatures.isEmpty { throw refusal }
            }
            guard ContinuousClock.now < deadline else { throw last }
            if try await !learn(name) { try await Task.sleep(for: .milliseconds(100)) }
        }
    }

    /// Asks what material is free.
    ///
    /// - Returns: whether there is more than was known.
    private func learn(_ name: Shelf.Name) async throws -> Bool {
        let body: JSONObject = [
            "op": "pool", "program": .string(Hex.encode(name.program)), "secrets": .bool(name.isForSecrets),
        ]
        let before = shelves[name]?.cursor
        let (answers, refusals) = await askAll(connected.sorted(), enough: fewest) { _ in (body, []) }
        guard answers.count > roster.committee.corruptions else {
            throw Self.commonest(refusals, "too few custodians are reached")
        }
        for party in everybody {
            guard let blocks = answers[party]?.body["blocks"]?.array else {
                shelves[name, default: Shelf()].forget(party)
                continue
            }
            let pieces = blocks.compactMap { block -> Range<UInt64>? in
                guard let first = block["first"]?.integer, let end = block["end"]?.integer, first >= 0, end > first else {
                    return nil
                }
                return UInt64(first)..<UInt64(end)
            }
            shelves[name, default: Shelf()].learn(pieces, of: party)
        }
        return before == shelves[name]?.cursor
            && shelves[name]?.find(1, among: present, least: fewest) != nil
    }

    public func submit(
        _ program: [UInt8], claim: [UInt8], submission: Submission, frames: [Int: [UInt8]]
    ) async throws -> SubmissionAnswer {
        try await submit(program, claim: claim, JSONParser.parse(submission.record.bytes), frames)
    }

    /// As ``submit(_:claim:submission:frames:)``, for a record as it came. The custodians verify it.
    public func submit(
        _ program: [UInt8], claim: [UInt8], record: UnverifiedRecord, by client: VerifyingKey<Purpose.Ticket>,
        frames: [Int: [UInt8]]
    ) async throws -> SubmissionAnswer {
        _ = try record.verify(type: Submission.type, by: client)
        return try await submit(program, claim: claim, JSONParser.parse(record.bytes), frames)
    }

    private func submit(
        _ program: [UInt8], claim: [UInt8], _ record: JSONValue, _ frames: [Int: [UInt8]]
    ) async throws -> SubmissionAnswer {
        let body: JSONObject = [
            "claim": .string(Hex.encode(claim)), "op": "submit", "program": .string(Hex.encode(program)), "submission": record,
        ]
        let parties = frames.keys.filter(roster.committee.members.contains).sorted()
        let (answers, refusals) = await askAll(parties, enough: fewest) { party in (body, frames[party] ?? []) }
        var named: [Int: Int] = [:]
        for answer in answers.values {
            for party in answer.body["named"]?.array ?? [] { named[Int(clamping: party.integer ?? 0), default: 0] += 1 }
        }
        return SubmissionAnswer(
            results: answers.mapValues(\.attachment), refusals: refusals,
            // One custodian may lie about another; more than t agree on a culprit only when an honest one saw it.
            named: named.filter { $0.value > roster.committee.corruptions }.keys.sorted())
    }

    public func orderSecretsMaterial(_ program: [UInt8]) async throws {
        guard try await self.program(program).bundle == nil else {
            throw CustodianError(.alreadyActive, "secrets are installed before activation")
        }
        try await order(program, count: 1, isForSecrets: true)
    }

    /// Has material made.
    ///
    /// - Returns: for how many evaluations: a custodian keeps no more than four times what it keeps ready.
    @discardableResult
    public func order(_ program: [UInt8], count: Int, isForSecrets: Bool = false) async throws -> Int {
        guard let first = present.first else { throw CustodianError(.unavailable, "no custodian is reached") }
        let answer = try await ask(
            first,
            [
                "count": .integer(Int64(count)), "op": "order", "program": .string(Hex.encode(program)),
                "secrets": .bool(isForSecrets),
            ])
        return Int(clamping: answer.body["ordered"]?.integer ?? 0)
    }
}

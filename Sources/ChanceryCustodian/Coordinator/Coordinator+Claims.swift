internal import ChanceryLedger
public import ChanceryOracle
public import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

extension Coordinator: ComputeService {
    /// How few custodians a claim takes: a quorum of signatures (rule T3), and enough shares to notice a lie.
    var fewest: Int { max(roster.set.quorum, 2 * roster.committee.corruptions + 1) }

    public func claim(
        _ program: [UInt8], secrets: Bool, ticket: Ticket, claim: Claim, rows: PlainRows?
    ) async throws -> ClaimGrant {
        let name = Shelf.Name(program: program, isForSecrets: secrets)
        let signatures: [Int: ClaimSignature]
        do {
            signatures = try await self.signatures(Signing(name, ticket, claim, rows?.bytes ?? []))
        } catch {
            // What is known of the program may be of another epoch than the custodians'.
            statements[program] = nil
            throw error
        }
        let parties = signatures.keys.sorted()
        let certificate = try ClaimCertificate(
            claim, ticket: ticket, signatures: Array(signatures.values), by: roster.set)
        let bytes = certificate.bytes
        let body: JSONObject = [
            "op": "begin", "parties": .array(parties.map { .integer(Int64($0)) }), "program": .string(Hex.encode(program)),
            "rows": rows.json, "secrets": .bool(secrets),
        ]
        let replies = await askAll(parties, enough: secrets ? nil : fewest, reading: Self.sealed) { _ in (body, bytes) }
        guard replies.answers.count >= fewestBegun(program, secrets: secrets) else {
            let refusal = Self.commonest(replies.refusals, "too few custodians began the session")
            // Whoever began charged the claim: a client that is told of missing material would claim again, and pay again.
            guard replies.answers.isEmpty || refusal.reason != .materialMissing else {
                throw CustodianError(.unavailable, "too few custodians began the session; \(refusal.code): \(refusal.detail)")
            }
            throw refusal
        }
        return ClaimGrant(certificate: bytes, parties: parties, masks: replies.answers.mapValues(\.attachment))
    }

    /// How few have to begin a session: with fewer nobody takes the client's values. Where everybody is needed a policy may allow results
    /// that nobody could check, and then those who are silent after they signed are done without.
    private func fewestBegun(_ program: [UInt8], secrets: Bool) -> Int {
        guard !secrets, fewest == roster.committee.size, statements[program]?.bundle?.policy.allowsUnchecked != false else {
            return fewest
        }
        return roster.committee.quorum
    }

    /// An answer with something sealed for the client, who alone can see what it is.
    private static let sealed: @Sendable (Int, Answer) -> Answer? = { _, answer in answer.attachment.isEmpty ? nil : answer }

    /// A claim for which signatures are collected.
    private struct Signing: Sendable {
        let name: Shelf.Name
        let claim: Claim
        let ticket: JSONValue
        let record: JSONValue
        let rows: [UInt8]

        init(_ name: Shelf.Name, _ ticket: Ticket, _ claim: Claim, _ rows: [UInt8]) throws {
            self.name = name
            self.claim = claim
            self.ticket = try JSONParser.parse(ticket.record.bytes)
            record = try JSONParser.parse(claim.record.bytes)
            self.rows = rows
        }

        var count: Int { Int(claim.evaluations) }

        func body(first: Int64) -> JSONObject {
            [
                "claim": record, "first": .integer(first), "op": "sign", "program": .string(Hex.encode(name.program)),
                "secrets": .bool(name.isForSecrets), "ticket": ticket,
            ]
        }
    }

    /// Material off the shelf, and whose it is.
    typealias Piece = (indices: Range<UInt64>, parties: [Int])

    /// Finds material and has it bound; another piece is tried where custodians have not got the first.
    private func signatures(_ signing: Signing) async throws -> [Int: ClaimSignature] {
        let deadline = ContinuousClock.now + .seconds(10)
        // Material that not all have is used when nothing better comes: with fewer shares a lie may not be put right.
        let settled = ContinuousClock.now + .milliseconds(500)
        var last = CustodianError(.materialMissing, "no material is ready; it is made in the background, or by `compute pool`")
        var isServed = false
        while ContinuousClock.now < deadline {
            if let piece = take(signing.count, of: signing.name, among: live(for: signing.name), least: least(signing, settled))
            {
                switch try await bind(signing, piece) {
                case .success(let signatures): return signatures
                case .failure(let refusal): last = refusal
                }
            }
            try await learn(signing.name)
            guard !isOffered(signing, least: least(signing, settled)) else { continue }
            if !isServed, !isOffered(signing, least: fewest) {
                try await requireServed(signing)
                isServed = true
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw last
    }

    /// Has a piece bound. What some refuse to bind is burnt.
    ///
    /// - Returns: the signatures, or the refusal where another piece may be tried.
    /// - Throws: the refusal of the claim itself.
    private func bind(_ signing: Signing, _ piece: Piece) async throws -> Result<[Int: ClaimSignature], CustodianError> {
        let found = try await collect(signing, piece)
        let signatures = found.answers
        for (party, refusal) in found.refusals where refusal.reason == .materialMissing { forget(party) }
        for party in piece.parties where !signatures.isEmpty {
            reluctance[party] = signatures[party] == nil ? reluctance[party, default: 0] + 1 : 0
        }
        guard signatures.count < fewest else { return .success(signatures) }
        let liars = found.useless.sorted().map(String.init).joined(separator: ", ")
        let refusal = Self.commonest(
            found.refusals,
            "too few custodians signed the claim" + (liars.isEmpty ? "" : "; custodian \(liars) signed something else"))
        // Where others could do without it, one custodian's reason is its own.
        let speaks = found.refusals.values.count { $0.code == refusal.code } > roster.committee.corruptions
        if refusal.reason != .materialMissing, refusal.reason != .unavailable, speaks || fewest == roster.committee.size {
            // Whoever is refused takes nothing off the shelf but what was bound on the way.
            giveBack(piece.indices, of: signing.name, boundBy: Array(signatures.keys))
            throw refusal
        }
        // The claim is bound to this piece where it was signed, so only another claim can take another.
        guard signatures.isEmpty else {
            throw CustodianError(
                .materialMissing, "too few custodians bound their material; \(refusal.code): \(refusal.detail)")
        }
        return .failure(refusal)
    }

    /// Whether so much lies ready as the claim takes.
    private func isOffered(_ signing: Signing, least: Int) -> Bool {
        shelves[signing.name]?.find(
            signing.count, among: live(for: signing.name), least: least, avoiding: reluctance) != nil
    }

    /// An owner's secrets go to every custodian, however long one takes.
    private func live(for name: Shelf.Name) -> [Int] { name.isForSecrets ? connected.sorted() : present }

    private func least(_ signing: Signing, _ settled: ContinuousClock.Instant) -> Int {
        if signing.name.isForSecrets { return roster.committee.size }
        return ContinuousClock.now < settled ? max(live(for: signing.name).count, fewest) : fewest
    }

    /// Has the indices of a piece bound. Whoever answers with an older signature, or another's, has signed nothing.
    private func collect(_ signing: Signing, _ piece: Piece) async throws -> Replies<ClaimSignature> {
        let wanted = try MaterialIndices(piece.indices.map { Int64(clamping: $0) })
        let body = signing.body(first: Int64(clamping: piece.indices.lowerBound))
        let roster = roster
        let reading: @Sendable (Int, Answer) -> ClaimSignature? = { party, answer in
            guard let record = try? UnverifiedRecord(decoding: answer.attachment),
                let signature = try? ClaimSignature.verify(record, by: roster.set), signature.custodian == roster.did(party),
                signature.claim == signing.claim.id, signature.activation == signing.claim.activation,
                signature.indices == wanted
            else { return nil }
            return signature
        }
        return await askAll(piece.parties, enough: signing.name.isForSecrets ? nil : fewest, reading: reading) { _ in
            (body, signing.rows)
        }
    }

    /// Refuses at once whom custodians would refuse with material too, before anybody waits for some.
    ///
    /// They look at the client, its records and the books first, and at the index last: this one nobody has, so nothing is bound by it.
    private func requireServed(_ signing: Signing) async throws {
        let body = signing.body(first: CanonicalForm.largestSafeInteger - Claim.mostEvaluations)
        let refusals = await askAll(connected.sorted(), enough: fewest) { _ in (body, signing.rows) }.refusals
        let refusal = Self.commonest(refusals, "too few custodians are reached")
        guard refusal.reason != .materialMissing, refusal.reason != .unavailable,
            refusals.values.count(where: { $0.code == refusal.code }) > roster.committee.corruptions
        else { return }
        throw refusal
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
        let replies = await askAll(parties, enough: fewest, reading: Self.sealed) { party in (body, frames[party] ?? []) }
        var named: [Int: Int] = [:]
        for answer in replies.answers.values {
            for party in answer.body["named"]?.array ?? [] { named[Int(clamping: party.integer ?? 0), default: 0] += 1 }
        }
        return SubmissionAnswer(
            results: replies.answers.mapValues(\.attachment), refusals: replies.refusals,
            // One custodian may lie about another; more than t agree on a culprit only when an honest one saw it.
            named: named.filter { $0.value > roster.committee.corruptions }.keys.sorted())
    }
}

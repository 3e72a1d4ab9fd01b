internal import ChanceryArithmetic
internal import ChanceryOracle
internal import ChanceryThreshold
internal import ChanceryWire

/// Inputs that custodians see, where the policy counts the directions that are asked about: whether the client masked what its
/// claim says. The custodians open the masks of the inputs to each other and compare; what a client sees, they see too.
extension CustodianNode {
    /// Opens this custodian's shares of the masks, and keeps the client's values until they are compared.
    func openMasks(_ claim: ClaimState, _ run: Run, _ frame: [UInt8]) throws {
        guard let program = claim.program, let own = claim.masks[number] else {
            throw CustodianError(.sessionFailed, "the session has no masks")
        }
        claim.unchecked = frame
        run.deadline = now().advanced(bySeconds: settings.patience)
        let notice: JSONObject = [
            "claim": .string(Hex.encode(claim.id)), "masks": .string(Base64.url.encode(own.flatMap(\.bytes))),
            "notice": "masks", "program": .string(Hex.encode(program.id)),
        ]
        for party in roster.committee.members where party != number { send(notice, to: party) }
        compareRows(claim, run)
    }

    /// Remembers the shares of the masks of the inputs themselves, without those of their bits.
    func keepMasks(_ frame: [UInt8], _ claim: ClaimState) throws {
        guard let rows = claim.rows else { return }
        let count = (rows.rows[0].count - 1) * rows.rows.count * FieldElement.byteCount
        let payload = try RunFrame(frame).payload
        guard payload.count >= count else {
            throw CustodianError(.sessionFailed, "the session has fewer inputs than its claim")
        }
        claim.masks[number] = try StatedSecrets.elements(Array(payload[..<count]))
    }

    func receiveMasks(_ notice: JSONObject, from party: Int) throws {
        var reader = RecordReader(notice, "masks")
        _ = try reader.string("notice", limit: 16)
        let program = try program(reader.hex("program", count: 32))
        let id = try reader.hex("claim", count: 32)
        let masks = try StatedSecrets.elements(
            Base64.url.decode(reader.string("masks", limit: 2 * CustodianMessage.maximumBytes)))
        try reader.finish()
        guard let claim = program.claims[id], claim.masks[party] == nil, let rows = claim.rows,
            masks.count == (rows.rows[0].count - 1) * rows.rows.count
        else { return }
        claim.masks[party] = masks
        if let run = claim.session.flatMap({ runs[$0] }) { compareRows(claim, run) }
    }

    /// At the end of a round's patience: goes on with those who opened their masks, where a lie would be noticed.
    func hasCheckedRows(_ run: Run) -> Bool {
        guard case .evaluation(_, let claim) = run.work, claim.unchecked != nil else { return false }
        compareRows(claim, run, isLate: true)
        return true
    }

    private func compareRows(_ claim: ClaimState, _ run: Run, isLate: Bool = false) {
        guard let frame = claim.unchecked, let rows = claim.rows, let certificate = claim.certificate else { return }
        // Others hold no share of these masks, whatever they send.
        let makers = claim.makers ?? Array(roster.committee.members)
        let parties = makers.filter { claim.masks[$0] != nil }.sorted()
        let needed = isLate ? 2 * roster.committee.corruptions + 1 : makers.count
        guard parties.count >= needed else {
            guard isLate else { return }
            return endRows(claim, run, CustodianError(.sessionFailed, "too few custodians opened the masks of the inputs"))
        }
        claim.unchecked = nil
        do {
            let masked = try StatedSecrets.elements(RunFrame(frame).payload)
            let columns = rows.rows[0].count - 1
            let count = rows.rows.count
            guard masked.count >= columns * count, Int64(count) == certificate.claim.evaluations else {
                throw OracleError(.rowsMalformed, "the inputs are not those that the claim names")
            }
            for place in 0..<columns * count {
                let points = try parties.map { party in
                    guard let share = claim.masks[party]?[place] else {
                        throw CustodianError(.sessionFailed, "a custodian opened fewer masks than there are")
                    }
                    return ShamirShare(x: FieldElement(UInt64(party)), y: share)
                }
                let faults = roster.committee.corruptions
                let errors = min(faults, max(0, (points.count - 2 * faults - 1)))
                guard let word = ReedSolomon.decode(points, degree: faults, errors: errors) else {
                    throw CustodianError(.sessionFailed, "the masks of the inputs do not open")
                }
                run.named.formUnion(word.wrong.map { parties[$0] })
                guard masked[place] - word.polynomial.value(at: .zero) == rows.rows[place % count][place / count + 1] else {
                    throw OracleError(.rowsMalformed, "the client masked other inputs than its claim names")
                }
            }
        } catch {
            return endRows(claim, run, error)
        }
        run.deadline = now().advanced(bySeconds: settings.patience)
        carry(run.receiveFromClient(frame), run)
    }

    private func endRows(_ claim: ClaimState, _ run: Run, _ error: any Error) {
        claim.unchecked = nil
        runs[run.id] = nil
        failEvaluation(claim, run, error)
    }
}

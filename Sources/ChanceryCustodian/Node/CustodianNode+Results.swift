internal import ChanceryArithmetic
internal import ChanceryLedger
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

extension CustodianNode {
    // MARK: the client's shares

    /// The first frame to a client is its masks, the second its results. Nobody else can read either.
    func giveToClient(_ frame: [UInt8], _ claim: ClaimState, _ run: Run) {
        guard let certificate = claim.certificate else { return }
        do {
            if let box = claim.outputKey {
                guard let key = box.take() else { return }
                claim.results = try ComputeSeal.results(clientFrame(frame), key: key, claim: claim.id, party: number)
                countFrame(claim.results ?? [], to: 0, of: claim.purpose == .evaluation ? claim.program : nil)
            } else {
                try keepMasks(frame, claim)
                let key = SecretBytes.random(count: AEAD.keyBytes)
                let sealed = try ComputeSeal.masks(
                    clientFrame(frame), outputKey: key, claim: certificate.claim, party: number, signedBy: self.key)
                countFrame(sealed, to: 0, of: claim.purpose == .evaluation ? claim.program : nil)
                claim.outputKey = Box(key)
                claim.begun = sealed
                if let id = claim.waiting { answer(id, [:], sealed) }
                claim.waiting = nil
            }
        } catch {
            runs[run.id] = nil
            failEvaluation(claim, run, error)
        }
    }

    func finishEvaluation(_ report: EvaluationReport?, _ installed: InstalledSecrets?, _ claim: ClaimState, _ run: Run) throws {
        guard let program = claim.program, let report else { throw CustodianError(.sessionFailed, "the session has no report") }
        let named = Set(report.liars).union(run.named)
        if claim.purpose == .secrets {
            guard let installed, program.activation == nil else {
                throw CustodianError(.sessionFailed, "the session installed nothing")
            }
            try write([.secrets(program: program.id, index: installed.index, masked: installed.masked.flatMap(\.bytes))])
            program.secrets = installed
        } else {
            let outcome: EvaluationEvent.Outcome =
                switch report.assurance {
                case .corrected: .corrected
                case .checked: .checked
                case .unchecked: .unchecked
                }
            try note(event(claim, program, outcome, transcript: report.transcript, named), in: program)
            if !named.isEmpty { program.frames.suspect(run.id, until: now().advanced(bySeconds: 10)) }
        }
        end(
            claim,
            [
                "assurance": .string(["unchecked", "checked", "corrected"][Int(report.assurance.rawValue)]),
                "named": .array(named.sorted().map { .integer(Int64($0)) }),
            ], claim.results ?? [])
    }

    func failEvaluation(_ claim: ClaimState, _ run: Run, _ error: any Error) {
        if claim.purpose == .evaluation, let program = claim.program {
            try? note(event(claim, program, .aborted, transcript: nil, run.named), in: program)
            // Somebody of these lied and cannot be named: the next material is made by others too.
            if let error = error as? ThresholdError, [.inconsistentShares, .transcriptsDiffer].contains(error.reason),
                let parties = claim.makers
            {
                program.orders.doubt(parties, naming: error.parties, at: now())
            }
        }
        end(claim, Self.body(of: error), [])
    }

    private func end(_ claim: ClaimState, _ body: JSONObject, _ attachment: [UInt8]) {
        claim.ended = (body, attachment)
        claim.outputKey = nil
        if let id = claim.waiting { answer(id, body, attachment) }
        claim.waiting = nil
    }

    private func event(
        _ claim: ClaimState, _ program: ProgramState, _ outcome: EvaluationEvent.Outcome, transcript: [UInt8]?,
        _ named: Set<Int>
    ) throws -> EvaluationEvent {
        guard let certificate = claim.certificate, let meter = program.meter, let client = Digest256(certificate.claim.client)
        else { throw CustodianError(.claimUnknown, "the claim has no certificate here") }
        return EvaluationEvent(
            claim: certificate.claim.digest, client: client, inputs: claim.submission,
            transcript: transcript.flatMap { Digest256($0) }, indices: certificate.indices, outcome: outcome,
            named: named.sorted().compactMap { roster.did($0) }, standing: meter.books.standing(of: client, at: now()),
            time: now())
    }
}

internal import ChanceryArithmetic
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

extension CustodianNode {
    /// Starts a session and gives it what came for it before.
    func begin(_ run: Run) {
        runs[run.id] = run
        carry(run.start(), run)
        for frame in early.take(run.id) where runs[run.id] === run { take(frame.bytes, from: frame.party, in: run) }
    }

    func receiveFrame(_ bytes: [UInt8], from party: Int) {
        guard let session = RunFrame.session(of: bytes) else { return }
        guard let run = runs[session] else {
            early.keep(bytes, of: session, from: party, at: now(), limit: settings.earlyBytes)
            return
        }
        take(bytes, from: party, in: run)
    }

    private func take(_ frame: [UInt8], from party: Int, in run: Run) {
        let steps = run.receive(frame, from: party)
        // Before what the frame leads to: the session may be over then. What it ignored proves nothing and would only take room.
        if case .ignored? = steps.first {} else { hear(frame, from: party, in: run) }
        carry(steps, run)
    }

    private func hear(_ bytes: [UInt8], from party: Int, in run: Run) {
        // Of material nothing is proved: a batch that does not hold is opened or thrown away.
        guard case .evaluation(let box, _) = run.work, let program = program(of: run), program.activation != nil,
            let count = box.value?.count
        else { return }
        // A frame of a round that has not begun here may have any length; hashes and coins are short.
        let longest = max(64, count * max(1, program.plan.openingWidth) * FieldElement.byteCount)
        guard bytes.count <= RunFrame.headerBytes + longest else { return }
        program.frames.hear(bytes, from: party)
    }

    /// Under whose activation a session runs; nil for keys and secrets.
    private func program(of run: Run) -> ProgramState? {
        switch run.work {
        case .keys: nil
        case .material(_, let order, _): order.purpose == .evaluation ? programs[order.program] : nil
        case .evaluation(_, let claim): claim.purpose == .evaluation ? claim.program : nil
        }
    }

    /// Does what a session wants done, in order.
    func carry(_ steps: [RunStep], _ run: Run) {
        for step in steps {
            switch step {
            case .send(let party, let frame):
                run.deadline = now().advanced(bySeconds: settings.patience)
                countFrame(frame, to: party, of: program(of: run))
                guard let did = roster.did(party), let bytes = try? CustodianMessage.frame(frame).bytes else { continue }
                network.send(bytes, to: did)
            case .sendToClient(let frame):
                guard case .evaluation(_, let claim) = run.work else { continue }
                giveToClient(frame, claim, run)
            case .ignored: break
            case .blamed(let error):
                run.named.formUnion(error.parties)
                showCertificate(of: run, to: error.parties)
            case .failed(let error):
                runs[run.id] = nil
                showCertificate(of: run, to: error.parties)
                run.named.formUnion(error.parties)
                fail(run, error)
            case .finished:
                runs[run.id] = nil
                do {
                    try finish(run)
                } catch {
                    fail(run, error)
                }
            }
        }
    }

    private func finish(_ run: Run) throws {
        switch run.work {
        case .keys(let box, let epoch): try finishKeys(box, epoch: epoch, session: run.id)
        case .material(let box, let order, let party): try finishMaterial(run, box, order, by: party)
        case .evaluation(let box, let claim):
            guard let session = box.take() else { return }
            try finishEvaluation(session.report, session.installed, claim, run)
        }
    }

    private func fail(_ run: Run, _ error: any Error) {
        switch run.work {
        case .keys: break
        case .material(_, let order, let party): failMaterial(run, order, by: party)
        case .evaluation(_, let claim): failEvaluation(claim, run, error)
        }
    }
}

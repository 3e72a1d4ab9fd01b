internal import ChanceryGovernance
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

/// What a federation decides about this custodian: it takes nobody's word for it.
extension CustodianNode {
    /// Takes an in-force file, whoever shows it.
    func govern(_ file: [UInt8]) throws -> JSONObject {
        var next = try requireWatch()
        try adopt(next.take(file, at: now()), next)
        return federationStatus
    }

    /// Takes the certificate of a freeze, whoever shows it: it acts at once and is passed on (rule G5).
    func freeze(_ certificate: [UInt8], from party: Int? = nil) throws -> JSONObject {
        var next = try requireWatch()
        let changes = try next.take(freeze: certificate)
        try adopt(changes, next)
        if !changes.isEmpty {
            for other in roster.committee.members where other != number && other != party {
                send(Self.notice(ofFreeze: certificate), to: other)
            }
        }
        return federationStatus
    }

    static func notice(ofFreeze certificate: [UInt8]) -> JSONObject {
        ["certificate": .string(Base64.url.encode(certificate)), "notice": "frozen"]
    }

    /// Tells a custodian that was away what stops it.
    func tellFreezes(to party: Int) {
        for (_, seen) in watch?.seen ?? [:] { send(Self.notice(ofFreeze: seen.certificate), to: party) }
    }

    private func requireWatch() throws -> FederationWatch {
        guard let watch else {
            throw CustodianError(.federationMissing, "no federation binds this custodian (custodian serve --federation)")
        }
        return watch
    }

    private func adopt(_ changes: [FederationWatch.Change], _ next: FederationWatch) throws {
        guard !changes.isEmpty else { return }
        try write(
            changes.map { change in
                switch change {
                case .decided(let bytes): .governed(decisions: bytes)
                case .fresh(let time): .fresh(time)
                case .frozen(let bytes): .frozen(certificate: bytes)
                }
            })
        watch = next
        try standStill()
    }

    var federationStatus: JSONObject {
        guard let watch else { return ["federation": .null] }
        return [
            "federation": .string(watch.terms.federation.text), "frozen": .bool(watch.isFrozen),
            "lease_end": watch.leaseEnd.map { .string($0.text) } ?? .null,
            "slot": watch.decisions.map { .integer($0.head.slot) } ?? .null,
        ]
    }

    // MARK: what may run

    /// Refuses an activation that nobody with the right to it let run now (rule G1).
    func requireInForce(_ bundle: ActivationBundle, of program: [UInt8]) throws {
        guard let watch else {
            guard bundle.decisions == nil else {
                throw CustodianError(.federationMissing, "no federation binds this custodian (custodian serve --federation)")
            }
            return
        }
        guard bundle.decisions != nil else {
            throw CustodianError(
                .decisionRequired, "a federation binds this custodian: only its ACTIVATE_PROGRAM lets a program run")
        }
        guard !watch.isFrozen else { throw GovernanceError(.frozen, "a freeze stops this custodian") }
        guard let state = watch.state, let end = watch.leaseEnd, now() < end else {
            throw GovernanceError(.notFresh, "the members' word on the latest decision is missing or too old")
        }
        guard let active = state.program(program), active.generation == bundle.epoch else {
            throw CustodianError(.notActivated, "the decision is not the one that is in force")
        }
    }

    /// Why a program must not run now; nil when it may.
    private func standstill(of program: ProgramState) -> String? {
        guard let watch, let activation = program.activation else { return nil }
        if watch.isFrozen { return "a freeze stops this custodian" }
        guard case .decision = activation.authority else { return nil }
        guard let end = watch.leaseEnd, now() < end else { return "the members' word on the latest decision is too old" }
        guard watch.state?.program(program.id)?.generation == activation.terms.epoch else {
            return "the federation decided anew about the program"
        }
        return nil
    }

    /// Stops what must not run, and lets run again what may. Durable before anything else happens.
    func standStill() throws {
        for program in programs.values {
            guard let isSuspended = program.meter?.books.isSuspended else { continue }
            let why = standstill(of: program)
            guard (why != nil) != isSuspended else { continue }
            let entry = why == nil ? program.meter?.resume(at: now()) : program.meter?.suspend(at: now())
            if let entry { try write([.meter(program: program.id, entry: entry.bytes)]) }
            if let why { endEvaluations(of: program, why) }
        }
    }

    /// Ends what is under way; its material is burnt.
    private func endEvaluations(of program: ProgramState, _ why: String) {
        for run in runs.values {
            guard case .evaluation(_, let claim) = run.work, claim.program === program, claim.purpose == .evaluation else {
                continue
            }
            runs[run.id] = nil
            failEvaluation(claim, run, CustodianError(stated: ComputeRefusal.notActive.rawValue, why))
        }
    }
}

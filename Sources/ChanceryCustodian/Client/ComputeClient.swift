public import ChanceryArithmetic
internal import ChanceryCircuit
public import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryOracle
public import ChancerySuite
public import ChanceryThreshold
public import ChanceryWire

/// What a client learns.
public struct ComputeResult: Sendable, Equatable {
    /// The outputs of each evaluation, in the order of the circuit's.
    public let outputs: [[FieldElement]]
    public let assurance: Assurance
    /// Custodians whose shares were wrong, by this client's own sight or by that of more custodians than may lie.
    public let named: [Int]
}

/// Has programs evaluated on values that nobody else sees, by custodians whom it knows by their roster.
///
/// It reads the package, checks the activation, the claim's certificate and every custodian's signature itself; the coordinator
/// in between can refuse, and nothing worse.
public struct ComputeClient: Sendable {
    private let roster: CustodianRoster
    private let key: SigningKey<Purpose.Ticket>
    private let service: any ComputeService
    private let federation: FederationID?
    private let read: ProgramContent.Reader
    private let patience: Duration
    private let now: @Sendable () -> UTCTime

    /// - Parameters:
    ///   - federation: whose decisions activate programs, pinned; nil where custodians' people approve.
    ///   - patience: how long an evaluation may take altogether, however often the coordinator is asked for it.
    public init(
        _ roster: CustodianRoster, key: SigningKey<Purpose.Ticket>, service: any ComputeService,
        federation: FederationID? = nil, patience: Duration = .seconds(120),
        read: @escaping ProgramContent.Reader = { try ProgramContent(package: $0) }, now: @escaping @Sendable () -> UTCTime
    ) {
        self.roster = roster
        self.key = key
        self.service = service
        self.federation = federation
        self.patience = patience
        self.read = read
        self.now = now
    }

    /// Evaluates an active program on each row of `inputs`, all in one session.
    ///
    /// - Throws: `custodian.not_activated`, the custodians' refusals by their codes, and `threshold.*` where shares are wrong or
    ///   missing; `custodian.unavailable` when it takes longer than this client's patience. It may be charged all the same.
    public func evaluate(_ program: [UInt8], _ inputs: [[FieldElement]]) async throws -> ComputeResult {
        try await withThrowingTaskGroup(of: ComputeResult?.self) { group in
            group.addTask { try await evaluateOnce(program, inputs) }
            group.addTask {
                try await Task.sleep(for: patience)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else {
                throw CustodianError(.unavailable, "no answer came in \(patience)")
            }
            return result
        }
    }

    private func evaluateOnce(_ program: [UInt8], _ inputs: [[FieldElement]]) async throws -> ComputeResult {
        let statement = try await service.program(program)
        let content = try content(program, statement)
        try ClientSession.check(inputs, for: content.circuit.inputs)
        guard let bundle = statement.bundle else { throw CustodianError(.notActivated, "the program is not active") }
        let activation = try bundle.activation(of: program, by: roster.set, under: federation)
        let context = try ProgramContext(package: program, version: content.version, epoch: UInt64(clamping: bundle.epoch))
        let secrets =
            content.circuit.secrets.isEmpty
            ? nil : statement.secrets.map { InstalledSecrets(context, index: $0.index, masked: $0.masked) }
        // Where directions are counted the custodians see the inputs, and their policy says so.
        let rows = try activation.policy.rank == nil ? nil : PlainRows(inputs: inputs)
        let run = try await begin(
            content, activation.terms, evaluations: inputs.count, ticketSeconds: min(activation.policy.ticketSeconds, 600),
            isForSecrets: false, rows: rows)
        let session = RunID(
            evaluating: context, indices: run.indices, parties: run.parties, secrets: secrets, binding: run.claim.id)
        let client = try ClientSession(
            content.circuit, values: inputs, committee: roster.committee, session: session, parties: run.parties,
            allowsUnchecked: activation.policy.allowsUnchecked)
        return try await finish(client, run, program, session: session)
    }

    /// Installs an owner's secrets before activation, with every custodian.
    public func installSecrets(_ program: [UInt8], _ values: [FieldElement], epoch: Int64) async throws {
        let content = try await content(program, service.program(program))
        try ClientSession.check([values], for: content.circuit.secrets)
        let terms = try content.secretsTerms(by: roster.set, epoch: epoch)
        try await service.orderSecretsMaterial(program)
        let run = try await begin(content, terms, evaluations: 1, ticketSeconds: 600, isForSecrets: true, rows: nil)
        guard run.parties == Array(roster.committee.members) else {
            throw CustodianError(.unavailable, "secrets are installed with every custodian")
        }
        let session = try RunID(
            evaluating: ProgramContext(package: program, version: content.version, epoch: UInt64(clamping: epoch)), .secrets,
            indices: run.indices, parties: run.parties, secrets: nil, binding: run.claim.id)
        let client = try ClientSession(
            secretsOf: content.circuit, values: values, committee: roster.committee, session: session, parties: run.parties)
        _ = try await finish(client, run, program, session: session)
    }

    private func content(_ program: [UInt8], _ statement: ProgramStatement) throws -> ProgramContent {
        let content = try read(statement.package)
        guard content.id == program else {
            throw CustodianError(.programRefused, "the package that came has another id than the one that was asked for")
        }
        return content
    }

    // MARK: one claim (rule T5)

    private struct Begun: ~Copyable {
        let claim: Claim
        let certificate: ClaimCertificate
        let indices: Range<UInt64>
        let parties: [Int]
        let masks: [Int: [UInt8]]
        let sealing: DecapsulationKey
    }

    /// Claims again where material was lost on the way: nothing was charged or sent then.
    private func begin(
        _ content: ProgramContent, _ terms: ActivationTerms, evaluations: Int, ticketSeconds: Int64, isForSecrets: Bool,
        rows: PlainRows?
    ) async throws -> Begun {
        let until = now().advanced(bySeconds: 2)
        while true {
            do {
                return try await beginOnce(
                    content, terms, evaluations: evaluations, ticketSeconds: ticketSeconds, isForSecrets: isForSecrets,
                    rows: rows)
            } catch let error as CustodianError where error.reason == .materialMissing && now() < until {
                // Where there is none, the coordinator waited for it long enough.
                continue
            }
        }
    }

    private func beginOnce(
        _ content: ProgramContent, _ terms: ActivationTerms, evaluations: Int, ticketSeconds: Int64, isForSecrets: Bool,
        rows: PlainRows?
    ) async throws -> Begun {
        let sealing = try DecapsulationKey.generate(.xWing)
        let time = now()
        let ticket = try Ticket.sign(
            for: terms, evaluations: Int64(evaluations), from: time, until: time.advanced(bySeconds: ticketSeconds), by: key,
            nonce: SystemRandom.bytes(16))
        let claim = try Claim.sign(
            for: terms, ticket: ticket, evaluations: Int64(evaluations), sealing: sealing.publicKey, rows: rows,
            until: time.advanced(bySeconds: min(ticketSeconds, 120)), by: key, nonce: SystemRandom.bytes(16))
        let grant = try await service.claim(content.id, secrets: isForSecrets, ticket: ticket, claim: claim, rows: rows)
        let certificate = try ClaimCertificate.verify(
            grant.certificate, for: terms, by: roster.set, client: key.publicKey)
        guard certificate.claim.id == claim.id, let first = certificate.indices.indices.first,
            let last = certificate.indices.indices.last, last - first + 1 == Int64(evaluations)
        else { throw CustodianError(.answerForged, "the certificate is for another claim") }
        return Begun(
            claim: claim, certificate: certificate, indices: UInt64(first)..<UInt64(last) + 1, parties: grant.parties.sorted(),
            masks: grant.masks, sealing: sealing)
    }

    private func finish(
        _ session: consuming ClientSession, _ run: borrowing Begun, _ program: [UInt8], session name: RunID
    ) async throws -> ComputeResult {
        var keys: [Int: Box<SecretBytes>] = [:]
        var steps: [ClientSession.Step] = []
        for (party, sealed) in run.masks.sorted(by: { $0.key < $1.key }) {
            guard let did = roster.did(party), let custodian = roster.set[did],
                let opened = try? ComputeSeal.openMasks(
                    sealed, claim: run.claim.id, party: party, by: custodian.key, with: run.sealing)
            else { continue }
            keys[party] = opened.outputKey
            steps += session.receive(opened.frame, from: party)
        }
        var frames = Self.frames(steps)
        // Whoever sent nothing that counts is left out, where a lie would still be noticed.
        if frames.isEmpty { frames = Self.frames(session.timeOut(), and: &steps) }
        if frames.isEmpty { throw Self.failure(steps) }
        guard let any = frames.values.first else { throw Self.failure(steps) }
        let submission = try Submission.sign(
            for: run.claim, inputs: ComputeSeal.inputsDigest(RunFrame(any), of: name), output: run.sealing.publicKey, by: key)
        let answer = try await service.submit(program, claim: run.claim.id, submission: submission, frames: frames)
        var last: [ClientSession.Step] = []
        for (party, sealed) in answer.results.sorted(by: { $0.key < $1.key }) {
            guard let key = keys[party]?.take(),
                let frame = try? ComputeSeal.openResults(sealed, key: key, claim: run.claim.id, party: party)
            else { continue }
            last += session.receive(frame, from: party)
        }
        // A custodian's reason says more than that its share is missing.
        if session.result == nil, answer.results.count <= roster.committee.corruptions,
            let refusal = answer.refusals.sorted(by: { $0.key < $1.key }).first?.value
        {
            throw refusal
        }
        if session.result == nil { last += session.timeOut() }
        guard let result = session.result else { throw Self.failure(last) }
        return ComputeResult(
            outputs: result.outputs, assurance: result.assurance, named: Set(result.liars + answer.named).sorted())
    }

    private static func frames(_ steps: [ClientSession.Step]) -> [Int: [UInt8]] {
        var frames: [Int: [UInt8]] = [:]
        for case .send(let party, let frame) in steps { frames[party] = frame }
        return frames
    }

    private static func frames(_ steps: [ClientSession.Step], and all: inout [ClientSession.Step]) -> [Int: [UInt8]] {
        all += steps
        return frames(steps)
    }

    private static func failure(_ steps: [ClientSession.Step]) -> any Error {
        for case .failed(let error) in steps { return error }
        return CustodianError(.unavailable, "too few custodians gave shares that can be read")
    }
}

internal import ChanceryArithmetic
internal import ChancerySuite

/// One custodian's side of evaluating a program on a client's hidden inputs: as many evaluations at once as indices were
/// claimed. The installation of an owner's secrets is such a session too, with nothing to compute.
///
/// Order: shares of the masks go to the client; its masked values come back and are compared; their ranges are checked; the
/// circuit runs, one message to each custodian in each round; the transcripts are compared; shares of the results, freshly
/// masked by a zero, go to the client alone.
///
/// **Durable before the session is made: that its indices belong to this request** (rule T3). It holds nothing that outlives
/// a crash: after one, the indices are burnt and the request has failed. After ``SessionStep/finished`` the report (and, for
/// secrets, their masked values) may be kept.
public struct EvaluationSession: ~Copyable {
    enum Phase { case ready, waiting, submission, coin, ranges, running, transcript, over }

    let plan: Plan
    let committee: Committee
    let program: ProgramContext
    let streams: ShareStreams
    let indices: Range<UInt64>
    var masks: MaskTable
    var exchange: Exchange
    var phase = Phase.ready
    let allowsUnchecked: Bool
    /// Δ of masked values and shares of the others: rows of one element for each index.
    var masked: ShareStreams.Target
    var shared: ShareStreams.Target
    /// The low bits of compared and of exactly divided values.
    var compared: [UInt128]
    var stage = 0
    var transcript = SHA256Hasher()
    var submission: [UInt8] = []
    var assurance = Assurance.corrected
    var liars: Set<Int> = []
    var dropped: Set<Int> = []
    /// Those dropped for a fault of their own, not for silence: they are among the t who may lie.
    var caught: Set<Int> = []

    /// - Parameters:
    ///   - material: of the claimed indices.
    ///   - parties: who takes part, this custodian among them.
    ///   - binding: what the session is tied to, such as the claim's id.
    ///   - allowsUnchecked: whether to run with so few custodians that a lie goes unnoticed; the result says so.
    /// - Throws: `threshold.too_few_parties` and `threshold.wrong_material`.
    public init(
        _ plan: Plan, material: consuming ClaimedMaterial, secrets: InstalledSecrets?, streams: ShareStreams, parties: [Int],
        binding: [UInt8], allowsUnchecked: Bool = false
    ) throws(ThresholdError) {
        let committee = streams.committee
        let count = material.indices.count
        guard (secrets?.masked.count ?? 0) == plan.secrets.count,
            secrets.map({ $0.program == material.program }) ?? true,
            plan.secrets.isEmpty || secrets?.index == material.table.secretsIndex,
            material.table.table.elements.count == (plan.maskedCount + plan.bitCount) * count
        else { throw ThresholdError(.wrongMaterial, "the material or the secrets are not of this program") }
        guard parties.allSatisfy(committee.members.contains), Set(parties).count == parties.count,
            parties.contains(streams.party), parties.count >= Self.fewest(of: committee, allowsUnchecked)
        else {
            throw ThresholdError(
                .tooFewParties, "too few custodians take part to notice a lie, or that the client sends others something else",
                parties: committee.members.filter { !parties.contains($0) })
        }
        self.plan = plan
        self.committee = committee
        self.allowsUnchecked = allowsUnchecked
        self.streams = streams
        program = material.program
        indices = material.indices
        let purpose = material.purpose
        masks = material.table
        masked = ShareStreams.Target(rows: plan.maskedCount, indices: count)
        shared = ShareStreams.Target(rows: plan.sharedCount, indices: count)
        compared = [UInt128](repeating: 0, count: plan.lows.count * count)
        for (row, value) in (secrets?.masked ?? []).enumerated() {
            for index in 0..<count { masked.elements[(plan.secrets.lowerBound + row) * count + index] = value }
        }
        exchange = Exchange(
            SessionID(
                evaluating: program, purpose, indices: indices, parties: parties, secrets: secrets, binding: binding),
            party: streams.party, parties: parties)
    }

    /// How few have to hold the same values of the client.
    ///
    /// With fewer, others could evaluate other values under the same masks. Where everybody is needed and unchecked results are allowed,
    /// those who are silent are done without: they are in this session or in none.
    static func fewest(of committee: Committee, _ allowsUnchecked: Bool) -> Int {
        allowsUnchecked && committee.fewest == committee.size ? committee.quorum : committee.fewest
    }

    public var session: SessionID { exchange.session }
    public var count: Int { indices.count }
    /// The round that it waits for others in; nil while it waits for its client and when it is over. Of several custodians the
    /// one furthest behind holds the others up.
    public var openRound: UInt32? { exchange.missing.isEmpty || phase == .over ? nil : exchange.step }

    /// Whether an honest custodian has heard from everybody in the round that this one still waits in. Whoever is silent towards
    /// this one alone would have it hold the others up, who would then take it for the silent one: it shall wait less long
    /// than they do.
    public var isBehind: Bool { phase != .over && exchange.aheadCount > committee.corruptions }

    /// Sends the client its masks.
    public mutating func start() -> [SessionStep] {
        guard phase == .ready else { return [] }
        phase = .waiting
        let rows = masks.table.elements[plan.inputs.lowerBound * count..<plan.inputs.upperBound * count]
        return [toClient(.inputMasks, step: 0, Elements.encode(Array(rows)))] + (plan.inputs.isEmpty ? take([]) : [])
    }

    /// Takes a frame of the client.
    public mutating func receiveFromClient(_ bytes: [UInt8]) -> [SessionStep] {
        guard phase != .over else { return [.ignored(ThresholdError(.sessionOver, "the session is over"))] }
        do {
            let frame = try Frame(bytes)
            guard frame.session == session, frame.kind == .submission, frame.sender == Frame.client,
                frame.recipient == exchange.party
            else { return [.ignored(ThresholdError(.wrongSession, "a frame of another session", message: frame.kind))] }
            guard phase == .waiting else {
                return [.ignored(ThresholdError(.replayedFrame, "the client submitted before", message: .submission))]
            }
            return take(frame.payload)
        } catch {
            return [.ignored(error)]
        }
    }

    private mutating func take(_ payload: [UInt8]) -> [SessionStep] {
        guard let values = Elements.decode(payload, count: plan.inputs.count * count) else {
            return fail(ThresholdError(.wrongInputs, "the client sent another number of values", message: .submission))
        }
        masked.elements.replaceSubrange(
            plan.inputs.lowerBound * count..<plan.inputs.upperBound * count, with: values)
        var hasher = SHA256Hasher()
        hasher.update(Array("chancery/threshold/submission/v1".utf8) + [0] + session.bytes)
        hasher.update(payload)
        submission = hasher.digest()
        phase = .submission
        return carry(exchange.begin(.transcript, submission))
    }

    public mutating func receive(_ bytes: [UInt8], from sender: Int) -> [SessionStep] {
        guard phase != .over else { return [.ignored(ThresholdError(.sessionOver, "the session is over"))] }
        do {
            let frame = try Frame(bytes)
            switch exchange.receive(frame, from: sender) {
            case .waiting: return []
            case .ignored(let error): return [.ignored(error)]
            case .fault(let party, let error): return drop([party], error)
            case .complete: return advance()
            }
        } catch {
            guard exchange.parties.contains(sender), sender != exchange.party else { return [.ignored(error)] }
            return drop([sender], ThresholdError(error.reason, error.detail, parties: [sender], message: error.message))
        }
    }

    /// Goes on without those who were not heard from, where a lie of the others would still be noticed; else ends the session. Before the
    /// client's values are agreed on it takes more (``Committee/fewest``).
    public mutating func timeOut() -> [SessionStep] {
        switch phase {
        case .ready, .over: return []
        case .waiting: return fail(ThresholdError(.silentParty, "the client did not submit in time"))
        default:
            let missing = exchange.missing
            return drop(
                missing, ThresholdError(.silentParty, "custodians did not answer in time", parties: missing))
        }
    }

    /// How it ended, after ``SessionStep/finished``.
    public var report: EvaluationReport? {
        guard phase == .over, isDone else { return nil }
        return EvaluationReport(
            session: session, indices: indices, assurance: assurance, liars: liars.sorted(), dropped: dropped.sorted(),
            submission: submission, transcript: transcript.digest())
    }

    /// The secrets that this session installed, after ``SessionStep/finished``.
    public var installed: InstalledSecrets? {
        guard phase == .over, isDone, plan.outputs.isEmpty, count == 1 else { return nil }
        return InstalledSecrets(
            program, index: indices.lowerBound,
            masked: Array(masked.elements[plan.inputs.lowerBound..<plan.inputs.lowerBound + plan.variableCount]))
    }

    var isDone = false

    /// Whether enough others hold the same values of the client.
    private var isAgreed: Bool {
        switch phase {
        case .ready, .waiting, .submission: false
        case .coin, .ranges, .running, .transcript, .over: true
        }
    }

    /// Leaves no share of a mask or value behind.
    mutating func erase() {
        masks.erase()
        shared.erase()
    }

    func toClient(_ kind: FrameKind, step: UInt32, _ payload: [UInt8]) -> SessionStep {
        .sendToClient(Frame(kind, session, from: exchange.party, to: Frame.client, step: step, payload).bytes)
    }

    mutating func fail(_ error: ThresholdError) -> [SessionStep] {
        phase = .over
        erase()
        return [.failed(error)]
    }

    mutating func drop(_ parties: [Int], _ error: ThresholdError) -> [SessionStep] {
        let left = exchange.parties.count - parties.count
        let least: Assurance = allowsUnchecked ? .unchecked : .checked
        guard !parties.isEmpty, let after = committee.assurance(shares: left, degree: committee.corruptions), after >= least,
            isAgreed || left >= Self.fewest(of: committee, allowsUnchecked)
        else { return fail(error) }
        exchange.drop(parties)
        dropped.formUnion(parties)
        if error.reason != .silentParty { caught.formUnion(parties) }
        return [.blamed(error)] + (exchange.isComplete ? advance() : [])
    }

    mutating func carry(_ begun: (frames: [SessionStep], faults: [(Int, ThresholdError)])) -> [SessionStep] {
        var steps = begun.frames
        for fault in begun.faults where phase != .over && exchange.parties.contains(fault.0) {
            steps += drop([fault.0], fault.1)
        }
        // A fault may have completed the round and led on already.
        return steps + (begun.faults.isEmpty && exchange.isComplete ? advance() : [])
    }
}

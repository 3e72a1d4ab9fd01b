internal import ChanceryArithmetic
internal import ChancerySuite

/// One custodian's side of making the material of a range of indices: masks, products of masks, random bits.
///
/// Nothing of any client is used. Each product is opened under a mask; unless the openings check themselves, all of them are
/// verified together, under a challenge drawn after they are fixed, before anything is used (rule T4). A failed session's
/// indices are burnt.
///
/// **Durable before ``start()``: that this range was begun.** A range must never be begun twice with the same keys, not even
/// after a crash. Nothing else needs to be kept: what a crash loses is burnt.
public struct MaterialSession: ~Copyable {
    enum Stage { case squares, dots }
    enum Phase { case ready, opening, transcript, coin, folding, foldCoin, final, finalTranscript, over }

    let plan: Plan
    let committee: Committee
    let program: ProgramContext
    let purpose: StreamPurpose
    let streams: ShareStreams
    let first: UInt64
    let count: Int
    var table: MaskTable
    var exchange: Exchange
    var stage = Stage.squares
    var phase = Phase.ready
    /// Whether every opening of a product shows a wrong share.
    let isSelfChecking: Bool
    /// Shares of the roots that random bits are made of.
    var roots: ShareStreams.Target
    /// The masks under which the products of the open round were sent, which its values are freed of.
    var masks: [FieldElement] = []
    var claim = BatchVerification(x: [], y: [], z: .zero)
    /// x and y of the random product that hides the last opening, and this custodian's share of its value.
    var tuple: (x: FieldElement, y: FieldElement, z: FieldElement) = (.zero, .zero, .zero)
    /// What the stage's openings gave: squares, or shares of the products.
    var results: [FieldElement] = []
    var products: [FieldElement] = []
    var coins = 0
    var verificationSlot = 0
    var transcript = SHA256Hasher()
    public private(set) var liars: [Int] = []

    /// - Parameters:
    ///   - indices: never begun before.
    ///   - secrets: for evaluations, the epoch's streams of secrets and the index under which they were installed.
    ///   - parties: who takes part, this custodian among them; 2t + 1 at least.
    /// - Throws: `threshold.too_few_parties` and `threshold.wrong_material`.
    public init(
        _ plan: Plan, program: ProgramContext, purpose: StreamPurpose, indices: Range<UInt64>, streams: ShareStreams,
        secrets: (streams: ShareStreams, index: UInt64)? = nil, parties: [Int], binding: [UInt8] = []
    ) throws(ThresholdError) {
        let committee = streams.committee
        guard !indices.isEmpty, indices.upperBound - indices.lowerBound <= UInt64(plan.maximumBatch),
            secrets != nil || plan.secrets.isEmpty
        else {
            throw ThresholdError(
                .wrongMaterial, "material is made for 1 to \(plan.maximumBatch) indices, with the secrets of the program")
        }
        guard parties.allSatisfy(committee.members.contains), Set(parties).count == parties.count,
            parties.contains(streams.party), let assurance = committee.material(missing: committee.size - parties.count)
        else {
            throw ThresholdError(.tooFewParties, "material takes \(2 * committee.corruptions + 1) custodians of the committee")
        }
        self.plan = plan
        self.committee = committee
        self.program = program
        self.purpose = purpose
        self.streams = streams
        first = indices.lowerBound
        count = indices.count
        isSelfChecking = assurance != .batchVerified
        table = MaskTable(plan, indices: indices, streams: streams, secrets: secrets)
        roots = ShareStreams.Target(rows: plan.bitCount, indices: indices.count)
        exchange = Exchange(
            SessionID(preparing: program, purpose, indices: indices, parties: parties, binding: binding),
            party: streams.party, parties: parties)
    }

    public var session: SessionID { exchange.session }
    /// Whether an honest custodian has heard from everybody in the round that this one still waits in: it shall wait less long than
    /// they do, and say for whom.
    public var isBehind: Bool { phase != .over && exchange.aheadCount > committee.corruptions }

    public mutating func start() -> [SessionStep] {
        guard phase == .ready else { return [] }
        return begin(plan.bitCount > 0 ? .squares : .dots)
    }

    public mutating func receive(_ bytes: [UInt8], from sender: Int) -> [SessionStep] {
        guard phase != .over else { return [.ignored(ThresholdError(.sessionOver, "the session is over"))] }
        do {
            let frame = try Frame(bytes)
            switch exchange.receive(frame, from: sender) {
            case .waiting: return []
            case .ignored(let error): return [.ignored(error)]
            case .fault(_, let error): return fail(error)
            case .complete: return advance()
            }
        } catch {
            return fail(ThresholdError(error.reason, error.detail, parties: [sender], message: error.message))
        }
    }

    /// Ends the session and names who was not heard from.
    public mutating func timeOut() -> [SessionStep] {
        guard phase != .over else { return [] }
        return fail(ThresholdError(.silentParty, "not every custodian answered in time", parties: exchange.missing))
    }

    /// The material, once.
    ///
    /// - Throws: `threshold.session_over` before the session has finished and after it has failed.
    public consuming func finished() throws(ThresholdError) -> MaterialBlock {
        guard phase == .over, isDone else { throw ThresholdError(.sessionOver, "the material is not made") }
        return MaterialBlock(program: program, purpose: purpose, table: table)
    }

    var isDone = false

    mutating func fail(_ error: ThresholdError) -> [SessionStep] {
        phase = .over
        table.erase()
        roots.erase()
        return [.failed(error)]
    }

    mutating func carry(_ begun: (frames: [SessionStep], faults: [(Int, ThresholdError)])) -> [SessionStep] {
        if let fault = begun.faults.first { return begun.frames + fail(fault.1) }
        return begun.frames + (exchange.isComplete ? advance() : [])
    }

    /// Starts a round in which shares are opened.
    mutating func open(_ shares: [FieldElement], _ kind: FrameKind, _ next: Phase) -> [SessionStep] {
        phase = next
        return carry(exchange.begin(kind, Elements.encode(shares)))
    }

    /// The values of a round of openings; notes who lied where that shows, and adds them to the transcript.
    mutating func values(degree: Int, _ kind: FrameKind) throws(ThresholdError) -> [FieldElement] {
        let all = exchange.finish()
        let parties = exchange.parties
        var rows: [[FieldElement]] = []
        for party in parties {
            let payload = all[party] ?? []
            guard let row = Elements.decode(payload, count: payload.count / FieldElement.byteCount) else {
                throw ThresholdError(.invalidFrame, "a number beyond the field", parties: [party], message: kind)
            }
            rows.append(row)
        }
        let result = try Opening(committee, degree: degree, parties: parties).open(rows, kind)
        liars = Set(liars + result.liars).sorted()
        transcript.update(Elements.encode(result.values))
        return result.values
    }
}

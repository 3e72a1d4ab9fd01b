internal import ChanceryArithmetic
internal import ChanceryCircuit
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

/// Material that custodians made together.
struct MaterialOfParties: Sendable {
    let purpose: StreamPurpose
    let indices: Range<UInt64>
    let parties: [Int]
    /// Who ordered it.
    let orderer: Int
    let since: UTCTime

    /// How many of the indices are among these, which ascend and do not overlap.
    func count(of free: [Range<UInt64>]) -> Int {
        var (low, high) = (0, free.count)
        while low < high {
            let middle = (low + high) / 2
            if free[middle].upperBound <= indices.lowerBound { low = middle + 1 } else { high = middle }
        }
        return free[low...].prefix { $0.lowerBound < indices.upperBound }.reduce(0) { $0 + $1.clamped(to: indices).count }
    }
}

/// All that a custodian has of one program. Confined to the custodian.
final class ProgramState {
    let content: ProgramContent
    /// Who had it installed, and alone brings its secrets and states what they withstand; nil until an owner shows an order for what
    /// an older version installed.
    var owner: [UInt8]?
    let plan: Plan
    let secretsPlan: Plan
    var secrets: InstalledSecrets?
    /// Below these material was begun, or may have been.
    var begun: [StreamPurpose: UInt64] = [:]
    var streams: [StreamPurpose: ShareStreams] = [:]
    var pools: [StreamPurpose: Box<MaterialPool>] = [:]
    /// Who has the material of which indices.
    var blocks: [MaterialOfParties] = []
    var bundle: ActivationBundle?
    var activation: Activation?
    var meter: Meter?
    var events = EventChain()
    var claims: [[UInt8]: ClaimState] = [:]
    /// All that may still be asked about; others drop out of ``claims`` before.
    var bound = BoundClaims()
    /// When claims were certified, and which line of the log has the certificate, for custodians that were away.
    var certificates = CertificateLines()
    /// How fast others are answered who ask for them.
    var answers = AnswerPace()
    /// Up to when certificates are not in the log any more.
    var forgottenUntil: UTCTime?
    /// Since when claims may have been certified of which this custodian has not heard.
    var away: UTCTime?
    /// What others said last about their pools.
    var free: [Int: [Range<UInt64>]] = [:]
    /// Below which index each of the others said that material was begun: the most that it said, and what it said first since this
    /// custodian started.
    var toldBegun: [Int: UInt64] = [:]
    var firstBegun: [Int: UInt64] = [:]
    /// How far this custodian believes each of the others that it began more.
    var heardBegun: [StreamPurpose: [Int: UInt64]] = [:]
    /// How far others' orders and answers moved the indices here.
    var orderLeaps = Leaps.orders
    var answerLeaps = Leaps.answers
    /// Blocks that others have by now and may not have told of.
    var recent: [(indices: Range<UInt64>, parties: [Int], since: UTCTime)] = []
    /// What this custodian had made last, and who said that nothing came of it there.
    var made: [(first: UInt64, parties: [Int], failedAt: Set<Int>)] = []
    /// What others were asked for that this custodian missed; nil once nobody's answer is waited for.
    var missed: MissedClaims?
    /// Certificates that others showed, by their digests: every signer shows each.
    var shown = Recent<[UInt8]>(capacity: 4096)
    /// Those among them that this custodian signed too and may still begin itself, by their claims, and until when.
    var held: [[UInt8]: (certificate: JSONValue, until: UTCTime)] = [:]
    var head: EventHead?
    /// The longest head that each of the others showed.
    var heads: [Int: EventHead] = [:]
    /// Who showed two histories; the evidence is in the log.
    var forked: Set<Int> = []
    /// Who showed a shorter history than before: it forked, or lost what it knew.
    var behind: Set<Int> = []
    var orders = OrderBook()
    /// How many evaluations' material was asked for and is still to be made.
    var ordered: Int?
    /// What was sent and heard, for whoever answers for it.
    var frames = FrameLedger()
    /// Files with evidence against custodians.
    var blames: [[UInt8]] = []

    init(_ content: ProgramContent, owner: [UInt8]?) throws {
        self.content = content
        self.owner = owner
        plan = try Plan(content.circuit)
        secretsPlan = try Plan(secretsOf: content.circuit)
    }

    var id: [UInt8] { content.id }
    var needsSecrets: Bool { !content.circuit.secrets.isEmpty }

    /// Why this custodian does not serve yet; nil unless it was away.
    var catchingUp: String? {
        guard let meter, !meter.isServing, let away else { return nil }
        let forgotten = missed?.forgotten ?? [:]
        guard let until = forgotten.values.max() else { return "others are asked what was certified since \(away.text)" }
        return """
            custodians \(forgotten.keys.sorted()) have no certificates of \(until.text) and before any more, and what was certified \
            since \(away.text) is asked for; where too few others have it, all custodians make fresh keys
            """
    }

    func context(epoch: Int64) throws -> ProgramContext {
        try ProgramContext(package: content.id, version: content.version, epoch: UInt64(clamping: epoch))
    }

    /// Derives what the keys of the epoch give for this program.
    func adopt(_ keys: PartyKeys, epoch: Int64) throws {
        let context = try context(epoch: epoch)
        for purpose in StreamPurpose.allCases {
            streams[purpose] = try keys.streams(context, purpose)
            pools[purpose] = Box(MaterialPool(context, purpose))
        }
        blocks = []
        if !needsSecrets { secrets = InstalledSecrets(context, index: 0, masked: []) }
    }

    /// Forgets everything of the epoch's keys.
    func dropKeys() {
        streams = [:]
        pools = [:]
        blocks = []
        secrets = nil
        (bundle, activation, meter, head) = (nil, nil, nil, nil)
        events = EventChain()
        frames = FrameLedger()
        claims = [:]
        bound = BoundClaims()
        (certificates, forgottenUntil, away) = (CertificateLines(), nil, nil)
        (answers, shown, held) = (AnswerPace(), Recent(capacity: 4096), [:])
        begun = [:]
        (free, toldBegun, firstBegun, heardBegun) = ([:], [:], [:], [:])
        (orderLeaps, answerLeaps) = (.orders, .answers)
        (heads, forked, behind) = ([:], [], [])
        (orders, ordered, made) = (OrderBook(), nil, [])
        missed = nil
    }

    func freeRanges(_ purpose: StreamPurpose) -> [Range<UInt64>] { pools[purpose]?.value?.free ?? [] }

    /// How many of the free indices custodian `party` had made.
    func freeCount(_ purpose: StreamPurpose, orderedBy party: Int) -> Int {
        let free = freeRanges(purpose)
        return blocks.filter { $0.purpose == purpose && $0.orderer == party }.reduce(0) { $0 + $1.count(of: free) }
    }

    /// Takes in what was made, and gives up the lowest indices of what the same custodian had made before, as many as are more than `room`
    /// altogether: nobody takes the others' room.
    ///
    /// - Returns: what was given up.
    func keep(_ block: consuming MaterialBlock, _ made: MaterialOfParties, room: Int) throws -> [GivenUp] {
        guard let pool = pools[made.purpose] else { return [] }
        try pool.value?.add(block)
        let free = freeRanges(made.purpose)
        let before = blocks.filter { $0.purpose == made.purpose && $0.orderer == made.orderer }
        var left = made.indices.count + before.reduce(0) { $0 + $1.count(of: free) }
        var givenUp: [GivenUp] = []
        for old in before.sorted(by: { $0.indices.lowerBound < $1.indices.lowerBound }) where left > room {
            guard let part = GivenUp(left - room, of: old.indices, free: free, madeAt: old.since) else { continue }
            left -= part.count
            for indices in part.indices { pool.value?.burn(indices) }
            givenUp.append(part)
        }
        blocks.append(made)
        let rest = freeRanges(made.purpose)
        blocks.removeAll { $0.purpose == made.purpose && $0.count(of: rest) == 0 }
        return givenUp
    }

    /// How far an index lies above all that is known of where material was begun.
    func leap(to index: UInt64, _ purpose: StreamPurpose, corruptions: Int) -> UInt64 {
        Leaps.leap(to: index, from: begun[purpose] ?? 0, told: told(purpose), corruptions: corruptions)
    }

    /// Others tell it of evaluations alone.
    private func told(_ purpose: StreamPurpose) -> [UInt64] { purpose == .evaluation ? Array(toldBegun.values) : [] }

    /// Below this no order is carried out: what was begun here, or was before a log and all state were put back to what they had been.
    ///
    /// What one custodian alone says is no part of it. Nobody else would follow a liar that far.
    func floor(_ purpose: StreamPurpose, corruptions: Int) -> UInt64 {
        // Whatever began after the first word of each is in the log.
        let first = purpose == .evaluation ? Array(firstBegun.values) : []
        return max(begun[purpose] ?? 0, Leaps.shared(first, corruptions: corruptions))
    }

    /// Where the next order of this custodian `own` with `parties` begins: above what one of them says it began, where others carry out
    /// an order that leaps so far.
    func start(_ purpose: StreamPurpose, with parties: [Int], own: Int, corruptions: Int, at now: UTCTime) -> UInt64 {
        let known = max(begun[purpose] ?? 0, Leaps.shared(told(purpose), corruptions: corruptions))
        let heard = heardBegun[purpose] ?? [:]
        let near = parties.compactMap { heard[$0] }.filter { $0 > known && orderLeaps.allows($0 - known, by: own, at: now) }
        return max(known, near.max() ?? 0)
    }

    /// What this custodian tells: more than t such words are followed by all, however far that is.
    func toldBegun(corruptions: Int) -> UInt64 {
        let known = max(begun[.evaluation] ?? 0, Leaps.shared(told(.evaluation), corruptions: corruptions))
        return max(known, heardBegun[.evaluation]?.values.max() ?? 0)
    }

    /// Believes `party` that material was begun below an index, as far as its account allows.
    ///
    /// - Returns: whether it is believed now.
    func hear(_ purpose: StreamPurpose, below: UInt64, by party: Int, corruptions: Int, at now: UTCTime) -> Bool {
        let said = max(Leaps.shared(told(purpose), corruptions: corruptions), heardBegun[purpose]?[party] ?? 0)
        let known = max(begun[purpose] ?? 0, said)
        guard below > known else { return below <= said }
        let step = min(below - known, answerLeaps.room(of: party, at: now))
        guard step > 0 else { return false }
        answerLeaps.take(step, by: party, at: now)
        heardBegun[purpose, default: [:]][party] = known + step
        return true
    }

    /// What `party` has free: what it told, and what was made with it since.
    func expected(of party: Int, at now: UTCTime) -> [Range<UInt64>] {
        recent.removeAll { $0.since.advanced(bySeconds: 3) < now }
        let told = free[party] ?? []
        return told
            + recent.filter { block in
                block.parties.contains(party) && !told.contains { $0.overlaps(block.indices) }
            }.map(\.indices)
    }

    /// Who made all blocks that hold `indices`, which follow each other without a gap.
    func parties(of indices: Range<UInt64>, _ purpose: StreamPurpose) -> [Int]? {
        let held = blocks.filter { $0.purpose == purpose && $0.indices.overlaps(indices) }
        guard let first = held.first, held.reduce(0, { $0 + $1.indices.clamped(to: indices).count }) == indices.count else {
            return nil
        }
        return held.dropFirst().reduce(Set(first.parties)) { $0.intersection($1.parties) }.sorted()
    }

    /// Whether all of `indices` are free.
    func isFree(_ indices: Range<UInt64>, _ purpose: StreamPurpose) -> Bool {
        Self.merged(freeRanges(purpose)).contains {
            $0.lowerBound <= indices.lowerBound && indices.upperBound <= $0.upperBound
        }
    }

    /// Ascending ranges with neighbours, and what somebody says twice, made one: a batch may take indices of several blocks.
    static func merged(_ ranges: [Range<UInt64>]) -> [Range<UInt64>] {
        ranges.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { merged, range in
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
    }

    /// Indices that all of `parties` have free, `count` in a row; the lowest.
    static func common(_ ranges: [[Range<UInt64>]]) -> [Range<UInt64>] {
        guard var common = ranges.first else { return [] }
        for other in ranges.dropFirst() {
            common = common.flatMap { left in
                other.compactMap { right in
                    left.overlaps(right) ? left.clamped(to: right) : nil
                }
            }
        }
        return common.sorted { $0.lowerBound < $1.lowerBound }
    }
}

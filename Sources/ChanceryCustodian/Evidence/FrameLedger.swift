internal import ChanceryLedger
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

/// What a custodian sent under one activation, and what others sent it, as far as a lie could still be proved with it (rule T7).
package struct FrameLedger: Sendable {
    typealias Counted = ChanceryOracle.Frame

    /// Most bytes of frames that are held of one custodian.
    static let mostBytes = 32 << 20
    /// Most frames that are held of one custodian: the smallest have 48 bytes, and each takes room beside its bytes.
    package static let mostFrames = 16_384
    /// So often at most a frame is held against a place for the sake of one statement: places of material, of which no frames are
    /// held, take sixteen each. Whoever states more than can be looked through loses only what its own frames would prove.
    static let mostTries = 1 << 17
    static let batchesKept = 3
    /// After so many statements that do not hold it, a frame is one that its sender does not stand by.
    static let patience = 2
    /// Frames may come in another order than they were sent, when their session began here later than elsewhere.
    private static let window = 16

    private struct Kept: Sendable {
        let session: RunID
        let step: UInt32
        let frame: Counted
    }

    private struct Rooted: Sendable {
        let batch: FrameBatch
        let leaves: [Digest256]
        var frames: [Kept]
        /// Places of frames to this custodian that it has not found among those that it got: also those of material.
        var open: [Int] = []
    }

    private struct Heard: Sendable {
        let session: RunID
        let step: UInt32
        let isOpening: Bool
        let bytes: [UInt8]
        /// SHA-256 of the bytes, which stands in every leaf that the frame may have.
        let digest: [UInt8]
        var statements = 0
    }

    private var outbox: FrameOutbox
    private var recipients: [UInt8] = []
    private var sent: [Kept] = []
    private var sentBytes = 0
    private var heard: [Int: [Heard]] = [:]
    private var heardBytes: [Int: Int] = [:]
    private var rooted: [Int: [Rooted]] = [:]
    private var last: [Int: FrameBatch] = [:]
    /// Sessions in which somebody was caught, and until when evidence is looked for.
    private var suspects: [RunID: UTCTime] = [:]
    /// Whose statements do not hold what they sent. Nobody else can see that, so it proves nothing.
    private(set) var unrooted: Set<Int> = []

    package init() { self.init(after: nil) }

    /// Goes on after the statement that was signed last.
    init(after batch: FrameBatch?) { outbox = FrameOutbox(after: batch) }

    var isFull: Bool { outbox.isFull || sentBytes > Self.mostBytes }
    var isEmpty: Bool { outbox.isEmpty }

    // MARK: sending

    /// Counts what is about to be sent.
    mutating func count(_ bytes: [UInt8], to recipient: Int) {
        guard let counted = try? outbox.append(bytes, to: recipient) else { return }
        recipients.append(UInt8(truncatingIfNeeded: recipient))
        guard recipient > 0, let frame = try? RunFrame(bytes), frame.kind == .opening else { return }
        sent.append(Kept(session: frame.session, step: frame.step, frame: counted))
        sentBytes += bytes.count
    }

    /// Signs what was sent since the last time. The statement has to be durable before it leaves.
    mutating func seal(
        _ terms: ActivationTerms, as did: DID, number: Int, by key: SigningKey<Purpose.Custodian>
    ) throws -> (batch: FrameBatch, notice: JSONObject) {
        let (batch, leaves) = try outbox.seal(for: terms, as: did, by: key)
        let notice: JSONObject = [
            "batch": try JSONParser.parse(batch.record.bytes),
            "leaves": .string(Base64.url.encode(leaves.flatMap(\.bytes))), "notice": "frames",
            "recipients": .string(Base64.url.encode(recipients)),
        ]
        keep(Rooted(batch: batch, leaves: leaves, frames: sent), of: number)
        (recipients, sent, sentBytes) = ([], [], 0)
        return (batch, notice)
    }

    private mutating func keep(_ batch: Rooted, of party: Int) {
        rooted[party, default: []].append(batch)
        if rooted[party, default: []].count > Self.batchesKept { rooted[party]?.removeFirst() }
    }

    // MARK: hearing

    /// Takes what a session took from a custodian: nothing that it ignored, such as a second frame of a step.
    package mutating func hear(_ bytes: [UInt8], from party: Int) {
        guard let frame = try? RunFrame(bytes) else { return }
        heard[party, default: []].append(
            Heard(
                session: frame.session, step: frame.step, isOpening: frame.kind == .opening, bytes: bytes,
                digest: Digest.sha256(bytes)))
        heardBytes[party, default: 0] += bytes.count
        // Half of them at once: one at a time all others would be moved for every frame that comes.
        while heardBytes[party, default: 0] > Self.mostBytes || heardCount(of: party) > Self.mostFrames {
            let oldest = heard[party, default: []].prefix((heardCount(of: party) + 1) / 2)
            heardBytes[party, default: 0] -= oldest.reduce(0) { $0 + $1.bytes.count }
            heard[party]?.removeFirst(oldest.count)
        }
    }

    /// How many frames of a custodian wait for its statement.
    package func heardCount(of party: Int) -> Int { heard[party]?.count ?? 0 }

    /// Takes a custodian's statement and holds what it sent against it.
    ///
    /// - Returns: proof of a contradiction where it states two things about the same frames.
    mutating func take(
        _ batch: FrameBatch, leaves bytes: [UInt8], recipients: [UInt8], from party: Int, to number: Int
    ) throws -> Blame? {
        let leaves = try stride(from: 0, to: bytes.count - bytes.count % 32, by: 32).map { place in
            guard let leaf = Digest256(Array(bytes[place..<place + 32])) else {
                throw CustodianError(.messageMalformed, "leaves have 32 bytes")
            }
            return leaf
        }
        guard leaves.count == batch.count, recipients.count == batch.count, MerkleTree.root(of: leaves) == batch.root else {
            throw CustodianError(.messageMalformed, "the leaves do not lead to the root that was signed")
        }
        if let known = last[party] {
            if known.contradicts(batch) { return .batches(known, batch) }
            guard batch.first >= known.first + Int64(known.count) else { return nil }
        }
        last[party] = batch
        let places = recipients.indices.filter { Int(recipients[$0]) == number }
        keep(Rooted(batch: batch, leaves: leaves, frames: [], open: places), of: party)
        try match(party, to: number)
        return nil
    }

    /// Finds what came from a custodian in its statements.
    private mutating func match(_ party: Int, to number: Int) throws {
        var rest = (heard.removeValue(forKey: party) ?? [])[...]
        var near: [Heard] = []
        var tries = Self.mostTries
        for index in rooted[party, default: []].indices {
            guard var one = rooted[party]?[index] else { break }
            var open: [Int] = []
            for place in one.open where tries > 0 {
                while near.count < Self.window, let next = rest.popFirst() { near.append(next) }
                let stated = one.batch.first + Int64(place)
                let found = near.firstIndex {
                    Counted.leaf(of: $0.digest, number: stated, to: number) == one.leaves[place]
                }
                tries -= found.map { $0 + 1 } ?? near.count
                guard let found else {
                    open.append(place)
                    continue
                }
                let frame = near.remove(at: found)
                guard frame.isOpening else { continue }
                one.frames.append(
                    Kept(
                        session: frame.session, step: frame.step, frame: try Counted(number: stated, to: number, frame.bytes)))
            }
            one.open = open
            rooted[party]?[index] = one
        }
        var waiting = near + rest
        for index in waiting.indices { waiting[index].statements += 1 }
        if waiting.contains(where: { $0.statements >= Self.patience }) { unrooted.insert(party) }
        waiting.removeAll { $0.statements >= Self.patience }
        heard[party] = waiting
        heardBytes[party] = waiting.reduce(0) { $0 + $1.bytes.count }
    }

    // MARK: proving

    /// Somebody was caught in `session`: what is known of it is kept until it can be proved.
    mutating func suspect(_ session: RunID, until time: UTCTime) {
        if suspects.count < 64 { suspects[session] = time }
    }

    /// Evidence from sessions in which somebody was caught, as far as the statements of enough custodians came.
    mutating func evidence(_ judge: FrameJudge, at now: UTCTime) throws -> [Blame] {
        var found: [Blame] = []
        for (session, until) in suspects {
            if let blame = try proof(of: session, judge) {
                found.append(blame)
                suspects[session] = nil
            } else if until <= now {
                suspects[session] = nil
            }
        }
        return found
    }

    private func proof(of session: RunID, _ judge: FrameJudge) throws -> Blame? {
        var steps: [UInt32: [Int: (batch: Rooted, frame: Counted)]] = [:]
        for (party, batches) in rooted {
            for batch in batches {
                for kept in batch.frames where kept.session == session {
                    steps[kept.step, default: [:]][party] = (batch, kept.frame)
                }
            }
        }
        for (_, parties) in steps.sorted(by: { $0.key < $1.key }) {
            let sorted = parties.sorted { $0.key < $1.key }
            guard try !judge.liars(sorted.map { ($0.key, $0.value.frame.bytes) }).isEmpty else { continue }
            return .opening(
                try sorted.map { try FrameProof($0.value.frame, in: $0.value.batch.batch, leaves: $0.value.batch.leaves) })
        }
        return nil
    }
}

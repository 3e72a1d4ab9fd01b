public import ChancerySuite
public import ChanceryWire

/// A session as far as its records tell: hand it each record in turn, it admits what follows the rules and refuses the
/// rest unchanged. Making a session and verifying an export use the same steps.
///
/// Order: the start; one handshake of every pair, in the order of ``SessionStart/pairs``; steps; the end; one seal of
/// every member over all of it. One counter runs through handshakes, steps and end, and each step names the head before it:
/// head 0 = id of the start, head k = SHA3-256("chancery/session-head/v1" ‖ 00 ‖ head k−1 ‖ id of record k).
public struct SessionState: Sendable {
    public static let sealType = "chancery/session-seal/v1"

    public enum Phase: Sendable, Equatable { case shakingHands, open, ended, sealed }

    public let start: SessionStart
    public private(set) var phase = Phase.shakingHands
    /// The counter of the latest admitted record.
    public private(set) var counter: Int64 = 0
    public private(set) var head: [UInt8]
    public private(set) var handshakes: [Handshake] = []
    public private(set) var steps: [SessionStep] = []
    public private(set) var end: SessionEnd?
    public private(set) var seals: [VerifiedRecord] = []

    private let registry: RecordRegistry
    private let pairs: [(initiator: DID, responder: DID)]
    private var contentHash = SHA256Hasher()
    /// What records and payloads come to in an export, without its end and seals.
    private var exportBytes = 0

    public init(start bytes: [UInt8], registry: RecordRegistry) throws(LedgerError) {
        try self.init(start: SessionRecord.decode(bytes), registry: registry)
    }

    init(start unverified: UnverifiedRecord, registry: RecordRegistry) throws(LedgerError) {
        start = try SessionStart(verifying: unverified, registry: registry)
        self.registry = registry
        head = start.record.id
        pairs = start.pairs
        contentHash.update(Array("chancery/session-content/v1".utf8) + [0])
        cover(start.record.bytes)
    }

    /// The pair that shakes hands next, and on which terms; nil when all have.
    public var nextHandshake: (initiator: DID, responder: DID, terms: HandshakeTerms)? {
        guard phase == .shakingHands, handshakes.count < pairs.count, let terms = try? start.terms(counter: counter + 1) else {
            return nil
        }
        let pair = pairs[handshakes.count]
        return (pair.initiator, pair.responder, terms)
    }

    /// What every member seals: SHA-256 over "chancery/session-content/v1" ‖ 00 and then u32be length ‖ bytes of every
    /// record with its signatures, from the start to the end. Payloads are covered by the hashes inside.
    public var content: [UInt8] { contentHash.digest() }

    // MARK: admitting

    /// - Throws: `ledger.session_handshake` when it is not the next pair on the session's terms, `ledger.session_phase`,
    ///   and what ``Handshake/init(verifying:initiator:responder:)`` throws.
    public mutating func admit(handshake bytes: [UInt8]) throws(LedgerError) {
        try admit(handshake: SessionRecord.decode(bytes))
    }

    mutating func admit(handshake unverified: UnverifiedRecord) throws(LedgerError) {
        let index = handshakes.count
        guard let next = nextHandshake else {
            throw LedgerError(.sessionPhase, "all handshakes are done", index: index)
        }
        let initiator = try party(next.initiator)
        let responder = try party(next.responder)
        let handshake: Handshake
        do {
            handshake = try Handshake(verifying: unverified, initiator: initiator, responder: responder)
        } catch {
            throw LedgerError(.sessionHandshake, "\(error.code): \(error.detail)", index: index)
        }
        guard handshake.terms == next.terms, handshake.time >= start.time else {
            throw LedgerError(.sessionHandshake, "the handshake is not the next one of this session", index: index)
        }
        handshakes.append(handshake)
        advance(handshake.record)
        if handshakes.count == pairs.count { phase = .open }
    }

    /// Admits an interaction or a stamp. `payload` is the disclosed payload; nil withholds it.
    ///
    /// - Throws: `ledger.session_*`: malformed, foreign_member, signature, other, phase, missing_step, repeated_step,
    ///   link_broken, time, payload_mismatch; the index counts steps.
    public mutating func admit(step bytes: [UInt8], payload: JSONObject?) throws(LedgerError) {
        try admit(step: SessionRecord.decode(bytes), payload: payload)
    }

    mutating func admit(step unverified: UnverifiedRecord, payload: JSONObject?) throws(LedgerError) {
        let index = steps.count
        let content = try SessionStep.Content(unverified)
        let parties = try signers(of: content, index: index)
        let record = try SessionRecord.verify(unverified, content.type, parties)
        try require(content, index: index)
        try require(payload, content, index: index)
        try requireRoom(for: record.bytes.count, payload, index: index)
        steps.append(SessionStep(record: record, payload: payload, content: content))
        advance(record)
    }

    /// - Throws: `ledger.session_tail_cut` when the end speaks of more or other steps than were admitted.
    public mutating func admit(end bytes: [UInt8]) throws(LedgerError) {
        try admit(end: SessionRecord.decode(bytes))
    }

    mutating func admit(end unverified: UnverifiedRecord) throws(LedgerError) {
        let closing = try SessionClosing(unverified)
        let record = try SessionRecord.verify(unverified, SessionEnd.type, [try member(closing.by)])
        try require(closing, phase: .open)
        guard closing.counter == counter + 1, closing.hash == head else {
            throw LedgerError(.sessionTailCut, "the end counts \(closing.counter - 1) records before it, found \(counter)")
        }
        end = SessionEnd(record: record, by: closing.by, time: closing.time)
        advance(record)
        phase = .ended
    }

    /// Admits the seal of the next member, in the order of ``SessionStart/members``.
    ///
    /// - Throws: `ledger.session_seal_missing` for another member's, `ledger.session_seal_mismatch` for other content.
    public mutating func admit(seal bytes: [UInt8]) throws(LedgerError) {
        try admit(seal: SessionRecord.decode(bytes))
    }

    mutating func admit(seal unverified: UnverifiedRecord) throws(LedgerError) {
        let index = seals.count
        let closing = try SessionClosing(unverified)
        let record = try SessionRecord.verify(unverified, Self.sealType, [try member(closing.by)])
        try require(closing, phase: .ended)
        guard closing.by == start.members[index].agent.did else {
            throw LedgerError(.sessionSealMissing, "the seal of `\(start.members[index].name)` was expected", index: index)
        }
        guard closing.counter == counter, closing.hash == content else {
            throw LedgerError(.sessionSealMismatch, "`\(start.members[index].name)` sealed other content", index: index)
        }
        seals.append(record)
        if seals.count == start.members.count { phase = .sealed }
    }

    // MARK: rules

    /// The parties that sign a step, in order.
    func signers(of content: SessionStep.Content, index: Int) throws(LedgerError) -> [RecordParty] {
        var parties = [try member(content.from, index: index)]
        if let to = content.to { parties.append(try member(to, index: index)) }
        return parties
    }

    /// What must hold for a step to be the next one.
    func require(_ content: SessionStep.Content, index: Int) throws(LedgerError) {
        guard content.session == start.session else {
            throw LedgerError(.sessionOther, "the step belongs to session `\(content.session)`", index: index)
        }
        guard phase == .open else {
            throw LedgerError(.sessionPhase, "steps come after all handshakes and before the end", index: index)
        }
        guard content.counter > counter else {
            throw LedgerError(.sessionRepeatedStep, "counter \(content.counter) appears again", index: index)
        }
        guard content.counter == counter + 1 else {
            throw LedgerError(.sessionMissingStep, "counter \(counter + 1) is missing, found \(content.counter)", index: index)
        }
        guard content.previous == head else {
            throw LedgerError(.sessionLinkBroken, "the step does not follow from what came before", index: index)
        }
        try require(time: content.time, index: index)
    }

    func require(_ payload: JSONObject?, _ content: SessionStep.Content, index: Int) throws(LedgerError) {
        guard let payload else { return }
        guard try PayloadPrivacy.hash(payload) == content.payloadHash else {
            throw LedgerError(.sessionPayloadMismatch, "the payload is not the one that was signed", index: index)
        }
    }

    /// What was admitted must fit into an export that verifiers read.
    private mutating func requireRoom(for bytes: Int, _ payload: JSONObject?, index: Int) throws(LedgerError) {
        var bytes = bytes
        do {
            if let payload { bytes += try CanonicalForm.jcs.encode(payload).count }
        } catch {
            throw LedgerError(.payloadNotPortable, error, index: index)
        }
        guard index < Session.maximumSteps, bytes <= Session.maximumContent - exportBytes else {
            throw LedgerError(.sessionFull, "a session holds \(Session.maximumSteps) steps and \(Session.maximumContent) bytes")
        }
        exportBytes += bytes + Session.stepOverhead
    }

    private func require(_ closing: SessionClosing, phase required: Phase) throws(LedgerError) {
        guard closing.session == start.session else {
            throw LedgerError(.sessionOther, "the record belongs to session `\(closing.session)`")
        }
        guard phase == required else { throw LedgerError(.sessionPhase, "the record does not fit the phase of the session") }
        if required == .open { try require(time: closing.time) }
    }

    private func require(time: UTCTime, index: Int? = nil) throws(LedgerError) {
        guard time >= start.time, time < start.expires else {
            throw LedgerError(.sessionTime, "\(time.text) lies outside the session", index: index)
        }
    }

    func member(_ did: DID, index: Int? = nil) throws(LedgerError) -> RecordParty {
        guard start.members.contains(where: { $0.agent.did == did }) else {
            throw LedgerError(.sessionForeignMember, "`\(did)` is not a member", index: index)
        }
        return try party(did)
    }

    private func party(_ did: DID) throws(LedgerError) -> RecordParty {
        guard let party = registry[did] else { throw LedgerError(.sessionForeignMember, "`\(did)` is unknown") }
        return party
    }

    private mutating func advance(_ record: VerifiedRecord) {
        counter += 1
        head = Digest.sha3_256(Array("chancery/session-head/v1".utf8) + [0] + head + record.id)
        cover(record.bytes)
    }

    private mutating func cover(_ bytes: [UInt8]) {
        contentHash.update(BigEndian.bytes(UInt32(truncatingIfNeeded: bytes.count)))
        contentHash.update(bytes)
    }
}

/// The state of one watched party: an agent, a submitter or a store.
///
/// Takes accepted events in log order and charges in the order of their records; the same order gives the same state
/// on every machine. Reading changes nothing. The state has a bound whatever the agent does: 16 peers, 64 events, 24
/// hours and 30 days of scores, 8 charges. An event costs constant time; scores are computed once for each active hour.
public struct AgentWatch: Sendable, Equatable {
    /// With fewer events an agent is unrated.
    public static let fewestEvents: UInt64 = 10

    public let agent: String
    public let profile: VigilProfile
    /// The last log index observed; nil before the first event.
    public internal(set) var lastIndex: UInt64?

    /// The latest time of an event or charge, in Unix seconds. Earlier times count as this one.
    package internal(set) var clock: Int64 = 0
    var lastEvent: Int64?
    var conduct = ConductRecord()
    var verification = VerificationRecord()
    var peers = PeerTable()
    package internal(set) var times = EventTimes()
    var silence = SilenceRecord()
    var charges = ChargeSheet()
    var baseline = TrustBaseline()
    var measure = TrustBaseline.Measure()
    var stability = StabilityMachine()
    /// The hour with events whose score is not taken yet.
    var openHour: Int64?

    public init(agent: String, profile: VigilProfile) {
        self.agent = agent
        self.profile = profile
    }

    /// Takes the next accepted event of the agent.
    ///
    /// Events come in ascending order of index; one that does not is taken for a repetition by the caller and ignored.
    public mutating func observe(_ event: ObservedEvent) {
        if let lastIndex, event.index <= lastIndex { return }
        let time = max(clock, event.time)
        closeHour(before: time / 3600)
        silence.add(event, at: time, after: lastEvent, silence: profile.thresholds.silence)
        conduct.add(event, at: time)
        times.add(.init(time: time, isTimestamped: event.isTimestamped, index: event.index))
        if event.kind == .contact { verification.add(day: time / 86_400, isVerified: event.isPeerVerified) }
        if let peer = event.peer { peers.meet(peer, at: time, index: event.index) }
        clock = time
        lastEvent = time
        lastIndex = event.index
        if isRated { openHour = time / 3600 }
    }

    /// Charges this party with what it is to blame for; see ``Violation/party`` for who that is.
    ///
    /// - Parameters:
    ///   - time: when the violation was recorded, in Unix seconds, by the clock of the record and not the party's.
    ///   - evidence: a log index or the id of a record; the first 128 bytes are kept.
    public mutating func charge(_ violation: Violation, at time: Int64, evidence: String) {
        let time = max(clock, min(time, ObservedEvent.latestTime))
        closeHour(before: time / 3600)
        charges.add(.init(violation: violation, time: time, evidence: evidence.prefix(bytes: ChargeSheet.evidenceLimit)))
        clock = time
        if violation.isTampering { stability.charge(at: time / 3600, index: nil) }
    }

    var isRated: Bool { conduct.events >= Self.fewestEvents }
    var isUnknown: Bool { conduct.events == 0 && charges.isEmpty }

    package func trustParts(at time: Int64) -> TrustParts {
        TrustParts(
            integrity: charges.integrity(events: conduct.events, attestation: conduct.attestation),
            verified: verification.share, diversity: peers.diversity(at: time), finality: conduct.finality,
            rotation: conduct.rotation)
    }

    private mutating func closeHour(before hour: Int64) {
        if let openHour, openHour < hour { takeScore(of: openHour) }
    }

    /// Takes the score of an hour, as it stood after its last event.
    private mutating func takeScore(of hour: Int64) {
        let score = trustParts(at: clock).score.value
        measure = baseline.measure(score, at: hour)
        stability.step(StabilityMachine.finding(measure), at: hour, index: lastIndex)
        baseline.add(score, at: hour)
        openHour = nil
    }

    /// The watch as a reading at `now` sees it: the open hour taken as it stands, and time passed.
    func settled(at now: Int64) -> AgentWatch {
        var copy = self
        if let openHour { copy.takeScore(of: openHour) }
        copy.stability.elapse(to: now / 3600)
        return copy
    }
}

public import ChanceryWire

extension AgentWatch {
    /// The type that a kept state carries.
    public static let stateType = "chancery/vigil-state/v1"

    /// The whole state, to keep and to continue from. Integers only; the same state has the same JSON.
    public func json() -> JSONValue {
        [
            "type": .string(Self.stateType), "engine": .string(profile.engine), "profile": profile.json(),
            "agent": .string(agent), "last_index": .optional(lastIndex), "clock": .integer(clock),
            "last_event": .optional(lastEvent), "open_hour": .optional(openHour), "conduct": conduct.json,
            "verification": .array(verification.blocks.map { .numbers([$0.number, .init($0.verified), .init($0.total)]) }),
            "peers": .array(peers.peers.map(\.json)), "others": peers.others.json,
            "times": .array(times.entries.map { .numbers([$0.time, $0.isTimestamped ? 1 : 0, Int64(clamping: $0.index)]) }),
            "silence": silence.last?.json ?? .null, "charges": charges.json,
            "baseline": [
                "hours": .array(baseline.hours.map { .numbers([$0.hour, $0.score]) }),
                "days": .array(baseline.recentDays.map { .numbers([$0.day, $0.count, $0.sum, $0.squares, $0.last]) }),
            ],
            "measure": .array([measure.delta24h, measure.delta7d, measure.deviation].map(JSONValue.optional)),
            "stability": [
                "state": .string(stability.state.rawValue), "since": .integer(stability.since),
                "last_finding": .integer(stability.lastFinding), "evidence": .optional(stability.evidence),
            ],
        ]
    }

    /// Continues from a kept state.
    ///
    /// Everything is checked for being possible, so that no state makes a later call trap; whether it is *true* only
    /// computing it again from the log can tell.
    /// - Throws: `vigil.state_invalid`, or `vigil.profile_invalid` for the profile in it.
    public init(json: JSONValue) throws(VigilError) {
        do {
            try self.init(reading: json)
        } catch let error as VigilError {
            throw error
        } catch let error as WireError {
            throw VigilError(.stateInvalid, error.description)
        } catch {
            throw VigilError(.stateInvalid, "the state cannot be read")
        }
    }

    private init(reading json: JSONValue) throws {
        var reader = try RecordReader(json, "watch state")
        guard try reader.string("type", limit: 64) == Self.stateType else {
            throw VigilError(.stateInvalid, "the state is of another type")
        }
        let engine = try reader.string("engine", limit: 64)
        self.init(
            agent: try reader.string("agent", limit: 1024), profile: try VigilProfile(json: reader.value("profile")))
        guard engine.utf8.elementsEqual(profile.engine.utf8) else {
            throw VigilError(.stateInvalid, "the state was written by `\(engine)`")
        }
        let times = Int64(0)...ObservedEvent.latestTime
        lastIndex = try reader.optionalInteger("last_index").map { UInt64($0) }
        clock = try reader.integer("clock", in: times)
        lastEvent = try reader.optionalInteger("last_event", in: 0...clock)
        openHour = try reader.optionalInteger("open_hour", in: 0...clock / 3600)
        conduct = try ConductRecord(json: reader.value("conduct"))
        verification = try Self.sound(
            VerificationRecord(
                reader.rows("verification", of: 3).map { .init(number: $0[0], verified: UInt64($0[1]), total: UInt64($0[2])) }))
        peers = try Self.sound(
            PeerTable(
                peers: reader.array("peers", limit: PeerTable.limit).map { try .init(json: $0, clock: clock) },
                others: .init(json: reader.value("others"), clock: clock)))
        self.times = try Self.sound(EventTimes(reader.entries("times", until: clock)))
        silence.last = try reader.optionalObject("silence").map { try .init(json: $0, clock: clock) }
        charges = try ChargeSheet(json: reader.value("charges"))
        try readStability(&reader)
        try reader.finish()
        try checkWhole()
    }

    private mutating func readStability(_ reader: inout RecordReader) throws {
        var baseline = try RecordReader(reader.object("baseline"), "baseline")
        self.baseline = try Self.sound(
            TrustBaseline(
                hours: baseline.rows("hours", of: 2).map { .init(hour: $0[0], score: $0[1]) },
                days: baseline.rows("days", of: 5).map {
                    .init(day: $0[0], count: $0[1], sum: $0[2], squares: $0[3], last: $0[4])
                }))
        try baseline.finish()
        let figures = try reader.array("measure", limit: 3)
        guard figures.count == 3, figures.allSatisfy({ $0.isNull || ($0.integer?.magnitude ?? .max) <= 1 << 53 }) else {
            throw VigilError(.stateInvalid, "`measure` must hold three numbers or nulls")
        }
        measure = .init(delta24h: figures[0].integer, delta7d: figures[1].integer, deviation: figures[2].integer)
        var machine = try RecordReader(reader.object("stability"), "stability")
        guard let state = StabilityState(rawValue: try machine.string("state", limit: 16)) else {
            throw VigilError(.stateInvalid, "unknown state of stability")
        }
        stability = try Self.sound(
            StabilityMachine(
                state: state, since: machine.integer("since"), lastFinding: machine.integer("last_finding"),
                evidence: machine.optionalInteger("evidence").map { UInt64($0) }))
        try machine.finish()
    }

    /// What the parts must agree on.
    private func checkWhole() throws(VigilError) {
        let isSound =
            conduct.isSound && silence.isSound && (lastIndex == nil) == (conduct.events == 0)
            && (lastEvent == nil) == (lastIndex == nil) && (openHour == nil || isRated)
            && (conduct.lastRotation ?? 0) <= clock && (verification.blocks.last?.number ?? 0) <= clock / 86_400 / 30
            && (baseline.hours.last.map { last in last.hour <= clock / 3600 && openHour.map { last.hour < $0 } ?? true } ?? true)
            && charges.tampering.allSatisfy { $0.time <= clock } && charges.repeats.allSatisfy { $0.time <= clock }
        guard isSound else { throw VigilError(.stateInvalid, "the parts of the state contradict each other") }
    }

    private static func sound<Value>(_ value: Value?) throws(VigilError) -> Value {
        guard let value else { throw VigilError(.stateInvalid, "a \(Value.self) that no watch writes") }
        return value
    }
}

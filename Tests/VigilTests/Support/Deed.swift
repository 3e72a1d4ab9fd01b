import ChanceryVigil

/// One fact of a history, for the watch and for its twin.
enum Deed: Sendable {
    case event(
        index: UInt64, time: Int64, type: String, peer: String?, verified: Bool, timestamped: Bool, attested: Bool)
    case charge(Violation, time: Int64, evidence: String)

    func apply(to watch: inout AgentWatch) {
        switch self {
        case .event(let index, let time, let type, let peer, let verified, let timestamped, let attested):
            watch.observe(
                ObservedEvent(
                    index: index, time: time, type: type, peer: peer, isPeerVerified: verified, isTimestamped: timestamped,
                    isAttested: attested))
        case .charge(let violation, let time, let evidence): watch.charge(violation, at: time, evidence: evidence)
        }
    }
}

extension AgentWatch {
    init(_ agent: String, _ deeds: [Deed]) {
        self.init(agent: agent, profile: .standard)
        for deed in deeds { deed.apply(to: &self) }
    }

    init(_ deeds: [Deed], profile: VigilProfile = .standard) {
        self.init(agent: "a", profile: profile)
        for deed in deeds { deed.apply(to: &self) }
    }
}

/// Histories that visit what the scores look at: bursts, silences, many peers and few, times that fall, charges.
enum Histories {
    static func random(seed: UInt64, count: Int) -> [Deed] {
        var generator = SeededGenerator(seed: seed)
        var time: Int64 = 1_787_776_000
        var deeds: [Deed] = []
        var peers = 1
        var care = 50
        for index in 0..<count {
            if Int.random(in: 0..<12, using: &generator) == 0 {
                peers = [1, 2, 5, 30].randomElement(using: &generator) ?? 1
                care = [0, 40, 100].randomElement(using: &generator) ?? 0
            }
            time += step(&generator)
            let draw = Int.random(in: 0..<100, using: &generator)
            if draw < 2, let violation = Violation.allCases.randomElement(using: &generator) {
                deeds.append(.charge(violation, time: time, evidence: "evidence-\(index)"))
                continue
            }
            let contact = draw < 50
            let type =
                contact
                ? ["a2a_message", "a2a_handshake", "a2a_request", "a2a_response", "external_interaction"]
                    .randomElement(using: &generator) ?? ""
                : draw < 54 ? "key_rotation" : draw < 56 ? "genesis" : "tool_call"
            let lag: Int64 = draw % 17 == 0 ? 4000 : 0
            deeds.append(
                .event(
                    index: UInt64(index * 3), time: time - lag, type: type,
                    peer: draw % 23 == 1 ? nil : "p\(Int.random(in: 0..<peers, using: &generator))",
                    verified: Int.random(in: 0..<100, using: &generator) < care,
                    timestamped: Int.random(in: 0..<100, using: &generator) < care, attested: draw % 2 == 0))
        }
        return deeds
    }

    private static func step(_ generator: inout SeededGenerator) -> Int64 {
        switch Int.random(in: 0..<100, using: &generator) {
        case ..<60: Int64.random(in: 0...60, using: &generator)
        case ..<80: Int64.random(in: 60...5000, using: &generator)
        case ..<95: Int64.random(in: 5000...90_000, using: &generator)
        default: Int64.random(in: 90_000...1_500_000, using: &generator)
        }
    }

    /// Hourly events of a steady agent that meets two peers in turn; every event has what it should.
    static func steady(hours: Int, from start: Int64 = 1_787_774_400, index: UInt64 = 0, timestamped: Bool = true) -> [Deed] {
        (0..<hours).map { hour in
            .event(
                index: index + UInt64(hour), time: start + Int64(hour) * 3600, type: "a2a_message", peer: "p\(hour % 2)",
                verified: true, timestamped: timestamped, attested: false)
        }
    }
}

import ChanceryVigil
import ChanceryWire
import Testing

struct StabilityTests {
    /// The states that a course of hourly scores goes through.
    private struct Course {
        var baseline = TrustBaseline()
        var machine = StabilityMachine()

        mutating func take(_ score: Int64, at hour: Int64) -> StabilityState {
            machine.step(StabilityMachine.finding(baseline.measure(score, at: hour)), at: hour, index: nil)
            baseline.add(score, at: hour)
            return machine.state
        }

        static func states(_ steps: [(hour: Int64, score: Int64)]) -> [StabilityState] {
            var course = Course()
            return steps.map { course.take($0.score, at: $0.hour) }
        }
    }

    /// The scores of a vector, and what the reference made of them.
    private func vector(_ name: String) throws -> (steps: [(hour: Int64, score: Int64)], reference: [String]) {
        let entry = try #require(Vectors.cases("tsi.json").first { $0["name"]?.string == name })
        let steps = try #require(entry["steps"]?.array)
        return (
            try steps.map {
                (try #require($0["t"]?.integer) / 3600, Int64((try #require($0["score"]?.number) * 1_000_000).rounded()))
            }, steps.compactMap { $0["expected"]?["tsi_state"]?.string }
        )
    }

    @Test func `unstable for more than two days is critical, whatever came before`() throws {
        let (steps, reference) = try vector("watch_then_unstable_never_critical")
        #expect(!reference.contains("CRITICAL") && reference.last == "STABLE")
        let states = Course.states(steps)
        #expect(states.prefix(4) == [.stable, .stable, .watch, .unstable])
        #expect(states.suffix(2) == [.critical, .critical])
    }

    @Test func `critical does not end at the next score`() throws {
        let (steps, reference) = try vector("unstable_then_critical")
        #expect(reference.suffix(3) == ["CRITICAL", "WATCH", "WATCH"])
        #expect(Course.states(steps).suffix(3) == [.critical, .critical, .critical])
    }

    @Test func `a rise is never unstable`() {
        let reference = (try? vector("improvement_is_flagged_by_z").reference) ?? []
        #expect(reference.last == "UNSTABLE")
        // The same scores, hour by hour.
        let scores: [Int64] = (0..<12).map { $0 % 2 == 0 ? 500_000 : 502_000 } + [900_000, 1_000_000]
        let states = Course.states(scores.enumerated().map { (Int64($0.offset), $0.element) })
        #expect(states.allSatisfy { $0 == .stable })
    }

    @Test func `a fall is remembered for two days and then forgiven`() {
        var course = Course()
        for hour in 0..<100 as Range<Int64> { _ = course.take(hour % 2 == 0 ? 900_000 : 600_000, at: hour) }
        // Far apart scores: no deviation is large, so only the difference to a day before speaks.
        course.machine = StabilityMachine()
        var states: [StabilityState] = []
        for hour in 100..<200 as Range<Int64> { states.append(course.take(hour % 2 == 0 ? 740_000 : 440_000, at: hour)) }
        #expect(states[0..<48].allSatisfy { $0 == .unstable })
        #expect(states[48...].allSatisfy { $0 == .stable || $0 == .watch })
    }

    @Test func `waiting makes nothing better`() {
        var machine = StabilityMachine()
        machine.step(.unstable, at: 100, index: 7)
        for (hour, state) in [(101, StabilityState.unstable), (148, .unstable), (149, .critical), (9000, .critical)] {
            machine.elapse(to: Int64(hour))
            #expect(machine.state == state, "\(hour)")
        }
        #expect(machine.evidence == 7)
        // A score after the wait ends it only a day after it had become critical.
        var early = machine
        early.step(.none, at: 172, index: 8)
        #expect(early.state == .critical)
        machine.step(.none, at: 173, index: 9)
        #expect(machine.state == .stable)
    }

    @Test(arguments: [
        (StabilityState.stable, StabilityMachine.Finding.none, StabilityState.stable), (.stable, .watch, .watch),
        (.stable, .unstable, .unstable), (.watch, .none, .stable), (.watch, .watch, .watch), (.watch, .unstable, .unstable),
        (.unstable, .none, .unstable), (.unstable, .watch, .unstable), (.unstable, .unstable, .unstable),
        (.critical, .none, .critical), (.critical, .watch, .critical), (.critical, .unstable, .critical),
    ])
    func `the next hour's state is that of the table`(
        state: StabilityState, finding: StabilityMachine.Finding, next: StabilityState
    ) throws {
        var machine = try #require(StabilityMachine(state: state, since: 100, lastFinding: 100, evidence: nil))
        machine.step(finding, at: 101, index: nil)
        #expect(machine.state == next)
    }

    @Test(arguments: [
        (StabilityState.unstable, StabilityMachine.Finding.none, StabilityState.stable), (.unstable, .watch, .watch),
        (.critical, .none, .stable), (.critical, .watch, .critical),
    ])
    func `after a calm day the state is that of the table`(
        state: StabilityState, finding: StabilityMachine.Finding, next: StabilityState
    ) throws {
        var machine = try #require(StabilityMachine(state: state, since: 100, lastFinding: 100, evidence: nil))
        machine.step(finding, at: 125, index: nil)
        #expect(machine.state == next)
    }

    @Test(
        arguments: [
            (-80_000, nil, StabilityMachine.Finding.none), (-80_001, nil, .watch), (-150_000, nil, .watch),
            (-150_001, nil, .unstable),
            (nil, 1_800_000, .none), (nil, 1_800_001, .watch), (nil, 3_000_000, .watch), (nil, 3_000_001, .unstable),
            (500_000, -9_000_000, .none), (nil, nil, .none),
        ] as [(Int64?, Int64?, StabilityMachine.Finding)])
    func `a bound is not part of what it begins`(delta: Int64?, deviation: Int64?, finding: StabilityMachine.Finding) {
        #expect(StabilityMachine.finding(.init(delta24h: delta, deviation: deviation)) == finding)
    }

    @Test func `reading changes nothing and shrinks no spread`() {
        let deeds = Histories.random(seed: 3, count: 120)
        var read = AgentWatch(agent: "a", profile: .standard)
        var left = read
        for deed in deeds {
            deed.apply(to: &left)
            deed.apply(to: &read)
            let first = read.assessment(at: read.clock + 60)
            for _ in 0..<5 { #expect(read.assessment(at: read.clock + 60) == first) }
        }
        #expect(read == left)
        // In the reference every reading is a snapshot.
        var reference = ReferenceStability()
        #expect(reference.take(0.9, at: 0) != reference.take(0.9, at: 0))
    }

    @Test func `many events in an hour are one score`() {
        var deeds = Histories.steady(hours: 30)
        let steady = AgentWatch(deeds).assessment(at: 0).stabilityReading.snapshots
        for extra in 0..<500 {
            deeds.append(
                .event(
                    index: 900 + UInt64(extra), time: 1_787_774_400 + 29 * 3600 + Int64(extra), type: "s", peer: nil,
                    verified: false, timestamped: true, attested: false))
        }
        #expect(AgentWatch(deeds).assessment(at: 0).stabilityReading.snapshots == steady)
    }

    @Test(arguments: [0, 1, 2, 3, 4, 15, 16, 17, 999_999, 1_000_000, 1 << 40, (1 << 30) * (1 << 30)])
    func `a square root is the largest that fits`(number: Int64) {
        let root = TrustBaseline.squareRoot(number)
        #expect(root * root <= number && (root + 1) * (root + 1) > number)
    }
}

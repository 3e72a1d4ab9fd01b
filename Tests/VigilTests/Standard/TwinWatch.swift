import ChanceryVigil
import Foundation

/// The standard engine once more, without any state: every number straight from the whole history.
struct TwinWatch {
    struct Event {
        let index: UInt64
        let time: Int64
        let type: String
        let peer: String
        let verified, timestamped, attested: Bool

        var isContact: Bool {
            ["a2a_handshake", "a2a_message", "a2a_handshake_complete", "external_interaction"].contains(type)
        }
        var isInteraction: Bool { isContact || type == "a2a_request" || type == "a2a_response" }
        var isRotation: Bool { type == "key_rotation" }
    }

    struct Charge {
        let violation: Violation
        let time: Int64
    }

    var events: [Event] = []
    var charges: [Charge] = []
    let profile: VigilProfile

    init(_ deeds: [Deed], profile: VigilProfile) {
        self.profile = profile
        var clock: Int64 = 0
        for deed in deeds {
            switch deed {
            case .event(let index, let time, let type, let peer, let verified, let timestamped, let attested):
                clock = max(clock, time)
                events.append(
                    Event(
                        index: index, time: clock, type: type, peer: peer ?? "unknown", verified: verified,
                        timestamped: timestamped, attested: attested))
            case .charge(let violation, let time, _):
                clock = max(clock, time)
                charges.append(Charge(violation: violation, time: clock))
            }
        }
    }

    private init(_ other: TwinWatch, until time: Int64) {
        profile = other.profile
        events = other.events.filter { $0.time < time }
        charges = other.charges.filter { $0.time < time }
    }

    var clock: Int64 { max(events.last?.time ?? 0, charges.last?.time ?? 0) }
    private func count(_ kinds: Violation...) -> Int { charges.count { kinds.contains($0.violation) } }
    private static func share(_ part: Int, _ whole: Int) -> Int64 {
        whole == 0 ? 1_000_000 : Int64((2_000_000 * part + whole) / (2 * whole))
    }

    // MARK: trust

    func trust(at now: Int64) -> Int64 {
        let rotations = events.filter(\.isRotation)
        let chain: Int64 = count(.brokenLink, .rewrittenHistory, .tamperedStore, .timeReversal) > 0 ? 0 : 1_000_000
        let forks = 1_000_000 - Self.share(min(5, count(.fork, .equivocation)), 5)
        let signed = Self.share(events.count, events.count + count(.badSignature))
        let attested = Self.share(rotations.count { $0.attested }, rotations.count)
        let integrity = (30 * chain + 25 * forks + 25 * signed + 20 * attested + 50) / 100
        let eligible = events.filter { !$0.isRotation && !["genesis", "identity_created"].contains($0.type) }
        let finality = Self.share(eligible.count { $0.timestamped }, eligible.count)
        var tenths = 0
        for (place, rotation) in rotations.enumerated() {
            tenths += 10 - (rotation.attested ? 0 : 6)
            if place > 0, rotation.time - rotations[place - 1].time < 604_800 { tenths -= 3 }
        }
        let rotation = Self.share(tenths, 10 * rotations.count)
        return (30 * integrity + 25 * verified + 15 * diversity(at: now) + 15 * finality + 15 * rotation + 50) / 100
    }

    private var verified: Int64 {
        let contacts = events.filter(\.isContact)
        guard let newest = contacts.last.map({ $0.time / 86_400 / 30 }) else { return 1_000_000 }
        var part: UInt128 = 0
        var whole: UInt128 = 0
        for contact in contacts {
            let day = contact.time / 86_400
            guard day / 30 > newest - 8 else { continue }
            let weight = UInt128(FixedTables.weight[Int(day % 30)]) << UInt128(day / 30 + 7 - newest)
            whole += weight
            if contact.verified { part += weight }
        }
        return Int64((part * 2_000_000 + whole) / (whole * 2))
    }

    /// Interactions by peer: the sixteen met last by name, all earlier ones of forgotten peers together.
    private var meetings: [(peer: String?, times: [Int64])] {
        var known: [(peer: String?, times: [Int64])] = []
        var others: [Int64] = []
        for event in events where event.isInteraction {
            var row = (peer: Optional(event.peer), times: [Int64]())
            if let place = known.firstIndex(where: { $0.peer == event.peer }) {
                row = known.remove(at: place)
            } else if known.count == 16 {
                others += known.removeFirst().times
            }
            row.times.append(event.time)
            known.append(row)
        }
        return known + [(nil, others)]
    }

    private func counts(at now: Int64, unit: Int64, size: Int64) -> [UInt64] {
        meetings.map { row in UInt64(row.times.count { $0 / unit > now / unit - size }) }
    }

    func diversity(at now: Int64) -> Int64 {
        let month = counts(at: now, unit: 86_400, size: 30)
        return month.reduce(0, +) == 0 ? 1_000_000 : Entropy.normalised(month).value
    }

    // MARK: stability

    struct Stability {
        var state = "STABLE"
        var since: Int64 = 0
        var finding: Int64 = 0
        var delta24h, delta7d, deviation: Int64?
        var snapshots = 0
    }

    func stability(at now: Int64) -> Stability {
        var result = Stability()
        var scores: [(hour: Int64, score: Int64)] = []
        let rated = Set(events.dropFirst(9).map { $0.time / 3600 })
        let charged = Set(charges.filter { $0.violation.isTampering }.map { $0.time / 3600 })
        for hour in rated.union(charged).sorted() {
            Self.wait(&result, hour)
            if charged.contains(hour) {
                if result.state != "CRITICAL" { result.since = hour }
                result.state = "CRITICAL"
                result.finding = max(result.finding, hour)
            }
            guard rated.contains(hour) else { continue }
            let prefix = TwinWatch(self, until: (hour + 1) * 3600)
            let score = prefix.trust(at: prefix.clock)
            Self.judge(&result, scores, score, hour)
            scores.append((hour, score))
            result.snapshots = scores.count { $0.hour / 24 > hour / 24 - 30 }
        }
        Self.wait(&result, now / 3600)
        return result
    }

    private static func wait(_ result: inout Stability, _ hour: Int64) {
        guard result.state == "UNSTABLE", hour > result.since + 48 else { return }
        result.state = "CRITICAL"
        result.since += 48
        result.finding = max(result.finding, result.since)
    }

    private static func judge(_ result: inout Stability, _ scores: [(hour: Int64, score: Int64)], _ score: Int64, _ hour: Int64)
    {
        result.delta24h = scores.last { $0.hour + 24 <= hour }.flatMap { $0.hour + 720 > hour ? score - $0.score : nil }
        result.delta7d = scores.last { $0.hour / 24 + 7 <= hour / 24 }.flatMap {
            $0.hour / 24 + 30 > hour / 24 ? score - $0.score : nil
        }
        let month = scores.filter { $0.hour / 24 > hour / 24 - 30 }.map(\.score)
        result.deviation = nil
        if let lowest = month.min(), month.count > 1, lowest != month.max() {
            let n = Int64(month.count)
            let sum = month.reduce(0, +)
            let spread = n * month.reduce(0) { $0 + $1 * $1 } - sum * sum
            let sigma = max(Int64(Double(spread / (n * (n - 1))).squareRoot()), 30_000)
            result.deviation = (sum - n * score) * 1_000_000 / (n * sigma)
        }
        let severe = (result.delta24h ?? 0) < -150_000 || (result.deviation ?? 0) > 3_000_000
        let slight = (result.delta24h ?? 0) < -80_000 || (result.deviation ?? 0) > 1_800_000
        let calm = hour - result.finding > 24
        let before = result.state
        if severe {
            if before != "CRITICAL" { result.state = "UNSTABLE" }
            result.finding = max(result.finding, hour)
        } else if before == "CRITICAL" {
            if slight { result.finding = max(result.finding, hour) } else if calm { result.state = "STABLE" }
        } else if before != "UNSTABLE" || calm {
            result.state = slight ? "WATCH" : "STABLE"
        }
        if result.state != before {
            result.since = hour
            result.finding = hour
        }
    }

    // MARK: collusion, chain, risk

    func collusion(at now: Int64, peers: [TwinWatch]) -> Int64 {
        let month = counts(at: now, unit: 86_400, size: 30)
        let window = counts(at: now, unit: 3600, size: 48)
        let total = window.reduce(0, +)
        var concentration: Int64 = 0
        if total > 0, let most = window.dropLast().max() {
            concentration = Self.excess(Self.share(Int(most), Int(total)), 700_000)
        }
        var drop: Int64 = 0
        if month.reduce(0, +) >= 5, total >= 5 {
            let fall = Entropy.normalised(month).value - Entropy.normalised(window).value
            drop = fall <= 0 ? 0 : fall <= 400_000 ? Self.share(Int(fall), 800_000) : min(1_000_000, 2 * fall - 300_000)
        }
        let together = peers.map { synchronisation(with: $0, at: now) }.max() ?? 0
        return (30 * concentration + 25 * drop + 25 * together + 20 * silence(at: now) + 50) / 100
    }

    private static func excess(_ share: Int64, _ threshold: Int64) -> Int64 {
        share > threshold ? Self.share(Int(share - threshold), Int(1_000_000 - threshold)) : 0
    }

    private func synchronisation(with other: TwinWatch, at now: Int64) -> Int64 {
        let starts = [self, other].map { $0.events.count < 64 ? 0 : $0.events[$0.events.count - 64].time }
        let start = max(now - 172_800, starts[0], starts[1])
        let mine = events.suffix(64).filter { $0.time >= start && $0.time <= now }
        var theirs = other.events.suffix(64).filter { $0.time >= start && $0.time <= now }
        guard mine.count >= 3, theirs.count >= 3 else { return 0 }
        let whole = min(mine.count, theirs.count)
        let isAnchored = (mine + theirs).allSatisfy { $0.timestamped }
        var matched = 0
        for event in mine {
            if let place = theirs.firstIndex(where: { abs($0.time - event.time) <= 5 }) {
                matched += 1
                theirs.removeSubrange(...place)
            }
        }
        let score = Self.excess(Self.share(matched, whole), 920_000)
        return isAnchored ? score : (score + 1) / 2
    }

    private func silence(at now: Int64) -> Int64 {
        guard
            let place = zip(events, events.dropFirst()).enumerated().reversed().first(where: { pair in
                pair.element.1.time - pair.element.0.time >= 604_800
            })?.offset
        else { return 0 }
        let (start, end) = (events[place].time, events[place + 1].time)
        let burst = events[(place + 1)...].filter { $0.time <= end + 3600 }
        guard burst.count >= 5, now - end <= 2_592_000 else { return 0 }
        let length = Self.share(Int(min(end - start, 1_814_400)), 1_814_400)
        let score = (40 * length + 60 * Self.share(min(burst.count - 5, 5), 5) + 50) / 100
        return burst.allSatisfy { $0.timestamped } ? score : (score + 1) / 2
    }

    func chain(at now: Int64) -> Int64 {
        let forks = (Self.share(min(3, count(.fork, .equivocation)), 3) * 40 + 50) / 100
        let repeats = charges.filter { !$0.violation.isTampering && now - $0.time < 2_592_000 }.count
        var score = forks + (Self.share(min(2, repeats), 2) * 40 + 50) / 100
        if count(.brokenLink, .rewrittenHistory, .tamperedStore, .badSignature) > 0 { score += 300_000 }
        if count(.timeReversal) > 0 { score += 100_000 }
        return min(score, 1_000_000)
    }

    func isHeld(at now: Int64) -> Bool {
        charges.contains {
            $0.violation.isTampering && $0.time + ($0.violation.party == .submitter ? 86_400 : 2_592_000) > now
        }
    }

    func risk(at now: Int64, peers: [TwinWatch]) -> Int64? {
        guard !events.isEmpty || !charges.isEmpty else { return nil }
        let trust = events.count < 10 ? 500_000 : trust(at: now)
        let weight: Int64 = ["STABLE": 0, "WATCH": 250_000][stability(at: now).state] ?? 1_000_000
        let parts = [
            (1_000_000 - trust, profile.weights.trust), (weight, profile.weights.stability),
            (collusion(at: now, peers: peers), profile.weights.collusion), (chain(at: now), profile.weights.chain),
        ]
        let sum = parts.reduce(0) { $0 + ($1.0 * $1.1 + 50) / 100 }
        return isHeld(at: now) ? max(sum, 750_000) : sum
    }
}

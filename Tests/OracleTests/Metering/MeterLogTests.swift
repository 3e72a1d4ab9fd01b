import ChanceryLedger
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct MeterLogTests {
    private let activation: Activation

    init() throws {
        var policy = SampleProgram.policy
        policy.clientBudget = 40
        policy.programBudget = 90
        policy.evaluationsPerMinute = 30
        policy.bits = try BitsTerms(
            secrets: 31, bitsPerSecret: 16, client: Share(millionths: 600_000), program: Share.whole)
        policy.rank = try RankTerms(features: 4, client: Share(millionths: 800_000), program: .whole)
        activation = try SampleProgram(policy: policy).activation()
    }

    /// A life of a custodian: reservations, charges, merges, freezes and submissions at random times.
    private func life(_ steps: Int) throws -> (meter: Meter, log: [MeterEntry], certified: [MeterRequest]) {
        var random = Mutator("meters", corpus: [[]])
        let (opened, first) = try Meter.open(activation, at: SampleProgram.start)
        var (meter, log) = (opened, [first])
        var certified: [MeterRequest] = []
        var clock: Int64 = 0
        for step in 0..<steps {
            clock += Int64(random.next(20))
            let now = SampleProgram.later(clock)
            let count = Int64(1 + random.next(3))
            let rows = (0..<count).map { _ in (0..<4).map { _ in Int64(random.next(3)) } }
            let one = try request(
                step, client: random.next(4), ticket: step / 3, evaluations: count, covered: 6, from: now,
                until: now.advanced(bySeconds: 100), rows: rows)
            switch random.next(10) {
            case 0: log.append(meter.suspend(at: now))
            case 1, 2: log.append(meter.resume(at: now))
            case 3:
                if let entry = meter.merge(one, at: now) { log.append(entry) }
                certified.append(one)
            default:
                let verdict = meter.reserve(one, at: now)
                if let entry = verdict.entry { log.append(entry) }
                guard verdict.refusal == nil, random.next(4) > 0 else { continue }
                if let entry = meter.charge(one, at: now).entry { log.append(entry) }
                certified.append(one)
                if let entry = meter.submit(digest(6, step), for: one.claim, at: now).entry { log.append(entry) }
            }
        }
        return (meter, log, certified)
    }

    @Test(arguments: [1, 40, 400])
    func `one entry stands for all before it`(steps: Int) throws {
        let (meter, log, _) = try life(steps)
        let summary = try Meter.summary(of: log, for: activation)
        let read = try MeterEntry(decoding: summary.bytes)
        #expect(read == summary)
        let short = try Meter(rebuilding: [log[0], read], of: activation)
        #expect(short.books.spent == meter.books.spent)
        #expect(short.books.isSuspended == meter.books.isSuspended)
        let now = meter.books.clock
        for client in 0..<4 {
            let id = digest(2, client)
            #expect(short.books.standing(of: id, at: now) == meter.books.standing(of: id, at: now))
        }
        // Nothing is charged a second time.
        var (one, other) = (meter, short)
        for entry in log {
            guard case .charged(let request, _) = entry else { continue }
            #expect(one.merge(request, at: now) == nil)
            #expect(other.merge(request, at: now) == nil)
        }
    }

    @Test func `the books follow from the log, exactly, at every entry`() throws {
        let (meter, log, _) = try life(250)
        #expect(log.count > 100)
        let bytes = try log.map { try $0.bytes }
        let read = try bytes.map { try MeterEntry(decoding: $0) }
        #expect(read == log)
        #expect(try Meter(rebuilding: read, of: activation).books == meter.books)
        // The fold does not depend on where it was cut.
        for cut in stride(from: 1, to: log.count, by: 17) {
            let prefix = try Meter(rebuilding: log[..<cut], of: activation).books
            let again = try Meter(rebuilding: read[..<cut], of: activation).books
            #expect(prefix == again)
            #expect(prefix != meter.books || cut == log.count)
        }
    }

    @Test func `what is spent is the sum over certified claims, whatever happened around them`() throws {
        let (meter, _, certified) = try life(250)
        var totals: [Digest256: Int64] = [:]
        for one in certified { totals[one.client, default: 0] += one.evaluations }
        #expect(meter.books.spent == totals.values.reduce(0, +))
        for (client, spent) in totals {
            let late = SampleProgram.later(1_000_000)
            #expect(meter.books.standing(of: client, at: late).remaining == max(0, 40 - spent))
        }
    }

    // Rule T6: a union, so neither order nor repetition counts.
    @Test func `claims merge to the same totals in any order`() throws {
        let (_, _, certified) = try life(150)
        var random = Mutator("merges", corpus: [[]])
        let late = SampleProgram.later(1_000_000)
        var standings: Set<[Standing]> = []
        for _ in 0..<8 {
            var meter = try Meter.open(activation, at: SampleProgram.start).0
            for one in (certified + certified.prefix(20)).shuffled(using: &random) { _ = meter.merge(one, at: late) }
            standings.insert((0..<4).map { meter.books.standing(of: digest(2, $0), at: late.advanced(bySeconds: 60)) })
        }
        #expect(standings.count == 1)
    }

    @Test func `a custodian that was away serves after a quorum of peers was heard`() throws {
        let (_, log, _) = try life(20)
        var meter = try Meter(rebuilding: log, of: activation)
        _ = meter.resume(at: meter.books.clock)
        let now = meter.books.clock
        let next = try request(1000, client: 9, from: now, until: now.advanced(bySeconds: 50), rows: [[0, 0, 0, 0]])
        #expect(meter.reserve(next, at: now).refusal == .catchingUp)
        // Three of four are a quorum; one of them is itself.
        meter.caughtUp(with: try SampleProgram.did(1))
        meter.caughtUp(with: try SampleProgram.did(1))
        #expect(meter.reserve(next, at: now).refusal == .catchingUp)
        meter.caughtUp(with: try SampleProgram.did(2))
        #expect(meter.reserve(next, at: now).refusal == nil)
    }

    @Test func `a log that does not begin with its activation is refused`() throws {
        let (_, log, _) = try life(10)
        let foreign = try SampleProgram(epoch: 3).activation()
        let cuts: [[MeterEntry]] = [[], Array(log.dropFirst()), [log[0]] + log]
        for entries in cuts {
            #expect(code { _ = try Meter(rebuilding: entries, of: activation) } == "compute.meter_broken")
        }
        #expect(code { _ = try Meter(rebuilding: log, of: foreign) } == "compute.meter_broken")
    }

    @Test func `damaged entries are refused with a code, and none traps the books`() throws {
        let (_, log, _) = try life(40)
        var random = Mutator("meter entries", corpus: try log.map { try $0.bytes })
        var accepted = 0
        for _ in 0..<3000 {
            let input = random.input()
            let outcome = code {
                let entry = try MeterEntry(decoding: input)
                accepted += 1
                if case .opened = entry { return }
                _ = try Meter(rebuilding: [log[0], entry], of: activation)
            }
            #expect(outcome?.hasPrefix("untyped") != true)
        }
        #expect(accepted > 0)
    }

    @Test func `the largest numbers do not overflow`() throws {
        var policy = ComputePolicy()
        policy.cost = ComputePolicy.amounts.upperBound
        policy.clientBudget = policy.cost
        policy.programBudget = policy.cost
        policy.outputBits = 127 * 4096
        policy.bits = try BitsTerms(secrets: 1 << 24, bitsPerSecret: 127, client: .whole, program: .whole)
        policy.evaluationsPerMinute = 1_000_000
        var meter = try Meter.open(SampleProgram(policy: policy).activation(), at: UTCTime(milliseconds: 0)).0
        for number in 0..<4 {
            _ = meter.merge(try request(number, evaluations: 4096, covered: 1_000_000), at: UTCTime(milliseconds: .max))
        }
        #expect(meter.books.spent == .max)
        let standing = meter.books.standing(of: digest(2, 1), at: UTCTime(milliseconds: .max))
        #expect((standing.remaining, standing.bitsRemaining) == (0, 0))
    }
}

import ChanceryCustodian
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import Testing

struct RefusalTallyTests {
    private static let start = UTCTime(seconds: 1_790_000_000)
    private static let program = [UInt8](repeating: 7, count: 32)

    private static func digest(_ kind: UInt8, _ number: Int) -> Digest256 { .sha256(prefix: kind, Array("\(number)".utf8)) }

    private static func refusal(_ claim: Int, client: Int = 1, _ reason: ComputeRefusal = .budget) -> EvaluationEvent {
        EvaluationEvent(
            claim: digest(1, claim), client: digest(2, client), outcome: .refused, refusal: reason,
            standing: Meter.detached(ComputePolicy(), at: start).books.standing(of: digest(2, client), at: start), time: start)
    }

    @Test func `one refusal of a client for a reason is an event in a minute, and says how many are not`() {
        var tally = RefusalTally()
        func take(_ refusal: EvaluationEvent, _ seconds: Int64) -> [Int64] {
            tally.take(refusal, in: Self.program, at: Self.start.advanced(bySeconds: seconds)).map(\.event.others)
        }
        #expect(take(Self.refusal(0), 0) == [0])
        for claim in 1...1000 { #expect(take(Self.refusal(claim), 1) == []) }
        // Others, and other reasons, have minutes of their own.
        #expect(take(Self.refusal(2000, client: 2), 2) == [0])
        #expect(take(Self.refusal(2001, .rate), 2) == [0])
        #expect(take(Self.refusal(2002), 60) == [1000])
        #expect(take(Self.refusal(2003), 61) == [])
        // With nothing more to come the count is written when its minute is over.
        #expect(tally.settle(at: Self.start.advanced(bySeconds: 119)).isEmpty)
        let last = tally.settle(at: Self.start.advanced(bySeconds: 120))
        #expect(last.map(\.event.claim) == [Self.digest(1, 2003)])
        #expect(last.map(\.event.others) == [0])
        #expect(take(Self.refusal(2004), 121) == [])
        #expect(tally.settle(at: Self.start.advanced(bySeconds: 180)).count == 1)
        #expect(tally.settle(at: Self.start.advanced(bySeconds: 240)).isEmpty)
        #expect(take(Self.refusal(2005), 241) == [0])
    }

    @Test func `one claim is counted once for each reason`() {
        var tally = RefusalTally()
        for seconds: Int64 in [0, 1, 61, 3600] {
            let time = Self.start.advanced(bySeconds: seconds)
            #expect(tally.take(Self.refusal(0), in: Self.program, at: time).count == (seconds == 0 ? 1 : 0))
            #expect(tally.settle(at: time).isEmpty)
        }
        #expect(tally.take(Self.refusal(0, .notActive), in: Self.program, at: Self.start).count == 1)
    }

    @Test func `more clients than are counted at once are written down, and none is lost`() {
        var tally = RefusalTally()
        let clients = RefusalTally.mostAccounts + 10
        var (written, others) = (0, Int64(0))
        func add(_ notes: [RefusalTally.Note]) {
            written += notes.count
            others += notes.reduce(0) { $0 + $1.event.others }
        }
        for client in 0..<clients {
            for claim in 0..<3 {
                add(tally.take(Self.refusal(3 * client + claim, client: client), in: Self.program, at: Self.start))
            }
        }
        add(tally.settle())
        #expect(written + Int(others) == 3 * clients)
        #expect(written == 2 * clients)
    }
}

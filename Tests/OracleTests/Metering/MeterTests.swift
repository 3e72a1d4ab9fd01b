import ChanceryArithmetic
import ChanceryLedger
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct MeterTests {
    private typealias Sample = SampleProgram

    private static func meter(_ change: (inout ComputePolicy) throws -> Void = { _ in }) throws -> Meter {
        var policy = Sample.policy
        try change(&policy)
        return try Meter.open(Sample(policy: policy).activation(), at: Sample.start).0
    }

    private static func spend(_ meter: inout Meter, _ request: MeterRequest, at time: UTCTime = Sample.start) -> ComputeRefusal?
    {
        let verdict = meter.reserve(request, at: time)
        guard verdict.refusal == nil else { return verdict.refusal }
        return meter.charge(request, at: time).refusal
    }

    @Test func `a client's budget ends, and another client has its own`() throws {
        var meter = try Self.meter()
        for number in 0..<5 { #expect(try Self.spend(&meter, request(number)) == nil) }
        #expect(try Self.spend(&meter, request(5)) == .budget)
        #expect(try Self.spend(&meter, request(6, client: 2)) == nil)
        #expect(meter.books.spent == 6)
        #expect(meter.books.standing(of: digest(2, 1), at: Sample.start).remaining == 0)
    }

    // QuorumVM gave a new budget for each name; here keys can be many, and the programme's budget holds for all of them.
    @Test func `many clients together stay within the programme's budget`() throws {
        var meter = try Self.meter { $0.programBudget = 12 }
        let refusals = try (0..<20).map { try Self.spend(&meter, request($0, client: $0)) }
        #expect(refusals == Array(repeating: nil, count: 12) + Array(repeating: .programBudget, count: 8))
    }

    @Test func `a refusal costs nothing`() throws {
        var meter = try Self.meter { $0.evaluationsPerMinute = 2 }
        #expect(try Self.spend(&meter, request(0, evaluations: 2)) == nil)
        let before = meter.books
        #expect(try meter.reserve(request(1), at: Sample.start).refusal == .rate)
        #expect(try meter.reserve(request(2, evaluations: 4), at: Sample.start).refusal == .budget)
        #expect(try meter.reserve(request(3, ticketUntil: Sample.later(4000)), at: Sample.start).refusal == .ticketTooLong)
        #expect(meter.books == before)
        #expect(try Self.spend(&meter, request(4), at: Sample.later(30)) == nil)
    }

    @Test func `what would be refused is told beforehand, and nothing is kept`() throws {
        var meter = try Self.meter { $0.evaluationsPerMinute = 2 }
        let asked = try [
            request(1), request(2, evaluations: 3), request(3, evaluations: 6), request(4, ticketUntil: Sample.later(4000)),
        ]
        let before = meter.books
        let told = asked.map { meter.refusal($0, at: Sample.start) }
        #expect(told == [nil, .rate, .budget, .ticketTooLong])
        #expect(meter.books == before)
        for (request, refusal) in zip(asked, told).reversed() {
            #expect(meter.reserve(request, at: Sample.start).refusal == refusal)
        }
        // What is decided is not refused.
        #expect(meter.refusal(asked[0], at: Sample.start) == nil)
        _ = meter.charge(asked[0], at: Sample.start)
        let claim = asked[0].claim
        #expect(meter.hasCharged(claim) && !meter.hasCharged(asked[1].claim))
    }

    @Test func `a reservation keeps its budget until it expires`() throws {
        var meter = try Self.meter()
        #expect(try meter.reserve(request(0, evaluations: 4), at: Sample.start).refusal == nil)
        #expect(try meter.reserve(request(1, evaluations: 2), at: Sample.start).refusal == .budget)
        #expect(try meter.reserve(request(1, evaluations: 1), at: Sample.start).refusal == nil)
        let late = Sample.later(300)
        #expect(try meter.reserve(request(0, evaluations: 4), at: late).refusal == .ticketExpired)
        let again = try request(2, evaluations: 5, from: late, until: Sample.later(600))
        #expect(Self.spend(&meter, again, at: late) == nil)
        // What comes too late is counted all the same, once its certificate is there.
        let verdict = try meter.charge(request(0, evaluations: 4), at: late)
        #expect(verdict.refusal == .claimExpired)
        #expect(verdict.entry != nil)
        #expect(meter.books.spent == 9)
    }

    @Test func `a claim is decided once`() throws {
        var meter = try Self.meter()
        let one = try request(0)
        #expect(meter.reserve(one, at: Sample.start).entry == .reserved(one, at: Sample.start))
        #expect(meter.reserve(one, at: Sample.start) == .repeated)
        #expect(meter.charge(one, at: Sample.start).entry != nil)
        #expect(meter.charge(one, at: Sample.start) == .repeated)
        #expect(meter.reserve(one, at: Sample.start) == .repeated)
        #expect(meter.merge(one, at: Sample.start) == nil)
        #expect(meter.books.spent == 1)
    }

    @Test func `a ticket is good for what it covers and while it lasts`() throws {
        var meter = try Self.meter()
        #expect(try Self.spend(&meter, request(0, ticket: 1, evaluations: 2, covered: 3)) == nil)
        #expect(try Self.spend(&meter, request(1, ticket: 1, evaluations: 2, covered: 3)) == .ticketSpent)
        #expect(try Self.spend(&meter, request(2, ticket: 1, evaluations: 1, covered: 3)) == nil)
        #expect(try Self.spend(&meter, request(3, ticket: 1, covered: 3)) == .ticketSpent)
        #expect(try Self.spend(&meter, request(4), at: Sample.later(300)) == .ticketExpired)
        #expect(
            try Self.spend(&meter, request(5, until: Sample.later(100), ticketUntil: Sample.later(900)), at: Sample.later(300))
                == .claimExpired)
        let early = try request(6, from: Sample.later(400), until: Sample.later(500))
        #expect(Self.spend(&meter, early, at: Sample.later(300)) == .ticketEarly)
        #expect(Self.spend(&meter, early, at: Sample.later(340)) == nil)
    }

    @Test func `a spent ticket stays spent until its end`() throws {
        var meter = try Self.meter()
        #expect(try Self.spend(&meter, request(0, ticket: 1, covered: 1)) == nil)
        for seconds: Int64 in [61, 130, 200] {
            #expect(try Self.spend(&meter, request(Int(seconds) + 1000, client: 2), at: Sample.later(seconds)) == nil)
            #expect(
                try Self.spend(&meter, request(Int(seconds), ticket: 1, covered: 1), at: Sample.later(seconds)) == .ticketSpent)
        }
    }

    @Test func `a clock that goes back revives no ticket`() throws {
        var meter = try Self.meter()
        #expect(
            try Self.spend(
                &meter, request(0, client: 2, from: Sample.later(400), until: Sample.later(900)), at: Sample.later(400)) == nil)
        #expect(try Self.spend(&meter, request(1), at: Sample.start) == .ticketExpired)
    }

    @Test func `bits of output end, for a client and for all`() throws {
        var meter = try Self.meter {
            $0.clientBudget = 1000
            $0.programBudget = 1000
            $0.bits = try BitsTerms(
                secrets: 30, bitsPerSecret: 16, client: Share(millionths: 62_500), program: Share(millionths: 125_000))
        }
        // Nine bits for each answer: 30 for a client, 60 for all.
        for number in 0..<3 { #expect(try Self.spend(&meter, request(number)) == nil) }
        #expect(try Self.spend(&meter, request(3)) == .bits)
        for number in 4..<7 { #expect(try Self.spend(&meter, request(number, client: 2)) == nil) }
        #expect(try Self.spend(&meter, request(7, client: 3)) == .programBits)
        #expect(meter.books.standing(of: digest(2, 1), at: Sample.start).bitsRemaining == 3)
    }

    @Test func `new directions end, and known ones go on`() throws {
        var meter = try Self.meter {
            $0.clientBudget = 1000
            $0.programBudget = 1000
            // Of four directions a client gets two and all three.
            $0.rank = try RankTerms(features: 3, client: Share(millionths: 500_000), program: Share(millionths: 750_000))
        }
        #expect(try Self.spend(&meter, request(0, rows: [[1, 0, 0]])) == nil)
        #expect(try Self.spend(&meter, request(1, rows: [[2, 0, 0]])) == nil)
        #expect(try Self.spend(&meter, request(2, rows: [[0, 1, 0]])) == .rank)
        // In the span of (1,1,0,0) and (1,2,0,0).
        #expect(try Self.spend(&meter, request(3, evaluations: 2, rows: [[7, 0, 0], [-3, 0, 0]])) == nil)
        #expect(try Self.spend(&meter, request(4, client: 2, rows: [[0, 1, 0]])) == nil)
        #expect(try Self.spend(&meter, request(5, client: 2, rows: [[0, 0, 1]])) == .programRank)
        #expect(try Self.spend(&meter, request(6, client: 3)) == .rowsRequired)
        #expect(try Self.spend(&meter, request(7, client: 3, rows: [[1, 2]])) == .rowsRequired)
        let standing = meter.books.standing(of: digest(2, 2), at: Sample.start)
        #expect((standing.rank, standing.programRank) == (1, 3))
    }

    /// Rows that are too short would be refused first, were they looked at.
    @Test func `whoever asks too often has no directions counted`() throws {
        var meter = try Self.meter {
            $0.evaluationsPerMinute = 1
            $0.rank = try RankTerms(features: 3, client: .whole, program: .whole)
        }
        #expect(try Self.spend(&meter, request(0, rows: [[1, 0, 0]])) == nil)
        #expect(try Self.spend(&meter, request(1, rows: [[0, 1]])) == .rate)
        #expect(try Self.spend(&meter, request(2, evaluations: 1)) == .rate)
        #expect(try Self.spend(&meter, request(3, rows: [[0, 1]]), at: Sample.later(60)) == .rowsRequired)
    }

    @Test func `directions of one batch count against each other`() throws {
        func meter(client: Int64, program: Int64) throws -> Meter {
            try Self.meter {
                $0.rank = try RankTerms(
                    features: 3, client: Share(millionths: client), program: Share(millionths: program))
            }
        }
        let batch = try request(0, evaluations: 3, rows: [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
        var narrow = try meter(client: 500_000, program: 1_000_000)
        #expect(Self.spend(&narrow, batch) == .rank)
        var wide = try meter(client: 500_000, program: 500_000)
        #expect(try Self.spend(&wide, request(1, client: 2, rows: [[5, 5, 5]])) == nil)
        let pair = try request(2, evaluations: 2, rows: [[1, 0, 0], [0, 1, 0]])
        #expect(Self.spend(&wide, pair) == .programRank)
    }

    @Test func `directions of a claim that others certified count`() throws {
        var meter = try Self.meter {
            $0.rank = try RankTerms(features: 1, client: .whole, program: .whole)
        }
        #expect(try meter.charge(request(0, rows: [[4]]), at: Sample.start).refusal == nil)
        #expect(meter.books.standing(of: digest(2, 1), at: Sample.start).programRank == 1)
        #expect(try meter.merge(request(1, rows: [[5]]), at: Sample.start) != nil)
        #expect(meter.books.standing(of: digest(2, 1), at: Sample.start).rank == 2)
    }

    @Test func `a frozen program serves nobody and still counts what is certified`() throws {
        var meter = try Self.meter()
        _ = meter.suspend(at: Sample.start)
        #expect(!meter.isServing)
        #expect(try meter.reserve(request(0), at: Sample.start).refusal == .notActive)
        let verdict = try meter.charge(request(1), at: Sample.start)
        #expect(verdict.refusal == .notActive)
        #expect(meter.books.spent == 1)
        _ = meter.resume(at: Sample.start)
        #expect(try Self.spend(&meter, request(2)) == nil)
    }

    @Test func `masked inputs are taken once for each charged claim`() throws {
        var meter = try Self.meter()
        #expect(meter.submit(digest(5, 1), for: digest(1, 0), at: Sample.start).refusal == .unclaimed)
        #expect(try Self.spend(&meter, request(0)) == nil)
        #expect(meter.submit(digest(5, 1), for: digest(1, 0), at: Sample.start).refusal == nil)
        #expect(meter.submit(digest(5, 1), for: digest(1, 0), at: Sample.start) == .repeated)
        #expect(meter.submit(digest(5, 2), for: digest(1, 0), at: Sample.start).refusal == .submitted)
    }

    @Test func `a request comes only from a claim of this activation with its rows`() throws {
        let sample = try Sample()
        let ticket = try sample.ticket()
        let claim = try sample.claim(ticket)
        #expect(code { _ = try MeterRequest(claim, ticket: ticket, under: sample.terms) } == nil)
        let other = try Sample(epoch: 2).terms
        #expect(code { _ = try MeterRequest(claim, ticket: ticket, under: other) } == "compute.claim_foreign")
        let strange = try sample.ticket(nonce: 2)
        #expect(code { _ = try MeterRequest(claim, ticket: strange, under: sample.terms) } == "compute.claim_malformed")
        let rows = try PlainRows(inputs: [[.one]])
        let plain = try sample.claim(ticket, rows: rows)
        #expect(code { _ = try MeterRequest(plain, ticket: ticket, under: sample.terms, rows: rows) } == nil)
        #expect(code { _ = try MeterRequest(plain, ticket: ticket, under: sample.terms) } == "compute.rows_malformed")
        #expect(
            code { _ = try MeterRequest(plain, ticket: ticket, under: sample.terms, rows: PlainRows(inputs: [[.zero]])) }
                == "compute.rows_malformed")
    }
}

internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryWire

/// A client's requests over time against one budget and one bucket, through the meter that custodians use.
enum PolicyCase {
    static func run(_ value: JSONValue, _ index: Int, _ log: inout CaseLog) {
        log.run("policy \(index)") { comparison in
            var policy = ComputePolicy()
            policy.cost = try value.number("cost_per_eval")
            policy.clientBudget = try value.number("budget_per_identity")
            policy.programBudget = ComputePolicy.amounts.upperBound
            policy.evaluationsPerMinute = try value.number("max_evals_per_minute")
            policy.ticketSeconds = 86_400
            var meter = Meter.detached(policy, at: UTCTime(milliseconds: 0))
            let client = digest(0, index)
            for (number, event) in try value.list("events").enumerated() {
                let time = UTCTime(milliseconds: try milliseconds(event))
                let request = try MeterRequest(
                    claim: digest(1, number), client: client, ticket: digest(2, number), evaluations: 1, covered: 1,
                    issued: time, ticketExpires: time.advanced(bySeconds: 60), expires: time.advanced(bySeconds: 60))
                let verdict = meter.reserve(request, at: time)
                if verdict.refusal == nil { _ = meter.charge(request, at: time) }
                comparison.equal("decision \(number)", name(verdict), try event.text("decision"))
                comparison.equal(
                    "remaining \(number)", meter.books.standing(of: client, at: time).remaining, try event.number("remaining"))
            }
        }
    }

    private static func name(_ verdict: Verdict) -> String {
        switch verdict.refusal {
        case nil: "allowed"
        case .budget: "budget_exhausted"
        case .rate: "rate_limited"
        case let other?: other.rawValue
        }
    }

    /// Times are seconds with at most three decimals.
    private static func milliseconds(_ event: JSONValue) throws -> Int64 {
        switch try event.stated("t") {
        case .integer(let seconds): seconds * 1000
        case .double(let seconds): Int64((seconds * 1000).rounded())
        default: throw MissingStatement(path: "t")
        }
    }

    private static func digest(_ kind: UInt8, _ number: Int) -> Digest256 { .sha256(prefix: kind, Array("\(number)".utf8)) }
}

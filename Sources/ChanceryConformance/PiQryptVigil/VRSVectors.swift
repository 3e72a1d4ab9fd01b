internal import ChanceryLedger
internal import ChanceryVigil
internal import ChanceryWire

/// Chain anomalies, risk scores and their bands.
enum VRSVectors {
    static let runner = VectorRunner(
        "PiQrypt risk scores", name: "vrs.json", members: ["cases", "chain_risk", "states"],
        run: { file, mode, log in
            let document = try file.document
            for entry in try document.list("chain_risk") {
                log.run("chain risk \(entry["name"]?.string ?? "?")") { try checkChain(entry, mode, &$0) }
            }
            for entry in try document.list("cases") { log.run(entry["name"]?.string ?? "?") { try check(entry, &$0) } }
            for entry in try document.list("states") {
                let risk = try entry.decimal("vrs")
                log.run("state of \(risk)") { $0.equal("state", ReferenceRisk.state(risk), try entry.text("state")) }
            }
        })

    private static func checkChain(_ entry: JSONValue, _ mode: ConformanceMode, _ comparison: inout Comparison) throws {
        let events = try entry.list("events")
        guard mode == .compat || entry["recommended_min_score"] == nil else {
            let found = standardAssessment(events)
            let least = try entry.decimal("recommended_min_score")
            comparison.isTrue("score of at least \(least)", Double(found.chain.value) >= least * 1_000_000)
            comparison.equal("band", found.band, .critical)
            return
        }
        let facts = try PiQryptVigilVectors.facts(events)
        let stated = try entry.stated("expected")
        comparison.equal("score", facts.score, try stated.decimal("score"))
        comparison.equal("anomaly_types", facts.anomalies, try stated.list("anomaly_types").compactMap(\.string))
    }

    /// The standard engine, told of what the chain functions find.
    private static func standardAssessment(_ events: [JSONValue]) -> Assessment {
        var watch = AgentWatch(agent: events.first?["agent_id"]?.string ?? "", profile: .standard)
        let findings = [
            (ReferenceVerifier.verifyLinkage(events), Violation.brokenLink),
            (ReferenceVerifier.verifyMonotonicTimestamps(events), .timeReversal),
        ]
        for (verdict, violation) in findings where !verdict.accepts {
            watch.charge(violation, at: 0, evidence: verdict.eventIndex.map { "\($0)" } ?? "")
        }
        return watch.assessment(at: 0)
    }

    private static func check(_ entry: JSONValue, _ comparison: inout Comparison) throws {
        let events = try entry.list("events")
        let found = ReferenceRisk(
            events, facts: try PiQryptVigilVectors.facts(events),
            prior: try entry.list("prior_trust_snapshots").map { (time: try $0.number("t"), score: try $0.decimal("score")) },
            peers: try A2CVectors.peers(entry), at: try entry.number("current_time"))
        let stated = try entry.stated("expected")
        comparison.equal("vrs", found.risk, try stated.decimal("vrs"))
        comparison.equal("state", found.state, try stated.text("state"))
        comparison.equal("trust_score", found.trust.score, try stated.decimal("trust_score"))
        comparison.equal("tsi_state", found.stability.state, try stated.text("tsi_state"))
        comparison.equal("a2c_risk", found.collusion.risk, try stated.decimal("a2c_risk"))
        comparison.equal("chain_score", found.chain, try stated.decimal("chain_score"))
        let contributions = try stated.stated("contributions")
        for (name, value) in zip(["trust_score", "tsi", "a2c", "chain"], found.contributions) {
            comparison.equal("contribution \(name)", value, try contributions.decimal(name))
        }
        comparison.equal("alerts", found.alerts, try stated.list("alerts").compactMap(\.string))
    }
}

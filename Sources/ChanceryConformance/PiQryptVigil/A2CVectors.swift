internal import ChanceryVigil
internal import ChanceryWire

/// Lists of interactions and the signs of collusion in them.
enum A2CVectors {
    static let runner = VectorRunner(
        "PiQrypt collusion scores", name: "a2c.json", members: ["cases", "severity_bands"],
        run: { file, _, log in
            let document = try file.document
            for entry in try document.list("cases") { log.run(entry["name"]?.string ?? "?") { try check(entry, &$0) } }
            for entry in try document.list("severity_bands") {
                let score = try entry.decimal("score")
                log.run("severity of \(score)") {
                    $0.equal("severity", ReferenceIndicator.severity(score), try entry.text("severity"))
                }
            }
        })

    /// The events of other agents, in the order of the file.
    static func peers(_ entry: JSONValue) throws -> [(agent: String, events: [JSONValue])] {
        let stated = try entry.stated("peer_events")
        guard !stated.isNull else { return [] }
        return try entry.record("peer_events").members.map { ($0.name, try stated.list($0.name)) }
    }

    private static func check(_ entry: JSONValue, _ comparison: inout Comparison) throws {
        let found = ReferenceCollusion(
            try entry.list("events"), peers: try peers(entry), at: try entry.number("current_time"))
        let stated = try entry.stated("expected")
        comparison.equal("a2c_risk", found.risk, try stated.decimal("a2c_risk"))
        comparison.equal("severity", found.severity, try stated.text("severity"))
        let (indicators, weighted) = (try stated.stated("indicators"), try stated.stated("weighted_scores"))
        for (indicator, weight) in zip(found.indicators, found.weighted) {
            comparison.equal(indicator.name, indicator.json(), try indicators.stated(indicator.name))
            comparison.equal("weighted \(indicator.name)", weight, try weighted.decimal(indicator.name))
        }
        comparison.equal(
            "alert_indicators", found.indicators.filter(\.isAlert).map(\.name),
            try stated.list("alert_indicators").compactMap(\.string))
    }
}

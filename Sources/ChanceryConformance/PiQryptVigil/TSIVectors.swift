internal import ChanceryVigil
internal import ChanceryWire

/// Sequences of trust scores and the stability index after each.
enum TSIVectors {
    static let runner = VectorRunner(
        "PiQrypt stability index", name: "tsi.json", members: ["cases", "rules"],
        run: { file, _, log in
            for entry in try file.document.list("cases") {
                log.run(entry["name"]?.string ?? "?") { try check(entry, &$0) }
            }
        })

    private static func check(_ entry: JSONValue, _ comparison: inout Comparison) throws {
        var index = ReferenceStability()
        for (place, step) in try entry.list("steps").enumerated() {
            let found = index.take(try step.decimal("score"), at: try step.number("t"))
            let stated = try step.stated("expected")
            comparison.equal("state \(place)", found.state, try stated.text("tsi_state"))
            comparison.equal("delta_24h \(place)", found.delta24h, try stated.optionalDecimal("delta_24h"))
            comparison.equal("delta_7d \(place)", found.delta7d, try stated.optionalDecimal("delta_7d"))
            comparison.equal("z_score \(place)", found.deviation, try stated.optionalDecimal("z_score"))
            comparison.equal("baseline_mean \(place)", found.mean, try stated.decimal("baseline_mean"))
            comparison.equal("baseline_std \(place)", found.spread, try stated.optionalDecimal("baseline_std"))
            comparison.equal("snapshot_count \(place)", Int64(found.snapshots), try stated.number("snapshot_count"))
            comparison.equal("unstable_since \(place)", found.unstableSince, try stated.stated("unstable_since").integer)
            comparison.equal("reasons \(place)", Int64(found.reasons), try step.number("reasons"))
        }
    }
}

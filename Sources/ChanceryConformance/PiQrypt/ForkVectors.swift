internal import ChanceryLedger
internal import ChanceryWire

/// Forked chains, the canonical branch and whether final history is touched.
enum ForkVectors {
    static let runner = VectorRunner(
        "forked chains",
        recognises: { file in
            file.name == "forks.json" && file.json?["cases"]?.array?.first?["branches"] != nil
        },
        run: { file, mode, log in
            for entry in try (file.json ?? .null).list("cases") {
                log.run(entry["name"]?.string ?? "?") { try check(entry, mode, &$0) }
            }
        })

    private static func check(_ entry: JSONValue, _ mode: ConformanceMode, _ comparison: inout Comparison) throws {
        let branches = try entry.list("branches").map { try ($0.array ?? []).map { try Event($0) } }
        let anchors = try entry.stated("verified_anchors")
        let expected = try entry.stated("expected")
        comparison.equal("branch_heads", branches.map { $0.last?.hash }, try entry.list("branch_heads").map(\.string))
        guard let resolution = ForkResolution(branches, verifiedTime: { anchors[$0.hash]?.integer }) else {
            throw MissingStatement(path: "branches")
        }
        comparison.equal(
            "canonical_branch_index", Int64(resolution.canonical), try expected.number("canonical_branch_index"))
        comparison.equal(
            "non_canonical_order", .array(resolution.ranking.dropFirst().map { .integer(Int64($0)) }),
            try expected.stated("non_canonical_order"))
        let reference = try expected.text("classification")
        let recommended = try expected.text("recommended_classification")
        let found = mode == .strict ? resolution.classification : resolution.referenceClassification
        comparison.equal("classification", found.rawValue, mode == .strict ? recommended : reference)
        if mode == .compat || reference == recommended {
            resolve(resolution, found, try expected.stated("resolve"), &comparison)
        }
        try union(branches, try expected.stated("find_forks_on_union"), &comparison)
    }

    private static func resolve(
        _ resolution: ForkResolution, _ classification: ForkResolution.Classification, _ stated: JSONValue,
        _ comparison: inout Comparison
    ) {
        guard classification == .forkDetected else {
            comparison.equal("resolve ok", stated["ok"], .bool(false))
            comparison.equal("resolve error", "ForkAfterFinalizationError", stated["error"]?.string)
            return
        }
        let value: JSONValue = [
            "status": .string(classification.rawValue), "canonical_length": .integer(Int64(resolution.length)),
            "tsa_anchored_events": .integer(Int64(resolution.anchors)),
        ]
        comparison.equal("resolve ok", stated["ok"], .bool(true))
        comparison.equal("resolve", value, stated["value"])
    }

    /// Every event of all branches once.
    private static func union(_ branches: [[Event]], _ stated: JSONValue, _ comparison: inout Comparison) throws {
        var seen: Set<String> = []
        let events = branches.joined().filter { seen.insert($0.hash).inserted }
        comparison.equal("find_forks_on_union", Stated.forks(Fork.find(in: events)), stated)
    }
}

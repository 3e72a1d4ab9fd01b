internal import ChanceryVigil
internal import ChanceryWire

/// Trust scores, their parts, weights by age and tiers.
enum TrustScoreVectors {
    static let runner = VectorRunner(
        "PiQrypt trust scores", name: "trust_score.json", members: ["cases", "tiers", "temporal_weight"],
        run: { file, _, log in
            let document = try file.document
            for entry in try document.list("cases") { log.run(entry["name"]?.string ?? "?") { try check(entry, &$0) } }
            for entry in try document.list("tiers") {
                let score = try entry.decimal("score")
                log.run("tier of \(score)") { $0.equal("tier", ReferenceTrust.tier(score), try entry.text("tier")) }
            }
            for entry in try document.list("temporal_weight") {
                let age: Int64 = try entry.number("age_s")
                log.run("weight at \(age) s") {
                    $0.equal("weight", ReferenceTrust.weight(age: age), try entry.decimal("weight"))
                }
            }
        })

    private static func check(_ entry: JSONValue, _ comparison: inout Comparison) throws {
        let events = try entry.list("events")
        let found = ReferenceTrust(events, facts: try PiQryptVigilVectors.facts(events), at: try entry.number("current_time"))
        let stated = try entry.stated("expected")
        let parts = try stated.stated("I_parts")
        let details = try stated.stated("D_details")
        comparison.equal("trust_score", found.score, try stated.decimal("trust_score"))
        comparison.equal("tier", found.tier, try stated.text("tier"))
        comparison.equal("hash_chain", found.integrityParts.chain, try parts.decimal("hash_chain"))
        comparison.equal("no_forks", found.integrityParts.forks, try parts.decimal("no_forks"))
        comparison.equal("signatures", found.integrityParts.signatures, try parts.decimal("signatures"))
        comparison.equal("rotations", found.integrityParts.rotations, try parts.decimal("rotations"))
        comparison.equal("V_t", found.verified, try stated.decimal("V_t"))
        comparison.equal("D_t", found.diversity, try stated.decimal("D_t"))
        comparison.equal("F", found.finality, try stated.decimal("F"))
        comparison.equal("R", found.rotation, try stated.decimal("R"))
        comparison.equal("unique_peers", Int64(found.uniquePeers), try details.number("unique_peers"))
        comparison.equal("total_recent", Int64(found.recentInteractions), try details.number("total_recent"))
        comparison.equal("entropy", found.entropy, try details.decimal("entropy"))
        comparison.equal("top_peer_ratio", found.topPeerRatio, try details.decimal("top_peer_ratio"))
        // A list without events has no parts.
        let components = try stated.stated("components")
        if components.object?.isEmpty == false {
            let values = [
                ("I", found.integrity), ("V_t", found.verified), ("D_t", found.diversity), ("F", found.finality),
                ("R", found.rotation),
            ]
            for (name, value) in values { comparison.equal("component \(name)", value, try components.decimal(name)) }
        }
    }
}

import ChanceryVigil
import ChanceryWire
import Testing

/// Profile `piqrypt-1.10` against the numbers that the reference printed.
struct ReferenceVectorTests {
    @Test func `the digest of these tests is SHA-256`() {
        #expect(
            Hex.encode(SHA256.digest(Array("abc".utf8))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func `every trust score is the reference's`() throws {
        for entry in try Vectors.cases("trust_score.json") {
            let name = entry["name"]?.string ?? "?"
            let events = try #require(entry["events"]?.array)
            let found = ReferenceTrust(
                events, facts: try Vectors.facts(events), at: try #require(entry["current_time"]?.integer))
            let stated = try #require(entry["expected"])
            let parts = try #require(stated["I_parts"])
            let details = try #require(stated["D_details"])
            let pairs: [(String, Double, JSONValue?)] = [
                ("score", found.score, stated["trust_score"]), ("chain", found.integrityParts.chain, parts["hash_chain"]),
                ("forks", found.integrityParts.forks, parts["no_forks"]),
                ("signatures", found.integrityParts.signatures, parts["signatures"]),
                ("rotations", found.integrityParts.rotations, parts["rotations"]), ("V", found.verified, stated["V_t"]),
                ("D", found.diversity, stated["D_t"]), ("F", found.finality, stated["F"]), ("R", found.rotation, stated["R"]),
                ("I", found.integrity, stated["components"]?["I"] ?? .double(1)),
                ("peers", Double(found.uniquePeers), details["unique_peers"]),
                ("recent", Double(found.recentInteractions), details["total_recent"]),
                ("entropy", found.entropy, details["entropy"]), ("top", found.topPeerRatio, details["top_peer_ratio"]),
            ]
            for (what, value, expected) in pairs { #expect(value == expected?.number, "\(name) \(what)") }
            #expect(found.tier == stated["tier"]?.string, "\(name)")
        }
    }

    @Test func `weights and tiers are the reference's`() throws {
        for entry in try Vectors.cases("trust_score.json", "temporal_weight") {
            let weight = ReferenceTrust.weight(age: try #require(entry["age_s"]?.integer))
            #expect(weight == entry["weight"]?.number, "\(entry)")
        }
        for entry in try Vectors.cases("trust_score.json", "tiers") {
            #expect(ReferenceTrust.tier(try #require(entry["score"]?.number)) == entry["tier"]?.string)
        }
    }

    @Test func `every step of the stability index is the reference's`() throws {
        for entry in try Vectors.cases("tsi.json") {
            var index = ReferenceStability()
            for (place, step) in try #require(entry["steps"]?.array).enumerated() {
                let time = try #require(step["t"]?.integer)
                let found = index.take(try #require(step["score"]?.number), at: time)
                let stated = try #require(step["expected"])
                let place = "\(entry["name"]?.string ?? "?") step \(place)"
                #expect(found.state == stated["tsi_state"]?.string, "\(place)")
                #expect(found.delta24h == stated["delta_24h"]?.number, "\(place)")
                #expect(found.delta7d == stated["delta_7d"]?.number, "\(place)")
                #expect(found.deviation == stated["z_score"]?.number, "\(place)")
                #expect(found.mean == stated["baseline_mean"]?.number, "\(place)")
                #expect(found.spread == stated["baseline_std"]?.number, "\(place)")
                #expect(Int64(found.snapshots) == stated["snapshot_count"]?.integer, "\(place)")
                #expect(found.unstableSince == stated["unstable_since"]?.integer, "\(place)")
                #expect(Int64(found.reasons) == step["reasons"]?.integer, "\(place)")
            }
        }
    }

    @Test func `every collusion score is the reference's, details included`() throws {
        for entry in try Vectors.cases("a2c.json") {
            let name = entry["name"]?.string ?? "?"
            let found = ReferenceCollusion(
                try #require(entry["events"]?.array), peers: Self.peers(entry), at: try #require(entry["current_time"]?.integer)
            )
            let stated = try #require(entry["expected"])
            #expect(found.risk == stated["a2c_risk"]?.number, "\(name)")
            #expect(found.severity == stated["severity"]?.string, "\(name)")
            for (indicator, weighted) in zip(found.indicators, found.weighted) {
                #expect(indicator.json() == stated["indicators"]?[indicator.name], "\(name) \(indicator.name)")
                #expect(weighted == stated["weighted_scores"]?[indicator.name]?.number, "\(name) \(indicator.name)")
            }
            let alerts = found.indicators.filter(\.isAlert).map { JSONValue.string($0.name) }
            #expect(.array(alerts) == stated["alert_indicators"], "\(name)")
        }
        for entry in try Vectors.cases("a2c.json", "severity_bands") {
            #expect(ReferenceIndicator.severity(try #require(entry["score"]?.number)) == entry["severity"]?.string)
        }
    }

    @Test func `every chain and risk score is the reference's`() throws {
        for entry in try Vectors.cases("vrs.json", "chain_risk") {
            let facts = try Vectors.facts(try #require(entry["events"]?.array))
            #expect(facts.score == entry["expected"]?["score"]?.number, "\(entry["name"] ?? .null)")
            #expect(.array(facts.anomalies.map(JSONValue.string)) == entry["expected"]?["anomaly_types"])
        }
        for entry in try Vectors.cases("vrs.json") {
            let name = entry["name"]?.string ?? "?"
            let events = try #require(entry["events"]?.array)
            let prior = try #require(entry["prior_trust_snapshots"]?.array).map {
                (time: try #require($0["t"]?.integer), score: try #require($0["score"]?.number))
            }
            let found = ReferenceRisk(
                events, facts: try Vectors.facts(events), prior: prior, peers: Self.peers(entry),
                at: try #require(entry["current_time"]?.integer))
            let stated = try #require(entry["expected"])
            #expect(found.risk == stated["vrs"]?.number, "\(name)")
            #expect(found.state == stated["state"]?.string, "\(name)")
            #expect(found.trust.score == stated["trust_score"]?.number, "\(name)")
            #expect(found.stability.state == stated["tsi_state"]?.string, "\(name)")
            #expect(found.collusion.risk == stated["a2c_risk"]?.number, "\(name)")
            #expect(found.chain == stated["chain_score"]?.number, "\(name)")
            for (part, value) in zip(["trust_score", "tsi", "a2c", "chain"], found.contributions) {
                #expect(value == stated["contributions"]?[part]?.number, "\(name) \(part)")
            }
            #expect(.array(found.alerts.map(JSONValue.string)) == stated["alerts"], "\(name)")
        }
        for entry in try Vectors.cases("vrs.json", "states") {
            #expect(ReferenceRisk.state(try #require(entry["vrs"]?.number)) == entry["state"]?.string)
        }
    }

    private static func peers(_ entry: JSONValue) -> [(agent: String, events: [JSONValue])] {
        (entry["peer_events"]?.object?.members ?? []).map { ($0.name, $0.value.array ?? []) }
    }
}

import ChanceryVigil
import ChanceryWire
import Testing

/// The standard engine on the reference's own cases: equal to its rounding where nothing is mended.
struct AgreementTests {
    /// What differs, and to what.
    private static let mended: [String: Double] = [
        // Whole hours: exactly 48 hours ago is the 49th.
        "exactly_48h concentration": 0,
        // Fewer than five interactions in 48 hours say nothing.
        "entropy_drop_total entropy_drop": 0, "entropy_no_recent entropy_drop": 0,
        // Three partners at most, so the correlation is one; halved, since nothing is timestamped.
        "sync_denominator_is_smaller_side synchronization": 0.5,
    ]

    @Test func `signs between agents agree with the reference wherever nothing is mended`() throws {
        var differing: Set<String> = []
        for entry in try Vectors.cases("a2c.json") {
            let name = try #require(entry["name"]?.string)
            let now = try #require(entry["current_time"]?.integer)
            let watch = try Self.watch("a", #require(entry["events"]?.array))
            let peers = try (entry["peer_events"]?.object?.members ?? []).map {
                try Self.watch($0.name, #require($0.value.array))
            }
            let found = watch.assessment(at: now, peers: peers).collusionParts
            let parts = [
                ("concentration", found.concentration), ("entropy_drop", found.entropyDrop),
                ("synchronization", found.synchronisation), ("silence_break", found.silenceBreak),
            ]
            for (part, value) in parts {
                let stated = try #require(entry["expected"]?["indicators"]?[part]?["score"]?.number)
                let key = "\(name) \(part)"
                if abs(Double(value.value) / 1_000_000 - stated) > 0.00006 { differing.insert(key) }
                if let mended = Self.mended[key] { #expect(Double(value.value) / 1_000_000 == mended, "\(key)") }
            }
        }
        #expect(differing == Set(Self.mended.keys))
    }

    private static func watch(_ agent: String, _ events: [JSONValue]) throws -> AgentWatch {
        let ordered = events.sorted { ($0["timestamp"]?.integer ?? 0) < ($1["timestamp"]?.integer ?? 0) }
        var watch = AgentWatch(agent: agent, profile: .standard)
        for (index, event) in ordered.enumerated() {
            let traits = PayloadTraits(try #require(event["payload"]?.object))
            let isTimestamped = event["finalized_at"] != nil || event["payload"]?["tsa_token"] != nil
            watch.observe(
                ObservedEvent(
                    index: UInt64(index), time: try #require(event["timestamp"]?.integer), traits: traits,
                    isPeerVerified: traits.claimsVerifiedPeer, isTimestamped: isTimestamped,
                    isAttested: traits.claimsAttestation))
        }
        return watch
    }

    /// Parts of the trust score, on lists that the reference found linked and unforked.
    @Test func `parts of the trust score agree with the reference wherever nothing is mended`() throws {
        for entry in try Vectors.cases("trust_score.json") {
            let events = try #require(entry["events"]?.array)
            let stated = try #require(entry["expected"])
            guard !events.isEmpty, stated["I_parts"]?["hash_chain"]?.number == 1 else { continue }
            let parts = try Self.watch("a", events).trustParts(at: #require(entry["current_time"]?.integer))
            for (what, value, number) in [
                ("D", parts.diversity, stated["D_t"]?.number), ("R", parts.rotation, stated["R"]?.number),
            ] {
                #expect(abs(Double(value.value) / 1_000_000 - (number ?? -1)) < 0.00006, "\(entry["name"] ?? .null) \(what)")
            }
            // Weights change by the day and not by the second: under two and a half parts in a hundred.
            #expect(abs(Double(parts.verified.value) / 1_000_000 - (stated["V_t"]?.number ?? -1)) < 0.025)
        }
    }

    @Test(arguments: [(5, true, 133_333), (10, true, 733_333), (10, false, 366_667), (4, true, 0)])
    func `a burst after a week of silence counts, and is linked to its first and last event`(
        burst: Int, isTimestamped: Bool, score: Int64
    ) throws {
        var watch = AgentWatch(agent: "a", profile: .standard)
        watch.observe(ObservedEvent(index: 1, time: 1000, type: "s"))
        for place in 0..<burst {
            watch.observe(
                ObservedEvent(
                    index: UInt64(10 + place), time: 605_800 + Int64(place) * 60, type: "s", isTimestamped: isTimestamped))
        }
        let found = watch.assessment(at: 0)
        #expect(found.collusionParts.silenceBreak.value == score)
        let alert = found.alerts.first { $0.kind == .silenceBreak }
        #expect(alert?.evidence == (score > 500_000 ? ["10", "19"] : nil))
    }
}

internal import ChanceryLedger
internal import ChanceryWire

/// A valid AISS-1.0 chain with every intermediate value.
enum ValidChainVectors {
    static let runner = VectorRunner(
        "valid AISS-1.0 chain", name: "chain_valid.json", members: ["identity", "events", "chain_hash"]
    ) { file, mode, log in
        let json = file.json ?? .null
        let (identity, values) = (try json.stated("identity"), try json.list("events"))
        let perEvent = try json.list("per_event")
        log.run("per_event covers every event") { $0.equal("count", perEvent.count, values.count) }
        for (index, (value, expected)) in zip(values, perEvent).enumerated() {
            log.run("event \(index)") {
                let event = try Event(value)
                $0.equal("canonical_signed_hex", Hex.encode(event.message), try expected.text("canonical_signed_hex"))
                $0.equal("event_hash", event.hash, try expected.text("event_hash"))
            }
        }
        log.run("chain hash") {
            $0.equal("chain_hash", ChainHash.of(try values.map { try Event($0).hash }), try json.text("chain_hash"))
        }
        log.run("verdict") {
            try Stated.compareReference(values, identity, json.stated("reference"), mode, &$0)
            if mode == .strict {
                let chain = try ChainVerifier.verify(values, identity: identity).get()
                $0.equal("chain_hash", chain.chainHash, try json.text("chain_hash"))
                $0.equal("head", chain.head, try perEvent.last?.text("event_hash"))
            }
        }
        log.run("report") { try report(values, identity, try json.stated("report"), mode, &$0) }
    }

    private static func report(
        _ values: [JSONValue], _ identity: JSONValue, _ stated: JSONValue, _ mode: ConformanceMode,
        _ comparison: inout Comparison
    ) throws {
        let verdict = ChainVerifier.verify(values, identity: identity)
        let reasons = Set(verdict.findings.map(\.reason))
        let accepted =
            mode == .strict ? verdict.chain != nil : ReferenceVerifier.verifyChain(values, identity: identity).accepts
        comparison.equal("valid", accepted, try stated.flag("valid"))
        comparison.equal(
            "signatures_valid", reasons.isDisjoint(with: [.eventSignatureInvalid, .eventSignatureMalformed]),
            try stated.flag("signatures_valid"))
        comparison.equal(
            "chain_valid", reasons.isDisjoint(with: [.linkBroken, .genesisMismatch]), try stated.flag("chain_valid"))
        comparison.equal("timestamps_valid", !reasons.contains(.timeDecreases), try stated.flag("timestamps_valid"))
        let events = try values.map { try Event($0) }
        comparison.equal("forks_detected", Stated.forks(Fork.find(in: events)), try stated.stated("forks_detected"))
        comparison.equal(
            "replay_attacks", .array(Replay.find(in: events).map { .string($0.nonce) }), try stated.stated("replay_attacks"))
        comparison.equal("errors", verdict.findings.count, try stated.list("errors").count)
        comparison.equal(
            "binding_assurance", try AgentIdentity(identity).bindingAssurance.map(JSONValue.string) ?? .null,
            try stated.stated("binding_assurance"))
        let timestamps = try stated.stated("tsa")
        comparison.equal(
            "tsa absent", Int64(events.filter { $0.trustedTimestamp == nil }.count), try timestamps.number("absent"))
        comparison.equal("tsa total", Int64(events.count), try timestamps.number("total"))
    }
}

/// Changed chains and identities.
enum TamperedChainVectors {
    static let runner = VectorRunner(
        "changed AISS-1.0 chains",
        recognises: { file in
            file.name == "chains_tampered.json" && file.json?["cases"]?.array?.first?["recommended_valid"] != nil
        },
        run: { file, mode, log in
            for entry in try (file.json ?? .null).list("cases") {
                log.run(entry["name"]?.string ?? "?") { comparison in
                    let (identity, events) = (try entry.stated("identity"), try entry.list("events"))
                    try Stated.compareReference(events, identity, entry.stated("reference"), mode, &comparison)
                    switch mode {
                    case .strict:
                        let verdict = ChainVerifier.verify(events, identity: identity)
                        comparison.equal("valid", verdict.chain != nil, try entry.flag("recommended_valid"))
                    case .compat:
                        guard let stated = entry["reference_without_replay_check"] else { return }
                        let verdict = ReferenceVerifier.verifyChain(events, identity: identity, checkingReplay: false)
                        try Stated.compare("verify_chain without replay check", verdict, stated, &comparison)
                    }
                }
            }
        })
}

/// Nonces used twice.
enum ReplayVectors {
    static let runner = VectorRunner(
        "replayed nonces",
        recognises: { file in
            file.name == "replay.json" && file.json?["cases"]?.array?.first?["replayed_nonces"] != nil
        },
        run: { file, mode, log in
            for entry in try (file.json ?? .null).list("cases") {
                log.run(entry["name"]?.string ?? "?") { comparison in
                    let values = try entry.list("events")
                    let expected = try entry.list("replayed_nonces")
                    switch mode {
                    case .strict:
                        // An event without a nonce is no event; it repeats nothing either.
                        let nonces = Replay.find(in: values.compactMap { try? Event($0) }).map { JSONValue.string($0.nonce) }
                        comparison.equal("replayed_nonces", nonces, expected)
                    case .compat:
                        comparison.equal(
                            "replayed_nonces", ReferenceVerifier.replayedNonces(values), .found(expected.compactMap(\.string)))
                    }
                }
            }
        })
}

internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Single AISS-1.0 events: bytes, hash, signature, and the same event made again.
enum ClassicalEventVectors {
    static let runner = VectorRunner(
        "AISS-1.0 events", name: "events_aiss1.json", members: ["events"]
    ) { file, mode, log in
        let keys = try VectorKeys(beside: file)
        for entry in try (file.json ?? .null).list("events") {
            log.run(entry["name"]?.string ?? "?") { comparison in
                let value = try entry.stated("event")
                let event = try Event(value)
                let key = try keys.ed25519(entry.text("signer"))
                comparison.equal("canonical_signed_hex", Hex.encode(event.message), try entry.text("canonical_signed_hex"))
                comparison.equal("event_hash", event.hash, try entry.text("event_hash"))
                let valid = try entry.flag("verify_signature")
                switch mode {
                case .strict:
                    let found = try AISSKeys(classical: key.publicKey).areValid(event.signatures, for: event.message)
                    comparison.equal("verify_signature", found, valid)
                case .compat:
                    let found = ReferenceVerifier.verifyEvent(value, classical: key.publicKey)
                    comparison.equal("verify_signature", found.accepts, valid)
                    comparison.equal("reference hash", ReferenceVerifier.eventHash(value), try entry.text("event_hash"))
                }
                try restamp(event, key, &comparison)
            }
        }
    }

    /// Ed25519 is deterministic, so the same inputs must give the same signature.
    private static func restamp(_ event: Event, _ key: PrivateSignatureKey, _ comparison: inout Comparison) throws {
        let named: Set<String> = [
            "version", "agent_id", "timestamp", "nonce", "payload", "previous_hash", "signature", "trusted_timestamp",
        ]
        let stamper = try EventStamper(classical: key, postQuantum: nil)
        let again = try stamper.stamp(
            event.payload, profile: .aiss1, timestamp: event.timestamp, nonce: event.nonce,
            previousHash: event.previousHash, extra: event.object.members.filter { !named.contains($0.name) })
        comparison.equal(
            "event made again", try JSONParser.parse(again.bytes), .object(event.object.removing(["trusted_timestamp"])))
        comparison.equal("hash made again", again.hash, event.hash)
    }
}

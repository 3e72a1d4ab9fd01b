internal import ChanceryLedger
internal import ChanceryWire

/// Comparison of verdicts with the forms in which the vectors state them.
enum Stated {
    /// A verdict of the reference: `{"ok","error","event_index"}`.
    static func compare(
        _ what: String, _ found: ReferenceVerdict, _ stated: JSONValue, _ comparison: inout Comparison
    ) throws {
        comparison.equal("\(what) ok", found.accepts, try stated.flag("ok"))
        comparison.equal("\(what) error", found.error, stated["error"]?.string)
        comparison.equal("\(what) event_index", found.eventIndex.map(Int64.init), stated["event_index"]?.integer)
    }

    /// The five functions of the reference over a list of events. In strict mode the facts among them (forks,
    /// replays) are compared too, where every event can be read.
    static func compareReference(
        _ events: [JSONValue], _ identity: JSONValue, _ stated: JSONValue, _ mode: ConformanceMode,
        _ comparison: inout Comparison
    ) throws {
        switch mode {
        case .compat:
            let verdicts = [
                ("verify_chain", ReferenceVerifier.verifyChain(events, identity: identity)),
                ("verify_chain_linkage", ReferenceVerifier.verifyLinkage(events)),
                ("verify_monotonic_timestamps", ReferenceVerifier.verifyMonotonicTimestamps(events)),
            ]
            for (name, verdict) in verdicts { try compare(name, verdict, stated.stated(name), &comparison) }
            compare("find_forks", ReferenceVerifier.findForks(events), try stated.stated("find_forks"), &comparison, forks)
            compare(
                "replayed_nonces", ReferenceVerifier.replayedNonces(events), try stated.stated("replayed_nonces"), &comparison
            ) { .array($0.map(JSONValue.string)) }
        case .strict:
            let decoded = events.compactMap { try? Event($0) }
            guard decoded.count == events.count else { return }
            comparison.equal("find_forks", forks(Fork.find(in: decoded)), try stated.stated("find_forks"))
            comparison.equal(
                "replayed_nonces", .array(Replay.find(in: decoded).map { .string($0.nonce) }),
                try stated.stated("replayed_nonces"))
        }
    }

    private static func compare<Value>(
        _ what: String, _ found: ReferenceFinding<Value>, _ stated: JSONValue, _ comparison: inout Comparison,
        _ json: (Value) -> JSONValue
    ) {
        switch found {
        case .found(let value): comparison.equal(what, json(value), stated)
        case .error(let name): comparison.equal(what, .string(name), stated)
        }
    }

    static func forks(_ forks: [Fork]) -> JSONValue {
        .array(
            forks.map { ["previous_hash": .string($0.previousHash), "count": .integer(Int64($0.indices.count))] })
    }
}

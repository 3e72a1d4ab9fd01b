import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChanceryWire

/// Verification of a whole chain, from the bytes of its events on.
enum ChainBench {
    static func run(_ home: BenchHome, _ scale: Scale) throws -> [Measurement] {
        let agent = try home.identity("verified")
        let payloads = (0..<scale.chainEvents).map(SamplePayload.trade)
        _ = try home.ledger.stamp(payloads, as: agent, profile: .aiss1)
        let identity = try agent.document.classicalIdentity()
        let events = try home.store.records(RecordQuery(agent: identity.agentID.text, limit: scale.chainEvents)).map(\.bytes)
        let times = try (0..<scale.rounds).map { _ in
            try seconds {
                let values = try events.map { try JSONParser.parse($0) }
                guard case .valid = ChainVerifier.verify(values, of: identity) else {
                    throw NodeError(.rejected, "the chain of the benchmark does not verify")
                }
            }
        }
        return [
            Measurement(
                "verify.aiss1", "verify an AISS-1 chain of \(scale.chainEvents) events, parsing included", .seconds, times,
                target: .atMost(0.6))
        ]
    }
}

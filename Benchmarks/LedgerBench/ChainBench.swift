import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChanceryWire
import Foundation

/// Verification of a whole chain, from its file to the verdict. The peer reads the same file.
enum ChainBench {
    static func classical(_ bench: Bench) throws -> [Measurement] {
        let count = bench.scale.chainEvents
        return [
            try run(
                bench, count, .aiss1, { try $0.classicalIdentity() }, id: "verify.aiss1",
                title: "verify an AISS-1 chain of \(count) events", target: .atMost(0.6))
        ]
    }

    static func hybrid(_ bench: Bench) throws -> [Measurement] {
        let count = bench.scale.hybridChainEvents
        return [
            try run(
                bench, count, .aiss21, { try $0.aissIdentity() }, id: "verify.aiss21",
                title: "verify an AISS-2.1 chain of \(count) events")
        ]
    }

    private static func run(
        _ bench: Bench, _ count: Int, _ profile: StampProfile, _ view: (IdentityDocument) throws -> AgentIdentity,
        id: String, title: String, target: Measurement.Target? = nil
    ) throws -> Measurement {
        let agent = try bench.home.identity("verified")
        _ = try bench.home.ledger.stamp((0..<count).map(SamplePayload.trade), as: agent, profile: profile)
        let identity = try view(agent.document)
        let chain = try bench.write(bench.storedEvents(count, of: identity.agentID.text), "chain.json")
        let keys = try bench.write(identity.encoded(), "identity.json")
        let samples = try bench.rounds {
            try seconds {
                let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: chain)))
                let document = try JSONParser.parse(bytes, limits: .init(bytes: 1 << 28))
                let verdict = ChainVerifier.verify(document.array ?? [], of: identity)
                guard case .valid = verdict else { throw Failure(description: "the chain does not verify: \(verdict)") }
            }
        } theirs: { peer in
            try peer.measure("verify_chain", ["file": .string(chain), "identity": .string(keys)])
        }
        return Measurement(id, title, .seconds, samples.ours, peer: samples.theirs, target: target)
    }
}

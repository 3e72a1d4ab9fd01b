import ChanceryCircuit
import ChanceryCustodian
import ChanceryOracle
import ChanceryWire
import Foundation
import Testing

struct ExamplePolicyTests {
    @Test func `the policy of the example is read and covers its program`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Examples/compute")
        let policy = try ComputePolicy(
            decoding: CanonicalForm.jcs.encode(
                JSONParser.parse([UInt8](Data(contentsOf: folder.appending(path: "credit-score.policy.json"))))))
        let circuit = try CircuitCompiler.compile(
            String(contentsOf: folder.appending(path: "credit-score.chc"), encoding: .utf8))
        let bits = ProgramContent.outputBits(of: circuit)
        try policy.requireCovers(
            outputBits: bits, secretBits: 0, features: Int64(circuit.inputs.count),
            checksRanges: ProgramContent.checksRanges(circuit))
        var short = policy
        short.outputBits = bits - 1
        // Who writes a policy hears how many bits it has to count.
        #expect {
            try short.requireCovers(outputBits: bits, secretBits: 0, features: 1, checksRanges: true)
        } throws: {
            ($0 as? OracleError)?.detail.contains("\(bits) bits") == true
        }
    }
}

import ChanceryArithmetic
import ChanceryCircuit
import ChanceryThreshold
import Testing

struct HonestRunTests {
    @Test(arguments: Sample.committees)
    func `random circuits give what they give in the clear`(size: Int, quorum: Int) throws {
        var generator = SeededGenerator(seed: UInt64(size * 10 + quorum))
        let committee = try Sample.committee(size, quorum)
        for round in 0..<6 {
            let (circuit, inputs, secrets) = try Sample.random(&generator, gates: 12 + 6 * round)
            let result = try committee.evaluate(circuit, inputs, secrets: secrets)
            for (row, outputs) in zip(inputs, result.outputs) {
                #expect(try outputs == circuit.evaluate(inputs: row, secrets: secrets))
            }
            #expect(result.assurance == (size >= 3 * quorum - 2 ? .corrected : .checked))
            #expect(result.liars == [])
        }
    }
}

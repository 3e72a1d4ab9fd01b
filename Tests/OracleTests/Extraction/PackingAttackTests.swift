import ChanceryArithmetic
import ChanceryOracle
import TestKit
import Testing

struct PackingAttackTests {
    // QuorumVM: 30 weights of 16 bits and a bias, six in each answer, within its default budget of five.
    @Test func `thirty weights are in five answers, and a range check ends that`() throws {
        let open = PackingAttack(weightBits: 16, inputBits: 127)
        #expect(open.weightsPerQuery == 6)
        #expect(open.queries(weights: 30) == 5)
        let natural = InputRange(-(1 << 16)...1 << 16)
        #expect(open.inputs.allSatisfy { !natural.admits($0) })
        #expect(PackingAttack(weightBits: 16, inputBits: 17).weightsPerQuery == 1)
    }

    @Test func `packed weights are read back, whatever their signs`() throws {
        var random = Mutator("packings", corpus: [[]])
        for bits in [1, 8, 16, 40] {
            let attack = PackingAttack(weightBits: bits, inputBits: 127)
            for _ in 0..<50 {
                let bound = 1 << bits
                let weights = (0..<attack.weightsPerQuery).map { _ in Int64(random.next(2 * bound + 1) - bound) }
                let bias = Int64(random.next(2 * bound + 1) - bound)
                var answer = FieldElement(signed: bias)
                for (weight, input) in zip(weights, attack.inputs) { answer += FieldElement(signed: weight) * input }
                let found = attack.recover(from: answer)
                #expect(found.weights == weights, "\(bits) bits")
                #expect(found.bias == bias)
            }
        }
    }

    @Test func `ranges are of signed numbers`() {
        let range = InputRange(-5...7)
        #expect([-5, 0, 7].allSatisfy { range.admits(FieldElement(signed: $0)) })
        #expect([-6, 8, .max, .min].allSatisfy { !range.admits(FieldElement(signed: $0)) })
    }
}

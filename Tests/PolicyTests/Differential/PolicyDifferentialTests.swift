import ChanceryPolicy
import Testing

struct PolicyDifferentialTests {
    @Test func `the compiled form answers as the slow one does`() {
        let result = PolicyDifferential.run(seed: 0x5eed_2026, cases: 20_000)
        #expect(result.differences.isEmpty, "\(result.differences.first ?? "")")
        #expect(result.cases >= 20_000)
        for effect in Effect.allCases {
            #expect(result.effects[effect, default: 0] > 100, "\(effect): \(result.effects)")
        }
    }
}

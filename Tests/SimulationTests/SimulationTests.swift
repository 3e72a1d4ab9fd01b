import ChanceryGovernance
import ChancerySimulation
import Foundation
import Testing

struct SimulationTests {
    /// The first violation among `seeds` without `rule`, of one of `kinds`.
    private func violation(
        without rule: ConsensusRules, seeds: Range<UInt64>, _ kinds: Set<Violation.Kind> = Set(Violation.Kind.allCases)
    ) -> SimulationOutcome? {
        var options = SimulationOptions()
        options.rules = .all.subtracting(rule)
        for seed in seeds {
            let outcome = GovernanceSimulation(seed: seed, options: options).run()
            if let violation = outcome.violation, kinds.contains(violation.kind) { return outcome }
        }
        return nil
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `a thousand seeds keep every promise`(block: UInt64) {
        var slots: Int64 = 0
        var equivocations = 0
        for seed in block * 1000..<block * 1000 + 1000 {
            let outcome = GovernanceSimulation(seed: seed).run()
            #expect(outcome.violation == nil, "seed \(seed): \(String(describing: outcome.violation))")
            slots += outcome.slots
            equivocations += outcome.equivocations
        }
        #expect(slots == 4000)
        #expect(equivocations > 0, "nobody misbehaved")
    }

    @Test(
        arguments: [
            ("prevote lock", .prevoteLock), ("precommit lock", .precommitLock), ("lock proof", .lockProof),
            ("persistence", .persistence), ("epochs", .epochs),
        ] as [(String, ConsensusRules)])
    func `without one rule a promise is broken within ten thousand seeds`(name: String, rule: ConsensusRules) {
        let outcome = violation(without: rule, seeds: 0..<10_000)
        let found = outcome.map { "seed \($0.seed): \($0.violation?.description ?? "")" } ?? "nothing"
        print("without \(name): \(found)")
        #expect(outcome != nil)
    }
}

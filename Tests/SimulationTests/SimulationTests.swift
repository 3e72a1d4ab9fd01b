import ChanceryGovernance
import ChancerySimulation
import Foundation
import Testing

struct SimulationTests {
    /// The first violation among `seeds` without `rule`, of one of `kinds`.
    private func violation(
        without rule: ConsensusRules, seeds: Range<UInt64>, _ kinds: Set<Violation.Kind> = Set(Violation.Kind.allCases)
    ) -> SimulationOutcome? {
        var options = SimulationOptions(state: .hash)
        options.rules = .all.subtracting(rule)
        for seed in seeds {
            let outcome = GovernanceSimulation(seed: seed, options: options).run()
            if let violation = outcome.violation, kinds.contains(violation.kind) { return outcome }
        }
        return nil
    }

    @Test(arguments: [(SimulationOptions.State.hash, 4000), (.governance, 400)] as [(SimulationOptions.State, UInt64)])
    func `every seed keeps every promise`(state: SimulationOptions.State, seeds: UInt64) {
        var slots: Int64 = 0
        var equivocations = 0
        for seed in 0..<seeds {
            let outcome = GovernanceSimulation(seed: seed, options: SimulationOptions(state: state)).run()
            #expect(outcome.violation == nil, "seed \(seed): \(String(describing: outcome.violation))")
            slots += outcome.slots
            equivocations += outcome.equivocations
        }
        #expect(slots == Int64(4 * seeds))
        #expect(equivocations > 0, "nobody misbehaved")
    }

    @Test(arguments: SimulationOptions.State.allCases)
    func `a seed replays line by line`(state: SimulationOptions.State) {
        let options = SimulationOptions(slots: 2, isTraced: true, state: state)
        for seed in 0..<20 as Range<UInt64> {
            let first = GovernanceSimulation(seed: seed, options: options).run()
            let second = GovernanceSimulation(seed: seed, options: options).run()
            #expect(first.trace.count > 20 && first.trace == second.trace, "seed \(seed)")
            #expect(first.trace != GovernanceSimulation(seed: seed + 100, options: options).run().trace)
        }
    }

    @Test func `a run is traced only when asked for`() {
        #expect(GovernanceSimulation(seed: 1).run().trace.isEmpty)
    }

    @Test(
        arguments: [
            ("prevote lock", .prevoteLock), ("precommit lock", .precommitLock), ("lock proof", .lockProof),
            ("persistence", .persistence), ("epochs", .epochs),
        ] as [(String, ConsensusRules)])
    func `without one rule a promise is broken within ten thousand seeds`(name: String, rule: ConsensusRules) {
        let outcome = violation(without: rule, seeds: 0..<10_000)
        // What locks and the journal guard is one decision per slot; epochs guard the quorum.
        #expect(outcome?.violation?.kind == (rule == .epochs ? .noQuorum : .fork), "\(name)")
        let found = outcome.map { "seed \($0.seed): \($0.violation?.description ?? "")" } ?? "nothing"
        print("without \(name): \(found)")
        #expect(outcome != nil)
    }

    @Test(
        arguments: [
            ("exclusion", .exclusion, .ballots), ("revocation", .revocation, .authorization),
            ("seen freezes", .seenFreezes, .freeze),
        ] as [(String, GovernanceRules, Violation.Kind)])
    func `without one rule of governance a promise is broken within a thousand seeds`(
        name: String, rule: GovernanceRules, kind: Violation.Kind
    ) {
        var options = SimulationOptions()
        options.governanceRules = .all.subtracting(rule)
        let found = (0..<1000 as Range<UInt64>).lazy.map { GovernanceSimulation(seed: $0, options: options).run() }
            .first { $0.violation != nil }
        #expect(found?.violation?.kind == kind, "without \(name): \(String(describing: found?.violation))")
    }

    @Test(
        arguments: [
            ("precommit lock", .precommitLock), ("prevote lock", .prevoteLock), ("persistence", .persistence),
            ("epochs", .epochs),
        ] as [(String, ConsensusRules)])
    func `a rule of consensus is missed with the state of a federation too`(name: String, rule: ConsensusRules) {
        var options = SimulationOptions()
        options.rules = .all.subtracting(rule)
        let found = (0..<1000 as Range<UInt64>).lazy.map { GovernanceSimulation(seed: $0, options: options).run() }
            .first { $0.violation != nil }
        print("without \(name): \(found.map { "seed \($0.seed): \($0.violation?.description ?? "")" } ?? "nothing")")
        #expect(found != nil, "\(name)")
    }
}

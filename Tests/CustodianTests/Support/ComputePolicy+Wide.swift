import ChanceryOracle

extension ComputePolicy {
    /// For tests that are not about budgets: nothing is simulated, and outputs of any width are covered.
    static var wide: ComputePolicy { wide(budget: 500) }

    /// - Parameter program: the budget of all clients together; one client's where it is not given.
    static func wide(budget: Int64, program: Int64? = nil, perMinute: Int64 = 1000) -> ComputePolicy {
        var policy = ComputePolicy()
        (policy.clientBudget, policy.programBudget, policy.evaluationsPerMinute) = (budget, program ?? budget, perMinute)
        (policy.outputBits, policy.checksRanges, policy.extraction) = (127, false, nil)
        return policy
    }
}

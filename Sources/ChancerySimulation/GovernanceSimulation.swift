/// A cluster of the shipped replicas under a simulated network, disk and clock, all from one number.
///
/// Until the calm begins, messages are dropped, delayed, doubled and reordered, the network splits, nodes crash and lose
/// what they had not synced, clocks are off and some members, of less than a third of the weight, are Byzantine. After it
/// messages arrive and correct nodes stay up, and they must decide. The same seed gives the same run.
public struct GovernanceSimulation: Sendable {
    let seed: UInt64
    let options: SimulationOptions

    public init(seed: UInt64, options: SimulationOptions = SimulationOptions()) {
        self.seed = seed
        self.options = options
    }

    /// Runs until all correct nodes decided every slot, a promise is broken, or patience ends.
    public func run() -> SimulationOutcome {
        switch options.state {
        case .governance: Cluster<FederationAgenda>(seed: seed, options: options).run()
        case .hash: Cluster<HashAgenda>(seed: seed, options: options).run()
        }
    }
}

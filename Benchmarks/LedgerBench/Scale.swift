/// How much is measured. A quick run shows that everything works; only a full run gives figures to quote.
struct Scale {
    let rounds: Int
    let classicalEvents: Int
    let hybridEvents: Int
    let batchEvents: Int
    let chainEvents: Int
    let hybridChainEvents: Int
    let searchableEvents: Int
    let searches: Int
    let publishedRecords: Int
    /// What the peer does in a round where it would need too long for as much as ours.
    let peerStores: Int
    let peerHybridEvents: Int
    /// Decisions of one round: in process, through the whole gate, and over a socket or pipe.
    let decisions: Int
    let peerDecisions: Int
    let durableDecisions: Int
    let roundTrips: Int
    let watchedEvents: Int
    /// Content of a vault in MiB: for throughput, for a peer that holds all of it in memory, and for peak memory.
    let vaultMebibytes: Int
    let smallVaultMebibytes: Int
    let largeVaultMebibytes: Int
    let randomReads: Int
    var rewrappedArtifacts: Int
    /// Evaluations of programs that nobody holds: at once for products and for scores, and one after another.
    let evaluations: Int
    let scoreBatch: Int
    let singleEvaluations: Int

    static let full = Scale(
        rounds: 5, classicalEvents: 5000, hybridEvents: 1000, batchEvents: 8192 * 6, chainEvents: 10_000,
        hybridChainEvents: 200, searchableEvents: 100_000, searches: 400, publishedRecords: 1000, peerStores: 30,
        peerHybridEvents: 20, decisions: 5000, peerDecisions: 500, durableDecisions: 256 * 32, roundTrips: 1000,
        watchedEvents: 1_000_000, vaultMebibytes: 1024, smallVaultMebibytes: 256, largeVaultMebibytes: 4096,
        randomReads: 5000, rewrappedArtifacts: 10_000, evaluations: 4096, scoreBatch: 1000, singleEvaluations: 60)
    static let quick = Scale(
        rounds: 2, classicalEvents: 500, hybridEvents: 50, batchEvents: 4096, chainEvents: 1000,
        hybridChainEvents: 50, searchableEvents: 5000, searches: 50, publishedRecords: 200, peerStores: 10,
        peerHybridEvents: 5, decisions: 500, peerDecisions: 100, durableDecisions: 256 * 4, roundTrips: 100,
        watchedEvents: 100_000, vaultMebibytes: 32, smallVaultMebibytes: 8, largeVaultMebibytes: 64,
        randomReads: 200, rewrappedArtifacts: 200, evaluations: 512, scoreBatch: 100, singleEvaluations: 10)
}

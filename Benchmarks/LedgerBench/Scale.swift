/// How much is measured. A quick run shows that everything works; only a full run gives figures to quote.
struct Scale {
    let rounds: Int
    let classicalEvents: Int
    let hybridEvents: Int
    let batchEvents: Int
    let chainEvents: Int
    let searchableEvents: Int
    let searches: Int
    let publishedRecords: Int

    static let full = Scale(
        rounds: 7, classicalEvents: 5000, hybridEvents: 1000, batchEvents: 8192 * 6, chainEvents: 10_000,
        searchableEvents: 100_000, searches: 400, publishedRecords: 1000)
    static let quick = Scale(
        rounds: 2, classicalEvents: 500, hybridEvents: 50, batchEvents: 4096, chainEvents: 1000,
        searchableEvents: 5000, searches: 50, publishedRecords: 200)
}

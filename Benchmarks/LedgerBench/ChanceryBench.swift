import ArgumentParser
import ChanceryNode

/// Measures the ledger through the same interfaces that the commands use.
@main
struct ChanceryBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chancery-bench", abstract: "Measures stamping, verification, search and the log.")

    @Flag(help: "Print one JSON object.") var json = false
    @Flag(help: "Small sizes and two rounds: shows that everything runs, gives no figures to quote.") var quick = false
    @Option(help: "A folder on the disk to measure; the homes in it are removed afterwards.") var folder = ".build"
    @Option(help: "What compiled this, for the report.") var compiler = "Swift"
    @Option(help: "Measure only the parts whose name begins so: stamp.aiss1, stamp.batch, verify, search, …") var only = ""

    func run() throws {
        let scale = quick ? Scale.quick : Scale.full
        var measurements: [Measurement] = []
        for (name, measure) in Self.parts where name.hasPrefix(only) {
            // Every part has a home of its own, so that none sees the history of another.
            measurements += try measure(BenchHome(in: folder), scale)
        }
        let report = Report(measurements: measurements, rounds: scale.rounds, compiler: compiler)
        print(json ? try report.json() : report.table())
    }

    private static let parts: [(String, @Sendable (BenchHome, Scale) throws -> [Measurement])] = [
        ("stamp.aiss1", StampingBench.classical), ("stamp.aiss21", StampingBench.hybrid),
        ("stamp.batch", StampingBench.batch), ("stamp.single", StampingBench.single), ("verify", ChainBench.run),
        ("search", SearchBench.run),
    ]
}

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
    @Option(help: "Measure only what begins with this name: stamp, chain, search or log.") var only = ""

    func run() throws {
        let scale = quick ? Scale.quick : Scale.full
        var measurements: [Measurement] = []
        if wants("stamp") { measurements += try StampingBench.run(BenchHome(in: folder), scale) }
        if wants("chain") { measurements += try ChainBench.run(BenchHome(in: folder), scale) }
        if wants("search") || wants("log") {
            let home = try BenchHome(in: folder)
            measurements += try SearchBench.run(home, scale)
            if wants("log") { measurements += try LogBench.run(home, scale) }
        }
        let report = Report(measurements: measurements, rounds: scale.rounds, compiler: compiler)
        print(json ? try report.json() : report.table())
    }

    private func wants(_ name: String) -> Bool { only.isEmpty || only == name }
}

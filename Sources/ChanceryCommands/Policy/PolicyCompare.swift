internal import ArgumentParser
internal import ChanceryPolicy
internal import ChanceryWire

struct PolicyCompare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Hold the compiled evaluation against the slow one over random policies and requests.",
        discussion: "The same seed gives the same run. Ends with 4 when the two ever differ.")

    @OptionGroup var options: GlobalOptions
    @Option(help: "How many comparisons, 1…100000000.") var cases = 1_000_000
    @Option(help: "Where the random numbers begin.") var seed: UInt64 = 1

    func validate() throws {
        guard (1...100_000_000).contains(cases) else { throw ValidationError("--cases lies in 1…100000000") }
    }

    func run() throws {
        let started = ContinuousClock.now
        let result = PolicyDifferential.run(seed: seed, cases: cases)
        let seconds = (ContinuousClock.now - started).components.seconds
        let effects = Effect.allCases.map { ($0.rawValue, result.effects[$0] ?? 0) }
        try options.show([
            "cases": .integer(Int64(result.cases)), "differences": .array(result.differences.map { .string($0) }),
            "effects": .object(JSONObject(effects.map { .init(name: $0.0, value: .integer(Int64($0.1))) })),
            "seed": .string(String(seed)),
        ]) {
            let met = effects.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
            let differences = result.differences.flatMap { $0.split(separator: "\n").map { Console.printable(String($0)) } }
            let count = result.differences.isEmpty ? "no difference" : "\(result.differences.count) differences"
            return (differences + ["\(result.cases) cases from seed \(seed) in \(seconds) s: \(count)", "  \(met)"])
                .joined(separator: "\n")
        }
        if !result.differences.isEmpty { throw Stop(code: ExitStatus.verificationFailed) }
    }
}

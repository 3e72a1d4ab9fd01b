internal import ArgumentParser
internal import ChancerySimulation
internal import ChanceryWire

/// `chancery simulate …`
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Run the shipped state machines under simulated faults.",
        subcommands: [SimulateGovernance.self])
}

struct SimulateGovernance: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "governance", abstract: "Clusters that decide while networks, disks, clocks and members fail.",
        discussion: """
            Each seed is one cluster with its own faults. Checked: one decision per slot, no decision without a quorum, equal \
            state roots, nobody framed, and decisions once the faults stop. Exit code 4 when a seed fails.
            """)

    @OptionGroup var options: GlobalOptions
    @Option(help: "How many seeds to run.") var seeds: UInt64 = 1000
    @Option(help: "The first seed.") var first: UInt64 = 1
    @Option(help: "Run this seed alone.") var seed: UInt64?
    @Flag(help: "Print what happens, a line each; with --seed.") var trace = false
    @Option(help: "How many slots each cluster decides.") var slots: Int64 = 4

    func validate() throws {
        guard seeds > 0, seeds <= 1 << 32, first <= 1 << 62 else {
            throw ValidationError("--seeds lies in 1…2^32, --first in 0…2^62")
        }
        guard (1...1000).contains(slots) else { throw ValidationError("--slots lies in 1…1000") }
        guard !trace || seed != nil else { throw ValidationError("--trace goes with --seed") }
    }

    func run() throws {
        let range = seed.map { $0..<$0 &+ 1 } ?? first..<first + seeds
        var progress = Progress("simulating", quiet: options.quiet)
        let clock = ContinuousClock()
        let started = clock.now
        var summary = Summary()
        for seed in range {
            let simulation = GovernanceSimulation(seed: seed, options: SimulationOptions(slots: slots, isTraced: trace))
            let outcome = simulation.run()
            if !options.json { for line in outcome.trace { Console.write(line) } }
            summary.add(outcome)
            progress.update(seed - range.lowerBound + 1, of: UInt64(range.count))
        }
        let seconds = Double((clock.now - started) / .milliseconds(1)) / 1000
        try options.show(summary.json) { summary.text(seconds: seconds) }
        guard let failed = summary.failures.first else { return }
        options.remark("replay: chancery simulate governance --seed \(failed.seed) --slots \(slots) --trace")
        throw Stop(code: ExitStatus.verificationFailed)
    }
}

/// What the seeds of a run came to.
private struct Summary {
    private(set) var failures: [SimulationOutcome] = []
    private var schedules = 0
    private var slots: Int64 = 0
    private var messages = 0
    private var crashes = 0
    private var equivocations = 0

    mutating func add(_ outcome: SimulationOutcome) {
        schedules += 1
        slots += outcome.slots
        messages += outcome.messages
        crashes += outcome.crashes
        equivocations += outcome.equivocations
        if outcome.violation != nil { failures.append(outcome) }
    }

    var json: JSONValue {
        [
            "crashes": .integer(Int64(crashes)), "equivocations": .integer(Int64(equivocations)),
            "failures": .array(
                failures.map {
                    let kind = $0.violation?.kind.rawValue ?? ""
                    return [
                        "detail": .string($0.violation?.detail ?? ""), "kind": .string(kind), "seed": .string(String($0.seed)),
                    ]
                }),
            "messages": .integer(Int64(messages)), "schedules": .integer(Int64(schedules)), "slots": .integer(slots),
        ]
    }

    func text(seconds: Double) -> String {
        var table = Table(["schedules", "slots", "messages", "crashes", "equivocations", "failures", "per second"])
        table.add(
            [schedules, Int(slots), messages, crashes, equivocations, failures.count].map(String.init)
                + [String(Int(Double(schedules) / max(seconds, 0.001)))])
        let lines = failures.prefix(20).map { "FAILED  seed \($0.seed)  \($0.violation?.description ?? "")" }
        return ([table.text] + lines).joined(separator: "\n")
    }
}

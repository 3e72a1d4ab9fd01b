internal import ArgumentParser
internal import ChancerySimulation
internal import ChanceryWire
internal import Dispatch
internal import Foundation
internal import Synchronization

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
            state roots, nobody framed, and decisions once the faults stop; about `governance` also: no ballot of an \
            excluded or former member decides, nobody is authorised whom a vote revoked, a freeze acts as soon as it is seen. \
            Exit code 4 when a seed fails.
            """)

    @OptionGroup var options: GlobalOptions
    @Option(help: "How many seeds to run.") var seeds: UInt64 = 1000
    @Option(help: "The first seed.") var first: UInt64 = 1
    @Option(help: "Run this seed alone.") var seed: UInt64?
    @Flag(help: "Print what happens, a line each; with --seed.") var trace = false
    @Option(help: "How many slots each cluster decides.") var slots: Int64 = 4
    @Option(help: "What they decide about: governance, or hash for consensus alone.")
    var about = SimulatedSubject.governance

    func validate() throws {
        guard seeds > 0, seeds <= 1 << 32, first <= 1 << 62 else {
            throw ValidationError("--seeds lies in 1…2^32, --first in 0…2^62")
        }
        guard (1...1000).contains(slots) else { throw ValidationError("--slots lies in 1…1000") }
        guard !trace || seed != nil else { throw ValidationError("--trace goes with --seed") }
    }

    func run() throws {
        let range = seed.map { $0..<$0 &+ 1 } ?? first..<first + seeds
        let clock = ContinuousClock()
        let started = clock.now
        let summary = simulate(range)
        let seconds = Double((clock.now - started) / .milliseconds(1)) / 1000
        try options.show(summary.json) { summary.text(seconds: seconds) }
        guard let failed = summary.failures.first else { return }
        options.remark(
            "replay: chancery simulate governance --seed \(failed.seed) --slots \(slots) --about \(about.rawValue) --trace")
        throw Stop(code: ExitStatus.verificationFailed)
    }
}

extension SimulateGovernance {
    /// Runs the seeds on every core; seeds do not know of each other.
    private func simulate(_ range: Range<UInt64>) -> Summary {
        struct Work {
            var next: UInt64
            var progress: Progress
            var summary = Summary()
        }
        let options = SimulationOptions(slots: slots, isTraced: trace, state: about.state)
        let isJSON = self.options.json
        let work = Mutex(Work(next: range.lowerBound, progress: Progress("simulating", quiet: self.options.quiet)))
        DispatchQueue.concurrentPerform(iterations: min(range.count, ProcessInfo.processInfo.activeProcessorCount)) { _ in
            while let seed = work.withLock({ work -> UInt64? in
                guard work.next < range.upperBound else { return nil }
                work.next += 1
                return work.next - 1
            }) {
                let outcome = GovernanceSimulation(seed: seed, options: options).run()
                if !isJSON { for line in outcome.trace { Console.write(line) } }
                work.withLock { work in
                    work.summary.add(outcome)
                    work.progress.update(UInt64(work.summary.schedules), of: UInt64(range.count))
                }
            }
        }
        return work.withLock { $0.summary }
    }
}

/// What `--about` takes.
enum SimulatedSubject: String, ExpressibleByArgument, CaseIterable {
    case governance, hash

    var state: SimulationOptions.State {
        switch self {
        case .governance: .governance
        case .hash: .hash
        }
    }
}

/// What the seeds of a run came to.
private struct Summary {
    private(set) var failures: [SimulationOutcome] = []
    private(set) var schedules = 0
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
        guard outcome.violation != nil else { return }
        // Cores do not finish in the order of seeds.
        failures.insert(outcome, at: failures.firstIndex { $0.seed > outcome.seed } ?? failures.count)
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

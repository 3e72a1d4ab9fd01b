internal import ArgumentParser
internal import ChanceryConformance
internal import ChanceryNode
internal import ChanceryWire
internal import Foundation

struct ConformanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance", abstract: "Run every vector file under a folder and report what passed.",
        discussion:
            """
            Files are recognised by name and shape. --strict holds against recommended answers, --compat against the references'. \
            With --protocol circuits and scores are evaluated by four custodians and a coordinator, each a process of its own.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The folder.") var directory: String
    @Flag(help: "What a sound implementation answers (default).") var strict = false
    @Flag(help: "What the reference implementations answer.") var compat = false
    @Flag(name: .customLong("protocol"), help: "Evaluate QuorumVM's circuits and scores by separate custodian processes.")
    var isByProtocol = false
    @Flag(help: "List failures and the cases that do not apply.") var verbose = false

    static let runners =
        PiQryptVectors.runners + PiQryptA2AVectors.runners + PiQryptGateVectors.runners + PiQryptVigilVectors.runners
        + PQCVectors.runners + StandardsVectors.runners + RFC6962Vectors.runners
        + QuorumArithmetic.runners + QuorumPrograms.runners + QuorumVMOracle.runners

    func validate() throws {
        guard !(strict && compat) else { throw ValidationError("--strict and --compat exclude each other") }
    }

    func run() throws {
        guard FileManager.default.fileExists(atPath: directory) else {
            throw NodeError(.notFound, "`\(directory)` does not exist")
        }
        let (directory, mode) = (directory, compat ? ConformanceMode.compat : .strict)
        let (isQuiet, verbose) = (options.json, verbose)
        let committee = isByProtocol ? try ProcessCommittee() : nil
        defer { committee?.stop() }
        let runners = (committee.map { QuorumProtocol($0).runners } ?? []) + Self.runners
        let run = try Daemon.result {
            try await ConformanceRun(directory: directory, runners: runners, mode: mode) { report in
                if !isQuiet { for line in report.lines(verbose: verbose) { Console.write(line) } }
            }
        }
        try options.show(json(run)) { run.total }
        guard run.passed + run.failed + run.notApplicable > 0 else {
            throw NodeError(.notFound, "`\(directory)` holds no vectors that this version knows")
        }
        if run.failed > 0 { throw Stop(code: ExitStatus.verificationFailed) }
    }

    private func json(_ run: ConformanceRun) -> JSONValue {
        [
            "failed": .integer(Int64(run.failed)), "not_applicable": .integer(Int64(run.notApplicable)),
            "passed": .integer(Int64(run.passed)), "without_runner": .array(run.unknown.map { .string($0) }),
        ]
    }
}

internal import ArgumentParser
internal import ChanceryPolicy
internal import ChanceryWire

struct PolicyTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Ask a policy cases whose answers are written down.",
        discussion: """
            A file of cases is YAML or JSON: `cases:`, each with `action`, `expect` and perhaps `name`, `payload`, `target`, \
            `facts` and `rule`. Facts that a case leaves out are those of an agent that gives no cause for concern; only its \
            `role` has no default. Ends with 4 when an answer differs.
            """)

    /// Most bytes of a file of cases.
    private static let limit = 16 << 20

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Files of cases, or - for standard input.") var files: [String]
    @Option(help: ArgumentHelp("The policy's file.", valueName: "file")) var policy: String

    func run() throws {
        let policy = try PolicyFile.policy(policy)
        var outcomes: [(file: String, outcome: PolicyTestFile.Outcome)] = []
        for file in files {
            let bytes = try UserFile.read(file, limit: Self.limit)
            let cases = try PolicyTestFile(parsing: bytes, format: PolicyFile.format(bytes))
            outcomes += cases.run(policy).map { (file, $0) }
        }
        let failed = outcomes.filter { !$0.outcome.passed }
        try options.show([
            "cases": .integer(Int64(outcomes.count)), "failed": .integer(Int64(failed.count)),
            "outcomes": .array(outcomes.map { Self.json($0.file, $0.outcome) }),
        ]) {
            let lines = failed.map { "\($0.file):\($0.outcome.line): \($0.outcome.name): \($0.outcome.detail)" }
            return (lines.map(Console.printable) + ["\(outcomes.count - failed.count) of \(outcomes.count) cases hold"])
                .joined(separator: "\n")
        }
        if !failed.isEmpty { throw Stop(code: ExitStatus.verificationFailed) }
    }

    private static func json(_ file: String, _ outcome: PolicyTestFile.Outcome) -> JSONValue {
        [
            "detail": .string(outcome.detail), "file": .string(file), "line": .integer(Int64(outcome.line)),
            "name": .string(outcome.name), "passed": .bool(outcome.passed),
        ]
    }
}

internal import ArgumentParser
internal import ChanceryCustodian
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryWire

struct ComputeExtract: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract", abstract: "Show how well clients could copy a model under a policy.",
        discussion: """
            Runs the known attacks on the owner's linear or logistic model: exact and rounded answers, labels, corners of the \
            ranges, packing. Ends with 3 when a copy would pass the owner's limit within the budgets. Behaviour on natural \
            inputs can be copied with a handful of answers whatever the policy; the curve shows when. With --sign the owner \
            states the result for custodians, who activate no program past its policy's limit.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The model.", valueName: "file")) var model: String
    @Option(help: ArgumentHelp("The policy; the standard one without it.", valueName: "file")) var policy: String?
    @Option(help: "What a client is told: exact, label, step:NUMBER, or bits:B:LOW:HIGH; the package's without it.")
    var answers: String?
    @Option(help: "Binary digits after the point inside the program, 0 to 40.") var fraction = 24
    @Option(help: "Where the simulator's own randomness begins.") var seed: UInt64 = 1
    @Option(help: ArgumentHelp("Where the curve is drawn; it must not exist.", valueName: "file")) var svg: String?
    @Option(help: ArgumentHelp("The program's package: its policy and answers count.", valueName: "file")) var package: String?
    @Option(
        help: ArgumentHelp(
            "Where the owner's signed statement is written, for custodians; it must not exist. Needs --package and --key.",
            valueName: "file"))
    var sign: String?
    @Option(help: ArgumentHelp("The owner's key file.", valueName: "file")) var key: String?
    @OptionGroup var passphrase: PassphraseSource

    func validate() throws {
        guard sign == nil || (package != nil && key != nil && answers == nil) else {
            throw ValidationError("--sign needs --package and --key, and takes the answers from the package")
        }
    }

    func run() throws {
        for path in [svg, sign] { try UserFile.requireFree(path) }
        let content = try package.map { try ProgramContent(package: UserFile.read($0, limit: ProgramContent.maximumBytes)) }
        let policy =
            try policy.map { try ComputePolicy(file: $0) } ?? content?.policy ?? ComputePolicy()
        let shape = try answers.map { text in try UsageError.reading("--answers") { try OutputShape(text) } }
        let report = try ComputeSimulation(
            model: model, policy: policy, shape: shape ?? content.map { OutputShape(of: $0.circuit) } ?? .exact,
            fraction: fraction, seed: seed
        ).run()
        if let svg { try UserFile.write(Array(report.svg.utf8), to: svg) }
        try options.show(Self.json(report)) { report.table + "\n" + report.plot() }
        try report.requireWithinLimit()
        guard let sign, let key, let content else { return }
        let owner = try ClientKeyFile.open(key, passphrase.opening(CertificateFile.custody(of: key), options))
        let statement = try ExtractionStatement.sign(
            report, on: content.id, under: policy, at: Home.now(), by: owner, salt: SystemRandom.bytes(16))
        // What custodians would refuse is refused here.
        try content.requireWithinLimit(statement, under: policy)
        try UserFile.write(statement.record.bytes, to: sign)
    }

    private static func json(_ report: ExtractionReport) -> JSONValue {
        [
            "client": report.client.map { .integer($0) } ?? .null,
            "curves": .array(
                report.curves.map { curve in
                    [
                        "attack": .string(curve.attack.rawValue), "possible": .bool(curve.isPossible),
                        "points": .array(curve.points.map(json)),
                    ]
                }),
            "finding": report.finding.map { finding in
                [
                    "attack": .string(finding.attack.rawValue), "point": json(finding.point),
                    "projected": .bool(finding.isProjected), "reach": .string(finding.reach.rawValue),
                ]
            } ?? .null,
            "program": report.program.map { .integer($0) } ?? .null,
        ]
    }

    private static func json(_ point: ExtractionReport.Point) -> JSONValue {
        [
            "agreement": .string(String(point.agreement)), "queries": .integer(Int64(point.queries)),
            "weight_error": .string(String(point.weightError)),
        ]
    }
}

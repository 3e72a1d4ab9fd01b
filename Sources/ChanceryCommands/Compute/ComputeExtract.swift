internal import ArgumentParser
internal import ChanceryCircuit
internal import ChanceryOracle
internal import ChanceryWire

struct ComputeExtract: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract", abstract: "Show how well clients could copy a model under a policy.",
        discussion: """
            Runs the known attacks on the owner's linear or logistic model: exact and rounded answers, labels, corners of the \
            ranges, packing. Ends with 3 when a copy would pass the owner's limit within the budgets. Behaviour on natural \
            inputs can be copied with a handful of answers whatever the policy; the curve shows when.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The model.", valueName: "file")) var model: String
    @Option(help: ArgumentHelp("The policy; the standard one without it.", valueName: "file")) var policy: String?
    @Option(help: "What a client is told: exact, label, step:NUMBER, or bits:B:LOW:HIGH.") var answers = "exact"
    @Option(help: "Binary digits after the point inside the program, 0 to 40.") var fraction = 24
    @Option(help: "Where the simulator's own randomness begins.") var seed: UInt64 = 1
    @Option(help: ArgumentHelp("Where the curve is drawn; it must not exist.", valueName: "file")) var svg: String?

    func run() throws {
        try UserFile.requireFree(svg)
        let model = try Self.linear(ComputeModel.read(model))
        let policy = try policy.map { try ComputePolicy(decoding: UserFile.read($0, limit: 4096)) } ?? ComputePolicy()
        let report = try ExtractionSimulator(
            model, shape: Self.shape(answers), policy: policy, fractionBits: fraction, seed: seed
        ).run()
        if let svg { try UserFile.write(Array(report.svg.utf8), to: svg) }
        try options.show(Self.json(report)) { report.table + "\n" + report.plot() }
        try report.requireWithinLimit()
    }

    private static func linear(_ model: Model) throws -> LinearModel {
        guard model.kind != .network, let layer = model.layers.first, layer.weights.count == 1, layer.bias.count == 1 else {
            throw UsageError("the simulator knows linear and logistic models with one answer")
        }
        func number(_ text: String) throws -> Double {
            guard let number = Double(text) else { throw UsageError("`\(text)` is no number") }
            return number
        }
        return try LinearModel(
            weights: layer.weights[0].map(number), bias: number(layer.bias[0]),
            ranges: model.features.map { feature in
                let (low, high) = (try number(feature.minimum), try number(feature.maximum))
                guard low < high else { throw UsageError("the range of `\(feature.name)` is empty") }
                return low...high
            })
    }

    private static func shape(_ text: String) throws -> OutputShape {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let numbers = parts.dropFirst().compactMap { Double($0) }
        guard numbers.count == parts.count - 1, numbers.allSatisfy(\.isFinite) else { throw unknown(text) }
        switch (parts[0], numbers.count) {
        case ("exact", 0): return .exact
        case ("label", 0): return .label
        case ("step", 1): return .step(numbers[0])
        case ("bits", 3):
            guard let bits = Int(exactly: numbers[0]), numbers[1] < numbers[2] else { throw unknown(text) }
            return .bits(bits, numbers[1]...numbers[2])
        default: throw unknown(text)
        }
    }

    private static func unknown(_ text: String) -> UsageError {
        UsageError("--answers is exact, label, step:NUMBER or bits:B:LOW:HIGH; not `\(text)`")
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

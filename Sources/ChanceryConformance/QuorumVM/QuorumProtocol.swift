public import ChanceryArithmetic
internal import ChanceryCircuit
internal import ChanceryWire

/// What runs programs in custodians of their own: the vectors know nothing of sockets and processes.
public protocol VectorCommittee: Sendable {
    /// Installs a package of QuorumVM's and evaluates it on each row.
    func evaluate(package: [UInt8], _ rows: [[FieldElement]]) async throws -> [[FieldElement]]
    /// Installs a program in our language with its secrets, decimal numbers by name, and evaluates it on each row.
    func evaluate(source: String, secrets: [String: String], _ rows: [[FieldElement]]) async throws -> [[FieldElement]]
}

/// Circuits and scores of QuorumVM's vectors, through the protocol.
public struct QuorumProtocol: Sendable {
    private let committee: any VectorCommittee

    public init(_ committee: any VectorCommittee) { self.committee = committee }

    public var runners: [VectorRunner] { [circuits, scores] }

    private var circuits: VectorRunner {
        VectorRunner(
            "circuits of QuorumVM, through the protocol", recognises: QuorumPrograms.circuits.recognises,
            run: { file, _, log in
                let document = try file.document
                let program = try SeedProgram(json: document.stated("ir"))
                let circuit = try program.circuit()
                let cases = try document.list("cases")
                let rows = try cases.map { test in
                    let inputs = try test.stated("inputs")
                    return try circuit.inputs.map { try inputs.circuitElement($0.name) }
                }
                let found = try await committee.evaluate(package: Self.package(of: program), rows)
                for (number, test) in cases.enumerated() {
                    log.run("case \(number)") { comparison in
                        guard number < found.count else { return comparison.isTrue("a result, which", false) }
                        comparison.equal("output", found[number].first?.decimal, try test.text("output"))
                    }
                }
            })
    }

    private var scores: VectorRunner {
        VectorRunner(
            "scores of models, through the protocol", recognises: QuorumScoring.runner.recognises,
            run: { file, _, log in
                let document = try file.document
                switch try document.text("kind") {
                case "decision_tree":
                    for number in try document.list("cases").indices { log.skip("case \(number)", .laterRoom) }
                case "integer_linear":
                    let program = try SeedParser.parse(document.text("source"), profile: .seed, isStrict: true)
                    let rows = try QuorumScoring.integerRows(document)
                    let found = try await committee.evaluate(package: Self.package(of: program), rows)
                    try QuorumScoring.compareIntegers(document, found.compactMap(\.first), &log)
                default:
                    let model = try Model(json: document)
                    let source = model.source(rounding: .none)
                    let circuit = try CircuitCompiler.compile(source)
                    let found = try await committee.evaluate(
                        source: source,
                        secrets: Dictionary(
                            model.secrets.map { ($0.name, "\($0.value)") }, uniquingKeysWith: { first, _ in first }),
                        QuorumScoring.rows(document, circuit))
                    try QuorumScoring.compare(document, circuit, found.compactMap(\.first), &log)
                }
            })
    }

    /// A package with room for all cases.
    private static func package(of program: SeedProgram) throws -> [UInt8] {
        try SeedPackage(program: program, policy: .init(budget: 1000, evaluationsPerMinute: 1000)).bytes
    }
}

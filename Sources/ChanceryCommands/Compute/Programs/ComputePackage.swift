internal import ArgumentParser
internal import ChanceryArithmetic
internal import ChanceryCircuit
internal import ChanceryCustodian
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryWire

struct ComputePackage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "package", abstract: "Make the package of a program for the custodians of a roster.",
        discussion: """
            The package commits to the secrets by a salted hash, which the owner keeps beside their values to show later what \
            was installed. Without --policy the standard one counts, with the output bits of the program.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @Argument(help: ArgumentHelp("The program's source.", valueName: "file")) var source: String
    @Option(help: ArgumentHelp("The values of its secrets: a JSON object.", valueName: "file")) var secrets: String?
    @Option(help: ArgumentHelp("The policy.", valueName: "file")) var policy: String?
    @Option(help: "The version, 1 to 64 bytes.") var version = "1.0.0"
    @Option(help: "The custodians' epoch.") var epoch: Int64 = 1
    @Option(help: ArgumentHelp("The package to write.", valueName: "file")) var out: String

    func run() throws {
        try UserFile.requireFree(out)
        guard let text = String(validating: try UserFile.read(source, limit: 1 << 20), as: UTF8.self) else {
            throw UsageError("`\(source)` is not UTF-8")
        }
        let code = ProgramCode.source(text)
        let circuit = try code.circuit()
        let values = try secrets.map { try UserFile.object("@" + $0) } ?? JSONObject()
        let elements = try circuit.secrets.map { try $0.element(in: values) }
        let salt = SystemRandom.bytes(SecretsCommitment.saltLength)
        let roster = try place.pinned()
        let terms = try ProgramPackage.Terms(
            version: version, code: code,
            secretsCommitment: circuit.secrets.isEmpty ? nil : SecretsCommitment.digest(of: elements, salt: salt),
            policy: policyObject(circuit), parties: roster.set.custodians.count, threshold: roster.set.threshold,
            custodians: roster.set.digest, epoch: epoch)
        let package = try ProgramPackage(terms)
        try UserFile.write(package.bytes, to: out)
        let kept = circuit.secrets.isEmpty ? nil : Hex.encode(salt)
        try options.show([
            "out": .string(out), "program": .string(Hex.encode(package.id)), "salt": kept.map { .string($0) } ?? .null,
        ]) {
            "program \(Hex.encode(package.id))" + (kept.map { "\nsalt of the commitment, to be kept: \($0)" } ?? "")
        }
    }

    private func policyObject(_ circuit: Circuit) throws -> JSONObject {
        if let path = policy { return try Self.object(ComputePolicy(file: path)) }
        var standard = ComputePolicy()
        standard.outputBits = ProgramContent.outputBits(of: circuit)
        standard.checksRanges = ProgramContent.checksRanges(circuit)
        return try Self.object(standard)
    }

    private static func object(_ policy: ComputePolicy) throws -> JSONObject {
        return try JSONParser.parse(policy.bytes).object ?? JSONObject()
    }
}

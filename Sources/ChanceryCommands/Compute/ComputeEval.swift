internal import ArgumentParser
internal import ChanceryArithmetic
internal import ChanceryCircuit
internal import ChanceryClient
internal import ChanceryCustodian
internal import ChanceryThreshold
internal import ChanceryWire
internal import Foundation

struct ComputeEval: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Evaluate a program on values that leave this machine masked.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The program's id, or alias: and its alias.") var program: String
    @Option(help: ArgumentHelp("A value; may be repeated.", valueName: "name=number")) var input: [String] = []

    func run() throws {
        var values = JSONObject()
        for text in input {
            guard let sign = text.firstIndex(of: "=") else { throw UsageError("--input is NAME=NUMBER") }
            values[String(text[..<sign])] = .string(String(text[text.index(after: sign)...]))
        }
        try ComputeRunner(options, place, passphrase, program).run([values])
    }
}

struct ComputeBatch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch", abstract: "Evaluate a program on many rows at once, in one session.",
        discussion: "FILE is a JSON array of objects of names and numbers, as JSON or as text.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The program's id, or alias: and its alias.") var program: String
    @Argument(help: ArgumentHelp("The rows.", valueName: "file")) var file: String

    func run() throws {
        let rows = try UsageError.reading(file) {
            try JSONParser.parse(UserFile.read(file, limit: 64 << 20), limits: .init(bytes: 64 << 20, depth: 4))
        }
        guard let objects = rows.array?.compactMap(\.object), objects.count == rows.array?.count, !objects.isEmpty else {
            throw UsageError("`\(file)` holds no array of objects")
        }
        try ComputeRunner(options, place, passphrase, program).run(objects)
    }
}

/// Evaluates rows and shows what came out.
struct ComputeRunner {
    private let options: GlobalOptions
    private let place: ComputePlace
    private let passphrase: PassphraseSource
    private let program: String

    init(_ options: GlobalOptions, _ place: ComputePlace, _ passphrase: PassphraseSource, _ program: String) {
        self.options = options
        self.place = place
        self.passphrase = passphrase
        self.program = program
    }

    func run(_ rows: [JSONObject]) throws {
        let named = try place.resolve(program)
        let (id, circuit, client) = (named.id, named.content.circuit, try place.client(passphrase, options))
        let inputs = try rows.map { row in try circuit.inputs.map { try $0.element(in: row) } }
        let result = try Daemon.result { try await client.evaluate(id, inputs) }
        let shown = result.outputs.map { row in
            JSONValue.object(
                JSONObject(
                    zip(circuit.outputs, row).map { .init(name: $0.name, value: .string($0.decimal($1))) }))
        }
        let assurance = ["unchecked", "checked", "corrected"][Int(result.assurance.rawValue)]
        try options.show([
            "assurance": .string(assurance), "named": .array(result.named.map { .integer(Int64($0)) }),
            "program": .string(Hex.encode(id)), "results": .array(shown),
        ]) {
            let lines = shown.map { row in
                (row.object?.members ?? []).map { "\($0.name) = \($0.value.string ?? "")" }.joined(separator: "  ")
            }
            let named =
                result.named.isEmpty
                ? ""
                : "\nno share, or a wrong one, came from custodian \(result.named.map(String.init).joined(separator: ", "))"
            return lines.joined(separator: "\n") + "\n(\(assurance))" + named
        }
    }
}

extension Circuit.Variable {
    /// The value of this name in `values`: a number, or one as text.
    func element(in values: JSONObject) throws -> FieldElement {
        guard let value = values[name], let text = Self.decimal(value) else {
            throw UsageError("`\(name)` needs a number, or one as text")
        }
        return try element(text)
    }

    private static func decimal(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text), .bigInteger(let text): text
        case .integer(let number): String(number)
        // The shortest decimal that is this number: what was written, up to its 17th digit.
        case .double(let number): Decimal(string: "\(number)")?.description
        default: nil
        }
    }
}

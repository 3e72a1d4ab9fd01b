internal import ArgumentParser
internal import ChanceryArithmetic
internal import ChanceryCircuit
internal import ChanceryClient
internal import ChanceryCustodian
internal import ChanceryThreshold
internal import ChanceryWire

struct ComputeEval: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Evaluate a program on values that leave this machine masked.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The program's id.") var program: String
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
        discussion: "FILE is a JSON array of objects of names and decimal numbers.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The program's id.") var program: String
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
        let id = try ComputePlace.program(program)
        let (remote, client) = (try place.remote(), try place.client(passphrase, options))
        let (circuit, result) = try Daemon.result {
            let circuit = try await ProgramContent(package: remote.program(id).package).circuit
            let inputs = try rows.map { row in try circuit.inputs.map { try ComputeValue.read(row[$0.name], $0.name, $0.type) }
            }
            return (circuit, try await client.evaluate(id, inputs))
        }
        let shown = result.outputs.map { row in
            JSONValue.object(
                JSONObject(
                    zip(circuit.outputs, row).map { .init(name: $0.name, value: .string(ComputeValue.text($1, $0.type))) }))
        }
        let assurance = ["unchecked", "checked", "corrected"][Int(result.assurance.rawValue)]
        try options.show([
            "assurance": .string(assurance), "named": .array(result.named.map { .integer(Int64($0)) }),
            "results": .array(shown),
        ]) {
            let lines = shown.map { row in
                (row.object?.members ?? []).map { "\($0.name) = \($0.value.string ?? "")" }.joined(separator: "  ")
            }
            let named =
                result.named.isEmpty
                ? "" : "\nwrong shares came from custodian \(result.named.map(String.init).joined(separator: ", "))"
            return lines.joined(separator: "\n") + "\n(\(assurance))" + named
        }
    }
}

/// Numbers as people write them, and as a wire holds them.
enum ComputeValue {
    /// Reads a whole number, or a decimal fraction for a fixed-point wire, rounded to its nearest step.
    static func read(_ value: JSONValue?, _ name: String, _ type: Circuit.WireType) throws -> FieldElement {
        guard let text = value?.string ?? value?.integer.map(String.init) else {
            throw UsageError("`\(name)` needs a number, as text or as a whole number")
        }
        if case .fixed(_, let fraction) = type {
            guard let number = fixed(text, fraction) else {
                throw UsageError("`\(name)`: `\(text)` is no decimal number in range")
            }
            return number
        }
        guard text.utf8.count <= 64, let number = FieldElement(decimal: text) else {
            throw UsageError("`\(name)`: `\(text)` is no whole number")
        }
        return number
    }

    private static func fixed(_ text: String, _ fraction: UInt8) -> FieldElement? {
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let digits = parts.count == 2 ? parts[1] : ""
        guard text.utf8.count <= 40, let whole = parts.first, !whole.isEmpty, digits.utf8.count <= 15,
            (String(whole) + digits).utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int128(String(whole) + digits),
            fraction <= 40, number < Int128(1) << 80
        else { return nil }
        var ten = Int128(1)
        for _ in digits { ten *= 10 }
        let scaled = ((number << Int128(fraction)) + ten / 2) / ten
        return FieldElement(signed128: isNegative ? -scaled : scaled)
    }

    /// The number of an output.
    static func text(_ value: FieldElement, _ type: Circuit.WireType) -> String {
        switch type {
        case .field: return value.decimal
        case .fixed(_, let fraction):
            let signed = value.signed
            let magnitude = signed.magnitude
            let whole = magnitude >> UInt128(fraction)
            let rest = magnitude & ((UInt128(1) << UInt128(fraction)) - 1)
            let digits = String((rest * 1_000_000_000 >> UInt128(fraction)) + 1_000_000_000).dropFirst()
            return "\(signed < 0 ? "-" : "")\(whole).\(digits)"
        default: return String(value.signed)
        }
    }
}

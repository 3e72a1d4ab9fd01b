internal import ArgumentParser
internal import ChanceryClient
internal import ChanceryCustodian
internal import ChancerySuite
internal import ChanceryWire

/// A question to the custodians through the coordinator.
protocol ComputeQuestion: ParsableCommand {
    var options: GlobalOptions { get }
    var place: ComputePlace { get }
    func path() throws -> String
    static var columns: [String] { get }
}

extension ComputeQuestion {
    func run() throws {
        let (remote, path) = (try place.remote(), try path())
        let answers = try Daemon.result { try await remote.query(path) }
        try options.show(answers) {
            var table = Table(Self.columns)
            for answer in answers.array ?? [] {
                table.add(Self.columns.map { Self.text(answer[$0] ?? answer["standing"]?[$0]) })
            }
            return table.text
        }
    }

    private static func text(_ value: JSONValue?) -> String {
        switch value {
        case .string(let text): String(Console.printable(text).prefix(40))
        case .integer(let number): String(number)
        case .bool(let isTrue): isTrue ? "yes" : "no"
        case .array(let list): list.map { text($0["program"] ?? $0["first"] ?? $0) }.joined(separator: " ")
        case nil, .null: ""
        default: "…"
        }
    }
}

struct ComputeStatus: ComputeQuestion {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Show what each custodian says of itself.")
    static let columns = ["number", "epoch", "agreed", "live", "sessions", "retired", "programs"]

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace

    func path() -> String { "status" }
}

struct ComputePool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pool", abstract: "Show what material each custodian has; --add has more made.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @Argument(help: "The program's id, or alias: and its alias.") var program: String
    @Option(help: "Make material for so many evaluations.") var add: Int?

    func run() throws {
        let (id, remote) = (try place.resolve(program).id, try place.remote())
        if let add {
            let ordered = try Daemon.result { try await remote.order(id, count: add) }["ordered"]?.integer ?? 0
            if ordered < add {
                Console.remark("\(ordered) are made: a custodian keeps four times what it keeps ready, and a block has a size")
            }
        }
        let answers = try Daemon.result { try await remote.query("programs/\(Hex.encode(id))/pool") }
        try options.show(answers) {
            var table = Table(["number", "free", "indices"])
            for answer in answers.array ?? [] {
                let blocks = answer["blocks"]?.array ?? []
                let ranges = blocks.map { ($0["first"]?.integer ?? 0, $0["end"]?.integer ?? 0) }
                table.add([
                    String(answer["number"]?.integer ?? 0), String(ranges.reduce(0) { $0 + $1.1 - $1.0 }),
                    ranges.map { "\($0.0)..<\($0.1)" }.joined(separator: " "),
                ])
            }
            return table.text
        }
    }
}

struct ComputeBudget: ComputeQuestion {
    static let configuration = CommandConfiguration(
        commandName: "budget", abstract: "Show what a client may still ask for, by each custodian's own books.")
    static let columns = ["number", "remaining", "program", "tokens", "bits", "program_bits", "rank"]

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The program's id, or alias: and its alias.") var program: String
    @Option(help: ArgumentHelp("The id of the client's key; yours without it.", valueName: "hex")) var client: String?

    func path() throws -> String {
        let id = try place.resolve(program).id
        let client =
            try client.map { text in try UsageError.reading("--client") { try Hex.decode(text, count: 32) } }
            ?? place.clientKey(passphrase, options).publicKey.id
        return "programs/\(Hex.encode(id))/standing?client=\(Hex.encode(client))"
    }
}

struct ComputeAudit: ComputeQuestion {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Show how many evaluations each custodian noted, and the root of its events.")
    static let columns = ["number", "size", "root"]

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @Argument(help: "The program's id, or alias: and its alias.") var program: String

    func path() throws -> String { "programs/\(Hex.encode(try place.resolve(program).id))/events" }
}

internal import ArgumentParser
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell the whole story in a temporary home: agents act, a stranger verifies, attacks are caught.",
        discussion: """
            The rooms of this version are `ledger`, `governance`, `gate` and `vault`.

            With --keep the home stays, and its dashboard answers on a free port of 127.0.0.1 until Ctrl-C; the last line is the \
            link that signs in. Examples/verify_evidence.py checks the file of --evidence without any of this code.
            """)

    enum Room: String, ExpressibleByArgument, CaseIterable {
        case ledger, governance, gate, vault
    }

    @OptionGroup var options: GlobalOptions
    @Argument(help: "One room alone: ledger, governance, gate or vault.") var room: Room?
    @Flag(help: "Leave the temporary home in place, and serve the gate's dashboard.") var keep = false
    @Option(
        help: ArgumentHelp(
            "Write the payment's evidence here, and the names to pin beside it, in PATH.pins.", valueName: "path"))
    var evidence: String?

    private var hasGate: Bool { room == nil || room == .gate }

    func validate() throws {
        guard hasGate || evidence == nil else { throw ValidationError("the evidence is that of the gate's part") }
    }

    func run() throws {
        let folder = NSTemporaryDirectory() + "chancery-demo-" + Hex.encode(SystemRandom.bytes(6))
        defer { if !keep { try? FileManager.default.removeItem(atPath: folder) } }
        let printer = DemoPrinter(json: options.json)
        let rooms = room.map { [$0] } ?? Room.allCases
        if rooms.contains(.ledger) { try LedgerDemo(folder: folder, printer: printer).run() }
        if rooms.contains(.governance) { try GovernanceDemo(folder: folder, printer: printer).run() }
        if hasGate {
            let path = evidence ?? folder + "/payment.evidence.json"
            try GateDemo(folder: folder, evidence: path, printer: printer).run()
        }
        if rooms.contains(.vault) { try VaultDemo(folder: folder, printer: printer).run() }
        try printer.end([
            "What to try next:",
            "  chancery agent register NAME --role ROLE        an agent of your own",
            "  chancery stamp --agent NAME --payload '{…}'     what it did, signed and durable",
            "  chancery log checkpoint                         publish a checkpoint over everything",
            "  chancery verify FILE --identity DOCUMENT        be the stranger",
            "  chancery cluster up                             a federation of five nodes on this machine",
            "  chancery gate --help                            decide what agents may do; `chancery mcp gate` holds any MCP server",
            "  chancery vault --help                           keep models and credentials that open under a decision",
            "  chancery --help                                 everything else",
        ])
        guard keep else { return }
        options.remark("kept: \(folder)")
        if hasGate { try serve(GateDemo.home(in: folder)) }
    }

    private func serve(_ home: (path: String, state: String)) throws {
        var arguments = ["--home", home.path, "--state", home.state, "--port", "0"]
        if options.json { arguments.append("--json") }
        if options.quiet { arguments.append("--quiet") }
        let serve = try Serve.parse(arguments)
        try serve.run()
    }
}

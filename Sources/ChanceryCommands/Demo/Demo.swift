internal import ArgumentParser
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell the whole story in a temporary home: agents act, a stranger verifies, attacks are caught.",
        discussion: "The rooms of this version are `ledger`, `governance`, `gate` and `vault`.")

    enum Room: String, ExpressibleByArgument, CaseIterable {
        case ledger, governance, gate, vault
    }

    @OptionGroup var options: GlobalOptions
    @Argument(help: "One room alone: ledger, governance, gate or vault.") var room: Room?
    @Flag(help: "Leave the temporary home in place and say where it is.") var keep = false

    func run() throws {
        let folder = NSTemporaryDirectory() + "chancery-demo-" + Hex.encode(SystemRandom.bytes(6))
        defer { if !keep { try? FileManager.default.removeItem(atPath: folder) } }
        let printer = DemoPrinter(json: options.json)
        let rooms = room.map { [$0] } ?? Room.allCases
        if rooms.contains(.ledger) { try LedgerDemo(folder: folder, printer: printer).run() }
        if rooms.contains(.governance) { try GovernanceDemo(folder: folder, printer: printer).run() }
        if rooms.contains(.gate) { try GateDemo(folder: folder, printer: printer).run() }
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
        if keep { options.remark("kept: \(folder)") }
    }
}

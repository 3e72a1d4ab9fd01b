internal import ArgumentParser
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell the whole story in a temporary home: agents act, a stranger verifies, attacks are caught.",
        discussion: "The only room of this version is `ledger`.")

    enum Room: String, ExpressibleByArgument, CaseIterable {
        case ledger
    }

    @OptionGroup var options: GlobalOptions
    @Argument(help: "One room alone: ledger.") var room: Room?
    @Flag(help: "Leave the temporary home in place and say where it is.") var keep = false

    func run() throws {
        let folder = NSTemporaryDirectory() + "chancery-demo-" + Hex.encode(SystemRandom.bytes(6))
        defer { if !keep { try? FileManager.default.removeItem(atPath: folder) } }
        let printer = DemoPrinter(json: options.json)
        try LedgerDemo(folder: folder, printer: printer).run()
        try printer.end([
            "What to try next:",
            "  chancery agent register NAME --role ROLE        an agent of your own",
            "  chancery stamp --agent NAME --payload '{…}'     what it did, signed and durable",
            "  chancery log checkpoint                         publish a checkpoint over everything",
            "  chancery verify FILE --identity DOCUMENT        be the stranger",
            "  chancery --help                                 everything else",
        ])
        if keep { options.remark("kept: \(folder)") }
    }
}

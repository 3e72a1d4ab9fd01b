internal import ArgumentParser
internal import ChanceryClient
internal import ChanceryCustodian
internal import ChanceryLedger
internal import ChanceryOracle
internal import ChanceryWire
internal import Foundation

/// `chancery compute blame …`
struct ComputeBlame: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blame", abstract: "Fetch evidence against custodians, and check it offline.",
        subcommands: [ComputeBlameExport.self, ComputeBlameVerify.self])
}

struct ComputeBlameExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Fetch what custodians hold against each other; each file proves itself.",
        discussion: """
            A custodian whose signed statements lack frames that it sent is listed with those who say so. Of that nobody else can be \
            convinced: look at more than one who says it, and at its log. What is no evidence, or is listed and not given, is passed \
            over with a remark.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @Argument(help: "The program's id, or alias: and its alias.") var program: String
    @Option(help: ArgumentHelp("The folder for the files; it is made when it is missing.", valueName: "folder"))
    var out: String

    func run() throws {
        let (id, remote, judge) = (try place.resolve(program).id, try place.remote(), FrameJudge(try place.pinned()))
        let blames = try Daemon.result { try await remote.blames(id) }
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        var shown: [JSONValue] = []
        for (name, bytes) in blames.files.sorted(by: { $0.key < $1.key }) {
            // What does not hold is not brought home, and keeps nothing else from being.
            guard let accused = try? judge.verify(bytes).accused else {
                Console.remark("`\(name)` is no evidence: passed over")
                continue
            }
            let path = "\(out)/\(name.prefix(16)).blame.json"
            if !FileManager.default.fileExists(atPath: path) { try UserFile.write(bytes, to: path) }
            shown.append(["accused": .array(accused.map { .string($0.text) }), "file": .string(path)])
        }
        for (name, listers) in blames.missing.sorted(by: { $0.key < $1.key }) {
            Console.remark("custodian \(listers.map(String.init).joined(separator: ", ")) lists `\(name)` and does not give it")
        }
        let unrooted = blames.unrooted.sorted { $0.key < $1.key }.map { (party: $0.key, by: $0.value.sorted()) }
        try options.show([
            "files": .array(shown),
            "unrooted": .array(
                unrooted.map {
                    ["by": .array($0.by.map { .integer(Int64($0)) }), "custodian": .integer(Int64($0.party))]
                }),
        ]) {
            let files = shown.map {
                "\($0["file"]?.string ?? "")  \(($0["accused"]?.array ?? []).compactMap(\.string).joined(separator: " "))"
            }
            let remarks = unrooted.map { party, by in
                "custodian \(party) does not stand by what it sent, say \(by.map(String.init).joined(separator: ", ")): unproved"
            }
            return ((files.isEmpty ? ["no custodian holds evidence against another"] : files) + remarks).joined(separator: "\n")
        }
    }
}

struct ComputeBlameVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check evidence against a custodian from its file alone.",
        discussion: """
            Needs no network: the list of custodians that you pinned, and the file. It holds frames, their paths and the roots that \
            custodians signed; whose share lies off the polynomial of the others, or who signed two things, is convicted.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The evidence.", valueName: "file")) var file: String
    @Option(help: ArgumentHelp("The list of custodians, as you pinned it.", valueName: "file")) var roster: String

    func run() throws {
        let pinned = try CustodianRoster(decoding: UserFile.read(roster, limit: CustodianRoster.maximumBytes))
        let found = try FrameJudge(pinned).verify(UserFile.read(file, limit: FrameJudge.maximumBytes))
        let accused = found.accused.map { (did: $0, number: pinned.number(of: $0) ?? 0) }
        try options.show([
            "accused": .array(accused.map { ["did": .string($0.did.text), "number": .integer(Int64($0.number))] }),
            "epoch": .integer(found.file.terms.epoch), "kind": .string(found.blame.kind),
            "program": .string(Hex.encode(found.file.terms.program)),
        ]) {
            accused.map { "custodian \($0.number) lied: \($0.did.text)" }.joined(separator: "\n")
                + "\nprogram \(Hex.encode(found.file.terms.program)), epoch \(found.file.terms.epoch), proved by \(found.blame.kind)"
        }
    }
}

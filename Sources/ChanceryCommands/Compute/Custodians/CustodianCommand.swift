internal import ArgumentParser
internal import ChanceryCustodian
internal import ChanceryLedger
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryWire

/// `chancery custodian …`
struct CustodianCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "custodian", abstract: "Hold shares of programs that nobody holds alone, and run them with others.",
        discussion: """
            A custodian has a home and a state folder (--home, --state), and TLS files of `chancery ca issue`. Its people \
            approve programs; its process checks every request itself and trusts no coordinator.
            """, subcommands: [CustodianInit.self, CustodianRosterCommand.self, CustodianAdmit.self, CustodianServe.self])
}

struct CustodianInit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a custodian's keys, and the file `seat.json` by which others know it.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions

    func run() throws {
        let home = try CustodianHome(options)
        let seat = try home.create(passphrase.creating(options))
        try options.show(seat) { seat["did"]?.string ?? "" }
    }
}

struct CustodianRosterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roster", abstract: "Write the list of custodians that everybody pins.",
        discussion: "Each custodian is given as FILE=ADDRESS, where FILE is its seat.json and ADDRESS https://HOST:PORT.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The custodians.", valueName: "file=address")) var custodians: [String]
    @Option(help: "How many custodians hold a secret together (K).") var threshold: Int
    @Option(help: ArgumentHelp("Who coordinates: its DID.", valueName: "did")) var coordinator: String
    @Option(help: ArgumentHelp("The file to write.", valueName: "file")) var out: String

    func run() throws {
        var list: [Custodian] = []
        var addresses: [DID: String] = [:]
        for text in custodians {
            guard let sign = text.firstIndex(of: "=") else { throw UsageError("a custodian is FILE=ADDRESS") }
            let seat = try CustodianSeat(at: String(text[..<sign]))
            list.append(seat.custodian)
            addresses[seat.did] = String(text[text.index(after: sign)...])
        }
        let roster = try CustodianRoster(
            list, threshold: threshold, addresses: addresses,
            coordinator: UsageError.reading("--coordinator") { try DID(coordinator) })
        try UserFile.write(roster.bytes, to: out)
        try options.show(["custodians": .string(Hex.encode(roster.set.digest)), "out": .string(out)]) {
            "federation for certificates: \(Hex.encode(roster.set.digest))"
        }
    }
}

struct CustodianAdmit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admit", abstract: "Let a client ask for evaluations; --owner lets it install secrets too.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The client's public key, as `compute client` printed it.", valueName: "key")) var key: String
    @Flag(help: "The client owns programs and may install their secrets.") var owner = false

    func run() throws {
        let key = try UsageError.reading("KEY") { try VerifyingKey<Purpose.Ticket>(.mlDSA65, Base64.url.decode(self.key)) }
        try CustodianHome(options).admit(AdmittedClient(key, isOwner: owner))
        try options.show(["client": .string(Hex.encode(key.id)), "owner": .bool(owner)]) { Hex.encode(key.id) }
    }
}

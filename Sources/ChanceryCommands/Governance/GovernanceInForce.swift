internal import ArgumentParser
internal import ChanceryNode
internal import ChanceryWire

struct GovernanceInForce: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "in-force", abstract: "Write what is decided with the members' word that nothing newer is.",
        discussion: """
            What custodians take (`compute activate --decision`), and what `governance certificate verify` checks. It ages: the \
            node of this home has to run, and wrote the beats within the last ten seconds.
            """)

    @OptionGroup var options: GlobalOptions
    @Option(help: "The file to write; it must not exist. Default: standard output.") var out: String?

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        let file = try home.desk.inForceFile()
        try UserFile.write(CanonicalForm.jcs.encode(file), to: out)
        try options.showWritten(["beats": .integer(Int64(file["beats"]?.array?.count ?? 0))], to: out)
    }
}

internal import ArgumentParser
internal import ChanceryClient
internal import ChanceryCustodian
internal import ChanceryGovernance
internal import ChanceryWire

/// What `governance in-force` writes, for custodians.
enum ComputeFederationFile {
    static let mostBytes = 8 << 20

    /// The decision file in it. Custodians and clients recompute it.
    static func decisions(_ file: [UInt8]) throws -> [UInt8] {
        let value = try JSONParser.parse(file, limits: .document)
        guard value["type"]?.string == InForceFile.type, let decisions = value["decision_file"] else {
            throw UsageError("the file is none that `governance in-force` wrote")
        }
        return try CanonicalForm.jcs.encode(decisions)
    }
}

struct ComputeGovern: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "govern", abstract: "Show the custodians what their federation has in force.",
        discussion: """
            FILE is what `governance in-force` wrote. Renews for how long programs run that the federation activated, and lifts \
            freezes that it lifted. Every custodian recomputes everything; nobody has to be believed.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @Argument(help: ArgumentHelp("What the federation has in force.", valueName: "file")) var file: String

    func run() throws {
        let (remote, bytes) = (try place.remote(), try UserFile.read(file, limit: ComputeFederationFile.mostBytes))
        try ComputeFederationTable.show(Daemon.result { try await remote.govern(bytes) }, options)
    }
}

struct ComputeFreeze: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze", abstract: "Show the custodians the certificate of a freeze: they stop at once.",
        discussion: """
            FILE is what `governance certificate export --certificate` wrote. A freeze acts on its certificate alone, before any \
            block orders it; UNFREEZE lifts it (`compute govern`).
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @Option(help: ArgumentHelp("The certificate of the freeze.", valueName: "file")) var certificate: String

    func run() throws {
        let (remote, bytes) = (try place.remote(), try UserFile.read(certificate, limit: ComputeFederationFile.mostBytes))
        try ComputeFederationTable.show(Daemon.result { try await remote.freeze(bytes) }, options)
    }
}

private enum ComputeFederationTable {
    static func show(_ answers: JSONValue, _ options: GlobalOptions) throws {
        try options.show(answers) {
            var table = Table(["number", "slot", "frozen", "lease ends"])
            for answer in answers.array ?? [] {
                table.add([
                    String(answer["number"]?.integer ?? 0), answer["slot"]?.integer.map(String.init) ?? "",
                    answer["frozen"]?.bool == true ? "yes" : "no", answer["lease_end"]?.string ?? "",
                ])
            }
            return table.text
        }
    }
}

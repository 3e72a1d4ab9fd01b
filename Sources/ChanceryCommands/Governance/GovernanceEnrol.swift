internal import ArgumentParser
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

struct GovernanceEnrol: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "enrol", abstract: "Make the member keys of this home and state, signed, whose they are.",
        discussion: """
            Whoever founds the federation, or proposes add-node, needs the file. The passphrase protects the key of proposals \
            and ballots; the daemon's keys have the passphrase of --node-passphrase-file, or the same one.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Option(help: "The identity of this home that becomes a member.") var identity: String
    @Option(help: "What the others call this member. Default: the identity's name.") var name: String?
    @Option(help: "The file to write; it must not exist. Default: standard output.") var out: String?
    @Option(help: ArgumentHelp("Protect the daemon's keys with another passphrase.", valueName: "file"))
    var nodePassphraseFile: String?

    var access: Home.Access { .writing("governance enrol") }

    func validate() throws {
        if let name, !(1...64).contains(name.utf8.count) { throw ValidationError("--name has 1 to 64 bytes") }
    }

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        let opened = try home.open(identity, passphrase)
        let ballot = try passphrase.creating(options)
        let node = try nodePassphraseFile.map { try PassphraseSource.file($0).protection(options) } ?? ballot
        let enrolment = try home.federation.enrol(opened, name: name ?? identity, ballot: ballot, node: node)
        try UserFile.write(CanonicalForm.jcs.encode(enrolment.json), to: out)
        try options.showWritten(["did": .string(enrolment.did.text), "name": .string(enrolment.name)], to: out)
    }
}

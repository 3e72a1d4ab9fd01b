internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

struct IdentityRotate: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Replace every key of an identity; its chains end and new ones follow.",
        discussion: "The new root is the key that the current document committed to. The old private keys are destroyed.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument var name: String

    var access: Home.Access { .writing("identity rotate") }

    func run(in home: Home) throws {
        let custody = try home.keeper.custody(of: IdentityName(name))
        let protection = try passphrase.opening(custody, options)
        let old = try home.open(IdentityName(name), protection)
        let now = Home.now()
        guard now >= old.document.createdAt else {
            throw NodeError(
                .rejected,
                "the clock says \(now.text), and the present document is of \(old.document.createdAt.text); set the clock first"
            )
        }
        let new = try home.ledger.rotate(old, keeper: home.keeper, protection: protection)
        try options.show(IdentityView(new.document, custody).json(custody: custody)) {
            "rotated \(name) to document \(new.document.number)\n  did       \(new.document.did)  (unchanged)\n  agent id  \(new.document.agentID)  (AISS-2.1, new)\n  agent id  \(new.document.classicalAgentID)  (AISS-1, new)"
        }
    }
}

struct IdentityProtect: HomeCommand {
    static let configuration = CommandConfiguration(commandName: "protect", abstract: "Change the passphrase of an identity.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var source: PassphraseSource
    @Argument var name: String
    @Option(help: ArgumentHelp("Read the new passphrase from the first line of a file.", valueName: "file"))
    var newPassphraseFile: String?
    @Option(help: ArgumentHelp("Let a TPM or token give the new passphrase, as this file says.", valueName: "file"))
    var newPassphraseCustody: String?
    @Flag(help: "Leave the private keys unencrypted. Anybody who reads the file can sign.")
    var insecureNoPassphrase = false

    var access: Home.Access { .writing("identity protect") }

    func validate() throws {
        let given = [insecureNoPassphrase, newPassphraseFile != nil, newPassphraseCustody != nil]
        if given.count(where: { $0 }) > 1 {
            throw ValidationError(
                "--insecure-no-passphrase, --new-passphrase-file and --new-passphrase-custody exclude each other")
        }
    }

    func run(in home: Home) throws {
        let name = try IdentityName(name)
        let custody = try home.keeper.custody(of: name)
        let old = custody == .passphrase ? try source.protection(options) : .unencrypted
        try home.keeper.protect(name, from: old, to: new(custody))
        try options.show(["name": .string(name.text), "protected": .bool(!insecureNoPassphrase)]) {
            insecureNoPassphrase
                ? "the keys of \(name) are not encrypted any more" : "the keys of \(name) have a new passphrase"
        }
    }

    /// What opened the keys is never taken for the new passphrase.
    private func new(_ custody: KeyCustody) throws -> KeyProtection {
        if insecureNoPassphrase { return .unencrypted }
        var new = PassphraseSource()
        new.passphraseFile = newPassphraseFile
        new.passphraseFd = nil
        new.passphraseCustody = newPassphraseCustody
        if newPassphraseFile == nil, newPassphraseCustody == nil, custody != .passphrase, source.isGiven { new = source }
        return try new.protection(confirm: true, fromEnvironment: custody != .passphrase, options)
    }
}

struct IdentityRemoveKey: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove-key", abstract: "Destroy the private keys of an identity on this machine.")

    @OptionGroup var options: GlobalOptions
    @Argument var name: String
    @Flag(help: "Confirm: the keys cannot be brought back.") var yes = false

    var access: Home.Access { .writing("identity remove-key") }

    func validate() throws {
        guard yes else { throw ValidationError("the private keys of `\(name)` would be gone for ever; repeat with --yes") }
    }

    func run(in home: Home) throws {
        try home.keeper.removeKey(IdentityName(name))
        try options.show(["name": .string(name), "removed": true]) { "the private keys of \(name) are gone" }
    }
}

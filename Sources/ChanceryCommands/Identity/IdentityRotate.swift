internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

struct IdentityRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Replace every key of an identity; its chains end and new ones follow.",
        discussion: "The new root is the key that the current document committed to. The old private keys are destroyed.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument var name: String

    func run() throws {
        let home = try Home(options)
        let custody = try home.keeper.custody(of: IdentityName(name))
        let protection = try passphrase.opening(custody)
        let old = try home.keeper.open(IdentityName(name), protection)
        let new = try home.ledger.rotate(old, keeper: home.keeper, protection: protection)
        try options.show(IdentityView(new.document, custody).json(custody: custody)) {
            "rotated \(name) to document \(new.document.number)\n  did       \(new.document.did)  (unchanged)\n  agent id  \(new.document.agentID)  (AISS-2.1, new)\n  agent id  \(new.document.classicalAgentID)  (AISS-1, new)"
        }
    }
}

struct IdentityProtect: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "protect", abstract: "Change the passphrase of an identity.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument var name: String
    @Option(help: "Read the new passphrase from the first line of a file.") var newPassphraseFile: String?

    func run() throws {
        let home = try Home(options)
        let name = try IdentityName(name)
        let old = try passphrase.opening(home.keeper.custody(of: name))
        var new = PassphraseOptions()
        new.passphraseFile = newPassphraseFile
        new.passphraseFd = nil
        new.insecureNoPassphrase = passphrase.insecureNoPassphrase
        try home.keeper.protect(name, from: old, to: new.creating())
        try options.show(["name": .string(name.text), "protected": .bool(!new.insecureNoPassphrase)]) {
            new.insecureNoPassphrase
                ? "the keys of \(name) are not encrypted any more" : "the keys of \(name) have a new passphrase"
        }
    }
}

struct IdentityRemoveKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove-key", abstract: "Destroy the private keys of an identity on this machine.")

    @OptionGroup var options: GlobalOptions
    @Argument var name: String
    @Flag(help: "Confirm: the keys cannot be brought back.") var yes = false

    func run() throws {
        guard yes else { throw UsageError("the private keys of `\(name)` would be gone for ever; repeat with --yes") }
        let home = try Home(options)
        try home.keeper.removeKey(IdentityName(name))
        try options.show(["name": .string(name), "removed": true]) { "the private keys of \(name) are gone" }
    }
}

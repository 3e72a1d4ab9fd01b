internal import ArgumentParser
internal import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire

/// `chancery keys …`
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "The keys of the vault: a root, and below it one wrapping key for each version.",
        subcommands: [KeysList.self, KeysDue.self, KeysRotate.self])
}

struct KeysList: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List every key with its state, dates and purpose; private halves are never shown.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource

    func run(in home: Home) throws {
        let keys = try home.vault(passphrase, options).keys()
        try options.show(.array(keys.map(\.json))) {
            var table = Table(["key", "kind", "algorithm", "state", "rotate by", "ends"])
            for key in keys {
                table.add([
                    key.id.text, key.kind.rawValue, key.algorithm.rawValue, key.state.rawValue,
                    key.statement.rotateBy.text, key.statement.expires.text,
                ])
            }
            return table.text
        }
    }
}

struct KeysDue: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "due", abstract: "List the keys whose next step is due; ends with 3 when one is past its end.",
        discussion: "A version whose wrapping key is past its end opens no more: put it again before.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource

    func run(in home: Home) throws {
        let due = try home.vault(passphrase, options).dueKeys()
        try options.show(.array(due.map { ["key": .string($0.id.text), "step": .string($0.step.rawValue)] })) {
            var table = Table(["key", "step"])
            for key in due { table.add([key.id.text, key.step.rawValue]) }
            return table.text
        }
        if due.contains(where: { $0.step == .expired }) { throw Stop(code: ExitStatus.refused) }
    }
}

struct KeysRotate: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Replace the root: wrap every seed under the new one and destroy the old one.",
        discussion: """
            No artifact is touched. What was deleted before is then beyond recovery, but for whoever has a backup of the old \
            root's file and its passphrase.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource

    var access: Home.Access { .writing("keys rotate") }

    func run(in home: Home) throws {
        let vault = try home.unlockedVault(passphrase, options)
        let (root, moved) = try vault.rotateRoot(home.custody(passphrase, options), by: VaultCaller.local)
        try options.show(["moved": .integer(Int64(moved)), "root": .string(root.text)]) {
            "\(root.text) is the root now; \(moved) seeds were moved"
        }
    }
}

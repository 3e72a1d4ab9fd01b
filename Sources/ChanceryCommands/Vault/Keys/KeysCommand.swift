internal import ArgumentParser
internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryVault
internal import ChanceryWire

/// `chancery keys …`
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "The keys of the vault: a root, and below it one wrapping key for each version.",
        subcommands: [
            KeysList.self, KeysInventory.self, KeysDue.self, KeysCreate.self, KeysRotate.self, KeysRetire.self,
            KeysDestroy.self, KeysCompromise.self,
        ])
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

struct KeysInventory: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory", abstract: "Count the keys by kind, algorithm and state, with the next dates of each.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource

    private struct Group: Hashable {
        let kind: VaultKeyKind
        let algorithm: VaultKeyAlgorithm
        let state: KeyState
    }

    func run(in home: Home) throws {
        let keys = Dictionary(grouping: try home.vault(passphrase, options).keys()) {
            Group(kind: $0.kind, algorithm: $0.algorithm, state: $0.state)
        }
        let order = keys.keys.sorted {
            ($0.kind.rawValue, $0.algorithm.rawValue, $0.state.rawValue)
                < ($1.kind.rawValue, $1.algorithm.rawValue, $1.state.rawValue)
        }
        func first(_ group: Group, _ date: (KeyStatement) -> UTCTime) -> String {
            keys[group]?.map { date($0.statement) }.min()?.text ?? ""
        }
        try options.show(
            .array(
                order.map { group in
                    [
                        "algorithm": .string(group.algorithm.rawValue), "count": .integer(Int64(keys[group]?.count ?? 0)),
                        "first_end": .string(first(group, \.expires)), "first_rotation": .string(first(group, \.rotateBy)),
                        "kind": .string(group.kind.rawValue), "state": .string(group.state.rawValue),
                    ]
                })
        ) {
            var table = Table(["kind", "algorithm", "state", "count", "first rotation", "first end"])
            for group in order {
                table.add([
                    group.kind.rawValue, group.algorithm.rawValue, group.state.rawValue, "\(keys[group]?.count ?? 0)",
                    first(group, \.rotateBy), first(group, \.expires),
                ])
            }
            return table.text
        }
    }
}

struct KeysDue: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "due", abstract: "List the keys whose next step is due; ends with 3 when one is refused.",
        discussion: """
            A version whose wrapping key is past its end or compromised opens no more until `chancery keys rotate --due`.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource

    func run(in home: Home) throws {
        let due = try home.vault(passphrase, options).dueKeys()
        try options.show(.array(due.map(VaultBody.json))) {
            var table = Table(["key", "step"])
            for key in due { table.add([key.id.text, key.step.rawValue]) }
            return table.text
        }
        if due.contains(where: { [.expired, .compromised].contains($0.step) }) { throw Stop(code: ExitStatus.refused) }
    }
}

struct KeysCreate: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a service key, to which clients seal what only this vault opens.",
        discussion: """
            For programs that use the library; `infer serve` makes keys of its own. Roots come by `vault init`, wrapping keys \
            by `vault put`, keys of clients by `api-key create`.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Option(help: ArgumentHelp("How long it serves (s, m, h, d), 92d at most.", valueName: "time")) var lifetime = "92d"

    var access: Home.Access { .writing("keys create") }

    func run(in home: Home) throws {
        let seconds = try TimeSpan(lifetime, option: "--lifetime").seconds
        let key = try home.unlockedVault(passphrase, options).createServiceKey(lifetime: seconds, by: VaultCaller.local)
        try options.show(key.json) { "\(key.id)  \(key.algorithm.rawValue), until \(key.expires.text)" }
    }
}

struct KeysRotate: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Replace a key by another of its line; the root where none is named.",
        discussion: """
            The root: every seed is wrapped under the new one and the old one is destroyed; no artifact is touched, and what \
            was deleted before is beyond recovery, but for whoever has a backup of the old root's file and its passphrase. A \
            wrapping key: its version is re-wrapped. A service key: the old one opens for another day. --due does all that is \
            due, as `chancery keys due` lists it.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Flag(help: "Every key that is due.") var due = false
    @Argument(help: "The key's id.") var key: String?

    var access: Home.Access { .writing("keys rotate") }

    func run(in home: Home) throws {
        guard key == nil || !due else { throw UsageError("name a key or give --due, not both") }
        let id = try key.map { text in try UsageError.reading("the key") { try VaultKeyID(text) } }
        let vault = try home.unlockedVault(passphrase, options)
        let custody = try home.custody(passphrase, options)
        if due { return try show(vault.rotateDue(custody, by: VaultCaller.local)) }
        guard let id else {
            let (root, moved) = try vault.rotateRoot(custody, by: VaultCaller.local)
            return try options.show(["moved": .integer(Int64(moved)), "root": .string(root.text)]) {
                "\(root.text) is the root now; \(moved) seeds were moved"
            }
        }
        let new = try vault.rotate(id, custody, by: VaultCaller.local)
        try options.show(["key": .string(new.text), "replaces": .string(id.text)]) { "\(new.text) replaces \(id.text)" }
    }

    private func show(_ work: Vault.DueWork) throws {
        try options.show([
            "damaged": .integer(Int64(work.damaged)), "retired": .integer(Int64(work.retired)),
            "rewrapped": .integer(Int64(work.rewrapped)), "root": work.root.map { .string($0.text) } ?? .null,
            "service": .array(work.service.map { .string($0.text) }),
        ]) {
            var lines = work.root.map { ["\($0.text) is the root now"] } ?? []
            lines += work.service.map { "\($0.text) is a service key now" }
            lines.append("\(work.rewrapped) versions were re-wrapped, \(work.retired) replaced keys destroyed")
            if work.damaged > 0 { lines.append("\(work.damaged) versions do not open") }
            return lines.joined(separator: "\n")
        }
        if work.damaged > 0 { throw Stop(code: ExitStatus.refused) }
    }
}

internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire
internal import Foundation

struct SealCommand: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal", abstract: "Seal a file for other identities, without a vault.",
        discussion: """
            The file's name is not kept, its length and the recipients' keys can be seen. Each recipient opens it with the \
            sealing key of now: `identity rotate` replaces that key, and what was sealed before it does not open any more. Nobody \
            decides or counts; for that there is the vault.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The file to seal.") var file: String
    @Option(help: "The identity that signs.") var identity: String
    @Option(help: ArgumentHelp("A recipient's document, as `identity export` writes it; may be repeated.", valueName: "file"))
    var to: [String] = []
    @Option(help: "A recipient in this home's registry: DID, agent id or name; may be repeated.") var recipient: [String] = []
    @Option(help: ArgumentHelp("The file to write; it must not exist. Default: FILE.sealed.", valueName: "file"))
    var out: String?

    var access: Home.Access { .writing("seal") }

    func validate() throws {
        guard !to.isEmpty || !recipient.isEmpty else { throw ValidationError("name a recipient: --to or --recipient") }
    }

    func run(in home: Home) throws {
        let target = out ?? file + ".sealed"
        let recipients = try recipients(home)
        let name = try IdentityName(identity)
        let sender = try home.open(name, passphrase.opening(home.keeper.custody(of: name), options))
        let total = try FileContent(file).length
        let output = try NewFile(target, mode: 0o644)
        var progress = Progress("sealing", quiet: options.quiet)
        var done: UInt64 = 0
        let digest = try Parcel.seal(
            { try FileContent(file) }, for: recipients.map(\.sealingKey), by: sender,
            history: home.keeper.documents(of: name), at: Home.now()
        ) { bytes in
            try output.append(bytes)
            done += UInt64(bytes.count)
            progress.update(min(done, total), of: total)
        }
        try output.finish()
        try options.show([
            "from": .string(sender.document.did.text), "length": .integer(Int64(clamping: total)),
            "manifest": .string(digest.text), "out": .string(target),
            "to": .array(recipients.map { .string($0.did.text) }),
        ]) {
            "sealed \(total) bytes to \(target)\n"
                + recipients.map { "for  \(Console.printable($0.name))  \($0.did)" }.joined(separator: "\n")
        }
    }

    /// The latest document of each recipient.
    private func recipients(_ home: Home) throws -> [IdentityDocument] {
        var keys = PinnedKeys()
        for path in to { try keys.add(UserFile.read(path, limit: UserFile.identityLimit)) }
        guard keys.agents.isEmpty else { throw UsageError("--to takes a document of ours: `identity export`") }
        let found = try keys.histories + recipient.map { try home.identity(called: $0) }
        return try found.map { history in
            guard let document = history.last else { throw NodeError(.notFound, "a recipient has no document") }
            return document
        }
    }
}

extension Home {
    /// The documents of the one identity that a DID, agent id or name means, first document first.
    ///
    /// - Throws: `node.not_found` when there is none, `command.usage` when a name means several.
    func identity(called name: String) throws -> [IdentityDocument] {
        let found = try registry.identities().filter { document in
            [document.did.text, document.agentID.text, document.name].contains { $0.utf8.elementsEqual(name.utf8) }
        }
        guard let document = found.first else {
            throw NodeError(.notFound, "there is no identity `\(name)`; `chancery identity import` registers one")
        }
        guard found.count == 1 else { throw UsageError("`\(name)` is the name of \(found.count) identities; give the DID") }
        return try registry.history(of: document.did)
    }
}

internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire
internal import Foundation

struct OpenCommand: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Open a file that was sealed for an identity of this home.",
        discussion: """
            Nothing is written unless every byte is what the sender sealed. Who that is, is shown as unverified unless --from \
            names them: anybody can seal under an identity made up for it.
            """)

    private static let suffix = ".sealed"

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The sealed file.") var file: String
    @Option(help: "The identity for which it was sealed.") var identity: String
    @Option(help: "Who must have sealed it: a file with their document, or a DID, agent id or name in this home's registry.")
    var from: String?
    @Flag(help: "Take keys of the sender that were replaced since, for parcels from before.") var allowReplaced = false
    @Option(help: ArgumentHelp("The file to write; it must not exist. Default: the name without .sealed.", valueName: "file"))
    var out: String?

    var access: Home.Access { .writing("open") }

    func run(in home: Home) throws {
        guard let target = out ?? (file.hasSuffix(Self.suffix) ? String(file.dropLast(Self.suffix.count)) : nil) else {
            throw UsageError("name the file to write: --out FILE")
        }
        do {
            try open(home, to: target)
        } catch let error as VaultError {
            home.ledger.record(refusalOf: "open", error)
            throw error
        }
    }

    private func open(_ home: Home, to target: String) throws {
        let source = try FileContent(file)
        let parcel = try Parcel(source)
        if let from { try parcel.require(documents(of: from, home), allowsReplaced: allowReplaced) }
        let name = try IdentityName(identity)
        let reader = try home.open(name, passphrase.opening(home.keeper.custody(of: name), options))
        let output = try NewFile(target)
        var progress = Progress("opening", quiet: options.quiet)
        var done: UInt64 = 0
        try parcel.open(source, with: reader.keys.sealing) { bytes in
            try output.append(bytes)
            done += UInt64(bytes.count)
            progress.update(done, of: parcel.length)
        }
        try output.finish()
        let isVerified = from != nil
        try options.show([
            "from": .string(parcel.did.text), "length": .integer(Int64(clamping: parcel.length)),
            "manifest": .string(parcel.container.manifest.digest.text), "out": .string(target),
            "sealed_at": .string(parcel.container.manifest.terms.metadata.created.text), "verified": .bool(isVerified),
        ]) {
            """
            opened \(parcel.length) bytes to \(target)
            from   \(parcel.did)\(isVerified ? "" : ", unverified: --from says who it must be")
            """
        }
    }

    private func documents(of sender: String, _ home: Home) throws -> [IdentityDocument] {
        guard unsafe FileManager.default.fileExists(atPath: sender, isDirectory: nil) else {
            return try home.identity(called: sender)
        }
        var keys = PinnedKeys()
        try keys.add(UserFile.read(sender, limit: UserFile.identityLimit))
        guard let history = keys.histories.first else { throw UsageError("`\(sender)` holds no document of ours") }
        return history
    }
}

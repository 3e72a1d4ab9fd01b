internal import ArgumentParser
internal import ChanceryNode
internal import ChanceryWire

struct Import: HomeCommand {
    static let configuration = CommandConfiguration(
        abstract: "Verify a chain, export or identity from elsewhere and take it into the store.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The file, or - for standard input.") var file: String
    @Option(help: ArgumentHelp("A public identity document to rely on and register; may be repeated.", valueName: "file"))
    var identity: [String] = []

    var access: Home.Access { .creating("import") }

    func run(in home: Home) throws {
        let bytes = try UserFile.read(file)
        var keys = PinnedKeys()
        for path in identity { try keys.add(UserFile.read(path, limit: UserFile.identityLimit)) }
        var progress = Progress("importing", quiet: options.quiet)
        let outcome = try ChainImporter(store: home.store, registry: home.registry, now: Home.now).run(bytes, pinned: keys) {
            progress.update($0, of: $1)
        }
        let json: JSONValue = [
            "agent_id": outcome.agentID.map { .string($0) } ?? .null, "events": .integer(Int64(outcome.events)),
            "identities": .integer(Int64(outcome.identities)), "known": .integer(Int64(outcome.known)),
        ]
        try options.show(json) {
            "imported \(outcome.events) events (\(outcome.known) known before), \(outcome.identities) identity documents"
        }
    }
}

internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

/// The public forms of an identity.
enum PublicForm: String, ExpressibleByArgument, CaseIterable {
    /// The history of our documents: what strangers pin.
    case document
    case did
    case jwk
    case aiss1 = "aiss-1"
    case aiss21 = "aiss-2.1"

    func bytes(_ history: [IdentityDocument]) throws -> [UInt8] {
        guard let document = history.last else { throw NodeError(.notFound, "the identity has no document") }
        switch self {
        case .document:
            return try CanonicalForm.jcs.encode(.array(history.map { try JSONParser.parse($0.record.bytes) }))
        case .did: return Array("\(document.did)\n\(document.didKey)".utf8)
        case .jwk: return try CanonicalForm.jcs.encode(document.jwk)
        case .aiss1: return try document.classicalIdentity().encoded()
        case .aiss21: return try document.aissIdentity().encoded()
        }
    }

    /// The names of an identity as JSON, where the form itself is text.
    static func didJSON(_ history: [IdentityDocument]) throws -> JSONValue {
        guard let document = history.last else { throw NodeError(.notFound, "the identity has no document") }
        return ["did": .string(document.did.text), "did_key": .string(document.didKey)]
    }
}

struct IdentityShow: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an identity: its document, DID, JWK or AISS views.")

    @OptionGroup var options: GlobalOptions
    @Argument var name: String
    @Option(help: "document, did, jwk, aiss-1 or aiss-2.1.") var format: PublicForm?

    func run(in home: Home) throws {
        let name = try IdentityName(name)
        let history = try home.keeper.documents(of: name)
        if let format {
            if options.json, format == .did { return try Console.print(Console.json(PublicForm.didJSON(history))) }
            return try UserFile.write(format.bytes(history), to: nil)
        }
        guard let document = history.last else { return }
        let custody = try home.keeper.custody(of: name)
        try options.show(IdentityView(document, custody).json(custody: custody)) {
            """
            name       \(document.name)
            did        \(document.did)
            document   \(document.number), \(document.createdAt.text)
            hash       \(Hex.encode(document.hash))
            suite      \(document.rootKey.suite.rawValue)
            agent id   \(document.agentID)  (AISS-2.1)
            agent id   \(document.classicalAgentID)  (AISS-1)
            keys       \(custody.rawValue)
            """
        }
    }
}

struct IdentityExport: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write public documents, or private keys as PiQrypt key files.",
        discussion:
            "Public forms: document (default), did, jwk, aiss-1, aiss-2.1. Private: pqky-v1 (Ed25519), pqky-v2 (ML-DSA-65).")

    enum Form: String, ExpressibleByArgument, CaseIterable {
        case document, did, jwk
        case aiss1 = "aiss-1"
        case aiss21 = "aiss-2.1"
        case pqkyV1 = "pqky-v1"
        case pqkyV2 = "pqky-v2"
    }

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument var name: String
    @Option var format = Form.document
    @Option(help: "The file to write; it must not exist. Default: standard output for public forms.") var out: String?

    var access: Home.Access { PublicForm(rawValue: format.rawValue) == nil ? .writing("identity export") : .reading }

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        if let form = PublicForm(rawValue: format.rawValue) {
            let history = try home.keeper.documents(of: IdentityName(name))
            if options.json, form == .did, out == nil { return try Console.print(Console.json(PublicForm.didJSON(history))) }
            try UserFile.write(form.bytes(history), to: out)
        } else {
            guard let out, out != "-" else { throw UsageError("private keys are written to a file: --out FILE") }
            let identity = try home.open(name, passphrase)
            let bytes = try PiQryptKeys.export(identity, format == .pqkyV1 ? .v1 : .v2, passphrase.source.text(options))
            try UserFile.write(bytes, to: out, mode: 0o600)
        }
        try options.showWritten(["format": .string(format.rawValue), "name": .string(name)], to: out)
    }
}

struct IdentityImport: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Register a public document, or make an identity from PiQrypt key files.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument(help: "A public document, or a PQKY v1 key file (Ed25519).") var file: String
    @Option(help: "The name of the identity that the key files become.") var name: String?
    @Option(help: "A PQKY v2 key file (ML-DSA-65) of the same agent.") var pqkyV2: String?

    var access: Home.Access { .creating("identity import") }

    func run(in home: Home) throws {
        let bytes = try UserFile.read(file, limit: UserFile.identityLimit)
        guard PiQryptKeys.isKeyFile(bytes) else {
            let outcome = try ChainImporter(store: home.store, registry: home.registry, now: Home.now).run(
                bytes, pinned: PinnedKeys())
            return try options.show(["identities": .integer(Int64(outcome.identities))]) {
                outcome.identities == 0 ? "already registered" : "registered \(outcome.identities) document(s)"
            }
        }
        guard let name else { throw UsageError("a key file becomes an identity: --name NAME") }
        let document = try PiQryptKeys.makeIdentity(
            IdentityName(name), classical: bytes, postQuantum: pqkyV2.map { try UserFile.read($0, limit: 1 << 16) },
            passphrase: passphrase.source.text(options), protection: passphrase.creating(options), keeper: home.keeper)
        try options.show(IdentityView(document, .passphrase).json(custody: nil)) {
            "created \(name) from key files\n  did       \(document.did)\n  agent id  \(document.agentID)  (AISS-2.1)\n  agent id  \(document.classicalAgentID)  (AISS-1)"
        }
    }
}

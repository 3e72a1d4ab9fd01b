internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryServer
internal import ChancerySuite
internal import ChanceryWire

/// `chancery identity …`
struct IdentityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identity", abstract: "Create, show, rotate and protect identities.",
        subcommands: [
            IdentityCreate.self, IdentityList.self, IdentityShow.self, IdentityExport.self, IdentityImport.self,
            IdentityRotate.self, IdentityProtect.self, IdentitySealPassphrase.self, IdentityRemoveKey.self,
        ])
}

/// The suites that identities may have.
enum IdentitySuite: String, ExpressibleByArgument, CaseIterable {
    case mlDSA65 = "ml-dsa-65"
    case mlDSA87 = "ml-dsa-87"
    case hybrid

    var suite: SignatureSuite {
        switch self {
        case .mlDSA65: .mlDSA65
        case .mlDSA87: .mlDSA87
        case .hybrid: .hybrid
        }
    }
}

struct IdentityCreate: HomeCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Create an identity with fresh keys.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument(help: "A name: letters, digits, dots, dashes, underscores.") var name: String
    @Option(help: "How records are signed: hybrid is Ed25519 and ML-DSA-65, both required.") var suite = IdentitySuite.hybrid

    var access: Home.Access { .creating("identity create") }

    func run(in home: Home) throws {
        let name = try IdentityName(name)
        guard try !home.keeper.names().contains(name.text) else {
            throw NodeError(.alreadyExists, "identity `\(name)` exists already; nothing was changed")
        }
        let document = try home.keeper.create(name, suite: suite.suite, protection: passphrase.creating(options))
        try options.show(IdentityView(document, .unencrypted).json(custody: nil)) {
            "created \(name)\n  did       \(document.did)\n  agent id  \(document.agentID)  (AISS-2.1)\n  agent id  \(document.classicalAgentID)  (AISS-1)"
        }
    }
}

struct IdentityList: HomeCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the identities of this home.")

    @OptionGroup var options: GlobalOptions

    func run(in home: Home) throws {
        let views = try home.keeper.names().map { name in
            let name = try IdentityName(name)
            guard let document = try home.keeper.documents(of: name).last else {
                throw NodeError(.notFound, "identity `\(name)` has no document")
            }
            return IdentityView(document, try home.keeper.custody(of: name))
        }
        try options.show(.array(views.map { $0.json(custody: $0.custody) })) {
            var table = Table(["name", "did", "suite", "document", "keys"])
            for view in views {
                let document = view.document
                table.add([
                    document.name, document.did.text, document.rootKey.suite.rawValue, "\(document.number)",
                    view.custody.rawValue,
                ])
            }
            return table.text
        }
    }
}

/// How an identity is shown.
struct IdentityView {
    let document: IdentityDocument
    let custody: KeyCustody

    init(_ document: IdentityDocument, _ custody: KeyCustody) {
        self.document = document
        self.custody = custody
    }

    func json(custody: KeyCustody?) -> JSONValue {
        var object = IdentityBody.json(document)
        if let custody, var members = object.object {
            members["keys"] = .string(custody.rawValue)
            object = .object(members)
        }
        return object
    }
}

internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

/// `chancery a2a …`
struct A2ACommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "a2a", abstract: "Shake hands with another agent: both sides sign one transcript.",
        discussion: """
            Three files travel between the two homes: the proposal, the response, the finished handshake. The peer's identity \
            must be registered (`chancery import identity.json`) or given with --identity, which registers it.
            """,
        subcommands: [A2APropose.self, A2ARespond.self, A2AConfirm.self, A2AVerify.self])
}

struct A2APropose: HomeCommand {
    static let configuration = CommandConfiguration(commandName: "propose", abstract: "Offer a handshake to a peer.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Option(help: "The agent who proposes (CHANCERY_AGENT).") var agent: String?
    @Option(help: ArgumentHelp("The peer: a registered DID, or its public identity document.", valueName: "did|file"))
    var to: String
    @Option(help: "Something the agent can do; may be repeated.") var capability: [String] = []
    @Option(help: ArgumentHelp("What it is about: a JSON object, @FILE or -. Both sides sign its hash.", valueName: "json"))
    var payload: String?
    @Option(help: ArgumentHelp("How long the terms run.", valueName: "seconds")) var expires: Int64 = 3600
    @Option(help: "The file to write; it must not exist. Default: standard output.") var out: String?

    var access: Home.Access { .writing("a2a propose") }

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        let capabilities = try A2AView.capabilities(capability)
        let payload = try payload.map { try UserFile.object($0) } ?? JSONObject()
        let proposal = try home.handshakes.propose(
            as: home.open(AgentOption.name(agent), passphrase), to: audience(home), capabilities: capabilities,
            payload: payload, lifetime: expires)
        try A2AView.write(proposal.record, "proposed to \(proposal.audience)", proposal.terms, out, options)
    }

    private func audience(_ home: Home) throws -> DID {
        if to.hasPrefix(DID.prefix) { return try UsageError.reading("--to") { try DID(to) } }
        var keys = PinnedKeys()
        try keys.add(UserFile.read(to, limit: UserFile.identityLimit))
        guard let document = keys.histories.first?.last else {
            throw UsageError("`\(to)` is not an identity document with a DID; ask the peer for `chancery identity export`")
        }
        try home.register([to])
        return document.did
    }
}

struct A2ARespond: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "respond", abstract: "Accept a proposal, or refuse it with --refuse.",
        discussion: "A proposal is answered once; a copy of it is refused, also after a restart.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument(help: "The proposal.") var file: String
    @Option(help: "The agent who answers (CHANCERY_AGENT).") var agent: String?
    @Option(help: "Something the agent can do; may be repeated. What both sides name is agreed.") var capability: [String] = []
    @Flag(help: "Say no, in a signed record.") var refuse = false
    @Option(help: "A short word for the refusal.") var reason = "policy"
    @Option(help: ArgumentHelp("The peer's public identity document; it is registered.", valueName: "file"))
    var identity: [String] = []
    @Option(help: "The file to write; it must not exist. Default: standard output.") var out: String?

    var access: Home.Access { .writing("a2a respond") }

    func validate() throws {
        guard !refuse || capability.isEmpty else { throw ValidationError("a refusal offers no --capability") }
        guard (1...64).contains(reason.utf8.count), reason.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw ValidationError("--reason has 1 to 64 visible ASCII characters")
        }
    }

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        let capabilities = try A2AView.capabilities(capability)
        try home.register(identity)
        let message = try A2AView.read(file)
        let responder = try home.open(AgentOption.name(agent), passphrase)
        if refuse {
            let refusal = try home.handshakes.refuse(message, as: responder, reason: reason)
            return try A2AView.write(refusal.record, "refused \(refusal.initiator): \(refusal.reason)", nil, out, options)
        }
        let response = try home.handshakes.accept(message, as: responder, capabilities: capabilities)
        try A2AView.write(response.record, "accepted \(response.initiator.did)", response.terms, out, options)
    }
}

struct A2AConfirm: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm", abstract: "Sign the peer's answer to a proposal of this home: the finished handshake.",
        discussion: "A refusal is stored and ends with exit code 3.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument(help: "The response.") var file: String
    @Option(help: "The agent who proposed (CHANCERY_AGENT).") var agent: String?
    @Option(help: ArgumentHelp("The peer's public identity document; it is registered.", valueName: "file"))
    var identity: [String] = []
    @Option(help: "The file to write; it must not exist. Default: standard output.") var out: String?

    var access: Home.Access { .writing("a2a confirm") }

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        try home.register(identity)
        let handshake = try home.handshakes.confirm(
            A2AView.read(file), as: home.open(AgentOption.name(agent), passphrase))
        let agreed = handshake.capabilities.names.joined(separator: ", ")
        try A2AView.write(
            handshake.record, "shook hands with \(handshake.responder.did); agreed: \(agreed.isEmpty ? "nothing" : agreed)",
            handshake.terms, out, options)
    }
}

struct A2AVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check a handshake, or one of its messages, as a stranger would.",
        discussion: "Keys come from --identity files, or from this home when there are none.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The file, or - for standard input.") var file: String
    @Option(help: ArgumentHelp("A public identity document to rely on; may be repeated.", valueName: "file"))
    var identity: [String] = []

    func run() throws {
        let bytes = try A2AView.read(file)
        let verdict = try DocumentVerifier(keys: PinnedKeys(files: identity, or: options)).verify(bytes)
        guard verdict.kind.contains("handshake") else {
            throw UsageError("the file is a \(verdict.kind); `chancery verify` reads it")
        }
        try VerdictView.show(verdict, options)
    }
}

/// Reading and writing the messages of a handshake.
enum A2AView {
    /// A message without the line feed that editors and shells add.
    static func read(_ file: String) throws -> [UInt8] {
        var bytes = try UserFile.read(file, limit: 1 << 20)
        if bytes.last == 0x0a { bytes.removeLast() }
        return bytes
    }

    /// The set that `names` give, in any order.
    static func capabilities(_ names: [String]) throws -> CapabilitySet {
        try UsageError.reading("--capability") { try CapabilitySet(names) }
    }

    /// Writes the message to `out`, and says what happened where the message itself does not go.
    static func write(
        _ record: VerifiedRecord, _ what: String, _ terms: HandshakeTerms?, _ out: String?, _ options: GlobalOptions
    ) throws {
        try UserFile.write(record.bytes, to: out)
        guard let out, out != "-" else { return options.remark(what) }
        var json = JSONObject()
        json["expires"] = terms.map { .string($0.expires.text) }
        json["id"] = .string(Hex.encode(record.id))
        json["out"] = .string(out)
        json["session"] = terms.map { .string($0.session.description) }
        json["type"] = .string(record.type)
        try options.show(.object(json)) {
            let lines = terms.map { "\n  session  \($0.session)\n  until    \($0.expires.text)" } ?? ""
            return Console.printable(what) + lines + "\n  file     \(out)"
        }
    }
}

/// The agent that acts when no option names one.
enum AgentOption {
    static func name(_ given: String?) throws -> String {
        guard let name = given ?? Settings.value("CHANCERY_AGENT", alias: "PIQRYPT_AGENT_NAME") else {
            throw UsageError("name the agent: --agent NAME or CHANCERY_AGENT")
        }
        return name
    }
}

internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

/// `chancery session …`
struct SessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "Let several agents of this home work together, every step signed by both sides.",
        discussion: """
            All members are identities of this home; agents of other homes shake hands with `chancery a2a`. A finished \
            session is exported to one file that anybody verifies with the members' public documents.
            """,
        subcommands: [
            SessionStartCommand.self, SessionStampCommand.self, SessionEndCommand.self, SessionShow.self, SessionExport.self,
            SessionVerify.self,
        ])
}

struct SessionStartCommand: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start a session; every pair of members shakes hands.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Option(
        help: ArgumentHelp(
            "A member and its role here (default: its registered role); 2 to 16 times. The first one signs the start.",
            valueName: "name[:role]"))
    var member: [String]
    @Option(help: ArgumentHelp("How long the session may run.", valueName: "seconds")) var expires: Int64 = 86_400

    var access: Home.Access { .writing("session start") }

    func validate() throws {
        guard SessionStart.memberCounts.contains(member.count) else {
            throw ValidationError("a session has 2 to 16 --member")
        }
    }

    func run(in home: Home) throws {
        let seats = try member.map { text -> SessionDesk.Seat in
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let identity = try home.open(parts[0], passphrase)
            let role = try parts.dropFirst().first ?? home.registry.agent(of: identity.document)?.role ?? "member"
            guard (1...64).contains(role.utf8.count) else { throw UsageError("a role has 1 to 64 bytes") }
            return SessionDesk.Seat(identity, role: role)
        }
        guard Set(seats.map(\.identity.name)).count == seats.count else { throw UsageError("a member is named twice") }
        let state = try SessionDesk(ledger: home.ledger).start(seats, lifetime: expires)
        let view = SessionView(state)
        try options.show(view.summary) { view.text }
    }
}

struct SessionStampCommand: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "stamp", abstract: "Put a step on record; with --to, both sides sign it.",
        discussion: "Values of the payload are hashed unless their key ends in _hash or _id or is named with --clear.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument(help: "The session.") var session: String
    @Option(help: "The member who acts.") var from: String
    @Option(help: "The member it is addressed to.") var to: String?
    @Option(help: "The type of the event.") var type: String
    @Option(help: ArgumentHelp("A JSON object, @FILE, or - for standard input.", valueName: "json")) var payload: String
    @Option(help: "A key whose value stays readable; may be repeated.") var clear: [String] = []

    var access: Home.Access { .writing("session stamp") }

    func validate() throws {
        guard (1...64).contains(type.utf8.count) else { throw ValidationError("--type has 1 to 64 bytes") }
        guard from != to else { throw ValidationError("--from and --to are the same member") }
    }

    func run(in home: Home) throws {
        let session = try SessionArgument.id(session)
        let payload = try UserFile.object(payload)
        let step = try SessionDesk(ledger: home.ledger).stamp(
            session, from: home.open(from, passphrase), to: to.map { try home.open($0, passphrase) }, eventType: type,
            payload: payload, clear: clear)
        let json: JSONValue = [
            "counter": .integer(step.counter), "event_type": .string(step.eventType),
            "interaction_hash": .string(Hex.encode(step.record.id)),
            "payload": step.payload.map { .object($0) } ?? .null, "session": .string(session.description),
            "time": .string(step.time.text),
        ]
        try options.show(json) { "\(step.counter)\t\(Hex.encode(step.record.id))" }
    }
}

struct SessionEndCommand: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "End a session; every member seals the whole.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument(help: "The session.") var session: String
    @Option(help: "The member who ends it.") var by: String

    var access: Home.Access { .writing("session end") }

    func run(in home: Home) throws {
        let desk = SessionDesk(ledger: home.ledger)
        let session = try SessionArgument.id(session)
        let members = try desk.state(of: session).start.members.map(\.agent.did)
        let identities = try home.keeper.names().filter { name in
            guard let did = try home.keeper.documents(of: IdentityName(name)).last?.did else { return false }
            return members.contains(did)
        }.map { try home.open($0, passphrase) }
        guard let closer = identities.first(where: { $0.name.text == by }) else {
            throw LedgerError(.sessionForeignMember, "`\(by)` is not a member of the session")
        }
        let view = SessionView(try desk.end(session, by: closer, members: identities))
        try options.show(view.summary) { view.text }
    }
}

struct SessionShow: HomeCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a session, verified again.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The session.") var session: String

    func run(in home: Home) throws {
        let view = SessionView(try SessionDesk(ledger: home.ledger).state(of: SessionArgument.id(session)))
        try options.show(view.whole) { view.text + "\n\n" + view.steps }
    }
}

struct SessionExport: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write an ended session to one file that a stranger can verify.",
        discussion: "--unsealed exports a session that has not ended, or that a member keeps from ending.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The session.") var session: String
    @Flag(help: "Export what was signed so far of a session that is open.") var unsealed = false
    @Option(help: "The file to write; it must not exist. Default: standard output.") var out: String?

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        let (desk, session) = (SessionDesk(ledger: home.ledger), try SessionArgument.id(session))
        try UserFile.write(unsealed ? desk.excerpt(session) : desk.export(session), to: out)
        try options.showWritten(["session": .string(session.description)], to: out)
    }
}

struct SessionVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check a session export with the members' public documents and nothing else.",
        discussion: "Keys come from --identity files, or from this home when there are none.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The file, or - for standard input.") var file: String
    @Option(help: ArgumentHelp("A public identity document to rely on; may be repeated.", valueName: "file"))
    var identity: [String] = []

    func run() throws {
        var bytes = try UserFile.read(file, limit: Session.maximumBytes + 1)
        if bytes.last == 0x0a { bytes.removeLast() }
        let verdict = try DocumentVerifier(keys: PinnedKeys(files: identity, or: options)).verify(bytes)
        guard verdict.kind.hasPrefix("session ") else {
            throw UsageError("the file is a \(verdict.kind); `chancery verify` reads it")
        }
        try VerdictView.show(verdict, options)
    }
}

enum SessionArgument {
    static func id(_ text: String) throws -> SessionID {
        guard let bytes = try? Hex.decode(text, count: SessionID.byteCount) else {
            throw UsageError("`\(text.prefix(64))` is not a session: 32 hexadecimal digits, as `chancery session start` prints")
        }
        return try SessionID(bytes)
    }
}

internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryWire

/// `chancery agent …`
struct AgentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent", abstract: "Register agents with a role, list and retire them.",
        subcommands: [AgentRegister.self, AgentList.self, AgentInfo.self, AgentRetire.self])
}

struct AgentRegister: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "register", abstract: "State, signed, that an identity acts as an agent with a role.",
        discussion: "The identity is created when there is none of that name. A role exists only in this record.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument var name: String
    @Option(help: "What the agent is for, for example `researcher`.") var role: String
    @Option(help: ArgumentHelp("Further facts; may be repeated.", valueName: "k=v")) var metadata: [String] = []

    var access: Home.Access { .creating("agent register") }

    func run(in home: Home) throws {
        let name = try IdentityName(name)
        let pairs = try metadata.map { text -> JSONObject.Member in
            guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
                throw UsageError("`\(text)` is not of the form key=value")
            }
            return .init(name: String(text[..<sign]), value: .string(String(text[text.index(after: sign)...])))
        }
        guard Set(pairs.map { Array($0.name.utf8) }).count == pairs.count else {
            throw UsageError("a metadata key is given twice")
        }
        // Before an identity is made for an agent that could not be registered.
        guard (1...64).contains(role.utf8.count) else { throw UsageError("--role has 1 to 64 bytes") }
        guard pairs.count <= 32, pairs.allSatisfy({ $0.name.utf8.count <= 64 && ($0.value.string ?? "").utf8.count <= 256 })
        else { throw UsageError("--metadata is given at most 32 times, keys have at most 64 bytes and values 256") }
        let protection: KeyProtection
        if try home.keeper.names().contains(name.text) {
            protection = try passphrase.opening(home.keeper.custody(of: name), options)
        } else {
            protection = try passphrase.creating(options)
            let document = try home.keeper.create(name, protection: protection)
            options.remark("created identity \(name) (\(document.did))")
        }
        let identity = try home.open(name, protection)
        let record = try home.ledger.register(identity, role: role, metadata: JSONObject(pairs))
        try options.show(AgentBody.json(record)) {
            "registered \(record.name) as \(record.role)\n  agent id  \(record.agentID)"
        }
    }
}

struct AgentList: HomeCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the agents that are registered here.")

    @OptionGroup var options: GlobalOptions

    func run(in home: Home) throws {
        let agents = try home.registry.identities().compactMap { try home.registry.agent(of: $0) }
        try options.show(.array(agents.map(AgentBody.json))) {
            var table = Table(["name", "role", "status", "agent id", "since"])
            for agent in agents { table.add([agent.name, agent.role, agent.status.rawValue, agent.agentID, agent.time.text]) }
            return table.text
        }
    }
}

struct AgentInfo: HomeCommand {
    static let configuration = CommandConfiguration(commandName: "info", abstract: "Show an agent: role, metadata, chains.")

    @OptionGroup var options: GlobalOptions
    @Argument var name: String

    func run(in home: Home) throws {
        let (agent, document) = try home.registry.agent(called: name)
        let chains = try [document.agentID.text, document.classicalAgentID.text].compactMap { id in
            try home.store.chain(id).map { (id, $0) }
        }
        var json = AgentBody.json(agent).object ?? JSONObject()
        json["chains"] = .array(chains.map { ChainBody.json($0.0, $0.1) })
        try options.show(.object(json)) {
            let metadata = agent.metadata.members.map { "\($0.name)=\($0.value.string ?? "")" }.joined(separator: ", ")
            let lines = chains.map {
                "chain     \($0.0)  \($0.1.profile), \($0.1.count) events\($0.1.hasEnded ? ", ended" : "")"
            }
            return Console.printable("name      \(agent.name)") + "\n" + Console.printable("role      \(agent.role)")
                + "\nstatus    \(agent.status.rawValue)\ndid       \(agent.did)\n" + Console.printable("metadata  \(metadata)")
                + "\n" + (lines.isEmpty ? "chain     none yet" : lines.joined(separator: "\n"))
        }
    }
}

struct AgentRetire: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire", abstract: "State, signed, that an agent acts no more. Stamping for it is refused from then on.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument var name: String

    var access: Home.Access { .writing("agent retire") }

    func run(in home: Home) throws {
        let record = try home.ledger.retire(home.open(name, passphrase))
        try options.show(AgentBody.json(record)) { "retired \(record.name)" }
    }
}

internal import ArgumentParser
internal import ChanceryMCP
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation

/// `chancery mcp …`
struct MCPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp", abstract: "The Model Context Protocol: hold a server behind the gate, or offer our own tools.",
        discussion: "Both eras are spoken: 2026-07-28 and 2025-11-25 (docs/spec/mcp.md).",
        subcommands: [MCPGate.self, MCPTools.self, MCPServer.self])
}

struct MCPGate: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate", abstract: "Run an MCP server so that each of its tools is decided before it is called.",
        discussion: """
            Put it where the server's command stands in the client's configuration: `chancery mcp gate --agent NAME -- SERVER \
            ARGUMENTS…`. Calls, resources and prompts are decided; a blocked call is an error that the model can read; one \
            that needs a person waits. A tool that changed since it was first seen is not callable until `chancery mcp tools \
            --pin` accepts it.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Option(help: "The agent that calls: name, DID or agent id.") var agent: String
    @Option(help: "What the server is called here; pins are kept under it. Default: its command's name.") var upstream: String?
    @Option(help: ArgumentHelp("Longest result of a call in bytes.", valueName: "bytes")) var resultLimit = 1 << 20
    @Option(
        help: ArgumentHelp("How long a call waits for a person where the client cannot ask again (s, m, h).", valueName: "time")
    )
    var hold = "10m"
    @Flag(
        help: "Hold each result until what came of the call is signed and durable; without it that follows within milliseconds."
    )
    var holdResults = false
    @Argument(parsing: .postTerminator, help: ArgumentHelp("The server's command and its arguments.", valueName: "server"))
    var server: [String] = []

    var access: Home.Access { .writing("mcp gate") }

    func validate() throws {
        guard !server.isEmpty else { throw ValidationError("the server's command follows after `--`") }
        guard (1...(64 << 20)).contains(resultLimit) else { throw ValidationError("--result-limit lies in 1…67108864") }
    }

    func run(in home: Home) throws {
        let gate = try home.gate(passphrase, options)
        let name = upstream ?? URL(fileURLWithPath: server[0]).lastPathComponent
        var configuration = GatewayConfiguration(
            upstream: name, principal: agent, instance: Hex.encode(SystemRandom.bytes(16)))
        configuration.resultLimit = resultLimit
        configuration.holdSeconds = try TimeSpan(hold, option: "--hold").seconds
        configuration.holdsResults = holdResults
        let bridge = GateBridge(
            gate, agent: agent, upstream: name, key: try home.callStateKey(), letsOutcomesWait: !holdResults)
        let pins = PinFile(path: home.path + "/mcp", upstream: name)
        let (command, settings) = (server, configuration)
        try Daemon.run {
            let process = try ServerProcess(command)
            let gateway = Gateway(
                settings, client: DescriptorPeer(reading: STDIN_FILENO, writing: STDOUT_FILENO), server: process.peer,
                gate: bridge, pins: pins,
                environment: GatewayEnvironment(
                    now: Home.now, sleep: { try await Task.sleep(for: $0) }, digest: SHA256Provider()))
            let result = await Result { try await gateway.run() }
            process.end()
            try result.get()
        }
    }
}

struct MCPTools: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "tools",
        abstract: "Show the tools of MCP servers and whether they are as they were when they were accepted.")

    @OptionGroup var options: GlobalOptions
    @Option(help: "Only this server.") var upstream: String?
    @Option(help: "Accept this tool as the server lists it now; may be repeated.") var pin: [String] = []
    @Flag(help: "Forget the server: what it lists next is accepted.") var forget = false

    var access: Home.Access { pin.isEmpty && !forget ? .reading : .writing("mcp tools") }

    func validate() throws {
        guard upstream != nil || (pin.isEmpty && !forget) else {
            throw ValidationError("--pin and --forget go with --upstream")
        }
    }

    func run(in home: Home) throws {
        let file = PinFile(path: home.path + "/mcp")
        let pins = try file.change { pins in
            if let upstream {
                for tool in pin { try pins.accept(tool: tool, of: upstream) }
                if forget { pins.forget(upstream) }
            }
        }
        let shown = pins.names.filter { upstream == nil || $0 == upstream }.flatMap { name in
            (pins.tools(of: name) ?? []).map { (name, $0) }
        }
        try options.show(
            .array(
                shown.map { name, tool in
                    [
                        "first_seen": .string(tool.firstSeen.text), "pin": tool.pin.map { .string($0) } ?? .null,
                        "seen": tool.seen.map { .string($0) } ?? .null, "state": .string(tool.state.rawValue),
                        "tool": .string(tool.name), "upstream": .string(name),
                    ]
                })
        ) {
            var table = Table(["upstream", "tool", "state", "pin", "first seen"])
            for (name, tool) in shown {
                table.add([
                    name, tool.name, tool.state.rawValue, tool.pin.map { String($0.prefix(16)) } ?? "", tool.firstSeen.text,
                ])
            }
            return table.text
        }
    }
}

struct MCPServer: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "server",
        abstract: "Offer this home over MCP: stamp events, verify chains, export, search, explain decisions.",
        discussion: "The identity of --agent signs what the tool stamp_event is given; other agents are not stamped for.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Option(help: "The identity that stamps; without one nothing is stamped.") var agent: String?

    var access: Home.Access { .writing("mcp server") }

    func run(in home: Home) throws {
        let identity = try agent.map { name in
            let name = try IdentityName(name)
            return try home.open(name, passphrase.opening(home.keeper.custody(of: name), options))
        }
        let gate = try home.keeper.names().contains(Home.gateName) ? try home.gate(passphrase, options) : nil
        let tools = HomeTools(
            store: home.store, registry: home.registry, ledger: home.ledger, exporter: home.exporter, gate: gate,
            identity: identity)
        let server = ToolServer(
            version: Version.text, client: DescriptorPeer(reading: STDIN_FILENO, writing: STDOUT_FILENO), tools: tools)
        try Daemon.run { try await server.run() }
    }
}

/// The hash function of the suite, as the protocol wants it.
struct SHA256Provider: HashProvider {
    func sha256(_ bytes: [UInt8]) -> [UInt8] { Digest.sha256(bytes) }
}

extension Result where Failure == any Error, Success: Sendable {
    init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}

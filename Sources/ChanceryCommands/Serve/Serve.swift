internal import ArgumentParser
internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryTransport
internal import ChanceryWire
internal import Foundation
internal import Logging

struct Serve: HomeCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer over HTTP until SIGTERM: the ledger, the log, the gate, the vault, and a federation's node.",
        discussion: """
            Plain HTTP is spoken on loopback only. With --tls (a folder of `chancery ca issue`) both sides need a certificate \
            of the federation, and the key exchange is X25519MLKEM768. /openapi.json describes the interface. Clients sign \
            their requests with a key of `chancery api-key`, or open a session with one.

            --trustgate-port and --vigil-port serve the endpoints of PiQrypt's TrustGate (8422 there) and Vigil (8421) besides, \
            on 127.0.0.1 only and for the same keys and sessions.

            A home's vault is served too. It is locked until the user who has the home unlocks it with \
            `chancery vault unlock --socket PATH`, where PATH is that of --socket.

            With --sign the server signs for the home's agents too, so that they need no keys of their own. On --socket the user \
            who has the home is an operator then, and may act for any agent: whatever runs as this user can.

            The dashboard is at the address that is printed first; the link printed with it signs one browser in, once, within \
            a quarter of an hour, and `chancery dashboard` prints another. A browser has no certificate of a federation: with \
            --tls the dashboard is on --dashboard-port of 127.0.0.1, in plain HTTP, or absent.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var signing: SigningOptions
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port, 0…65535; 0 lets the system choose.") var port = ServerAddress.standardPort
    @Option(help: ArgumentHelp("Another name by which clients reach this server; may be repeated.", valueName: "host"))
    var name: [String] = []
    @Option(help: ArgumentHelp("The node's TLS folder: node.pem, authority.pem, node.key.", valueName: "dir")) var tls: String?
    @Option(help: ArgumentHelp("Also answer on this Unix socket.", valueName: "path")) var socket: String?
    @Option(
        help: ArgumentHelp(
            "On the Unix socket this user is this agent; may be repeated. A user who is two agents signs.",
            valueName: "agent=uid"))
    var localAgent: [String] = []
    @Option(
        help: ArgumentHelp(
            "Tell people here what waits for them: a URL gets a signed CloudEvent, a program gets it on standard input; may be repeated.",
            valueName: "name=where"))
    var channel: [String] = []
    @Option(
        help: ArgumentHelp("With --tls: serve the dashboard on this port of 127.0.0.1, in plain HTTP.", valueName: "port"))
    var dashboardPort: Int?
    @Option(help: ArgumentHelp("Show what this coordinator of custodians shows, http://127.0.0.1:8440.", valueName: "url"))
    var compute: String?
    @Option(help: ArgumentHelp("Serve the endpoints of PiQrypt's TrustGate on this port.", valueName: "port"))
    var trustgatePort: Int?
    @Option(help: ArgumentHelp("Serve the endpoints of PiQrypt's Vigil on this port.", valueName: "port")) var vigilPort: Int?

    // A home without an agent gets its first one over the socket.
    var access: Home.Access { signing.sign ? .creating("serve") : .writing("serve") }

    private var ports: [Int] { [port] + [trustgatePort, vigilPort, dashboardPort].compactMap { $0 } }

    func validate() throws {
        guard ports.allSatisfy({ (0...65_535).contains($0) }) else { throw ValidationError("a port lies in 0…65535") }
        let chosen = ports.filter { $0 != 0 }
        guard dashboardPort == nil || tls != nil else {
            throw ValidationError("without --tls the dashboard is on --port")
        }
        guard Set(chosen).count == chosen.count else { throw ValidationError("each interface has a port of its own") }
    }

    func run(in home: Home) throws {
        let address = try ServerAddress(host: host, port: port, hasTLS: tls != nil)
        var logger = Logger(label: "chancery") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = options.quiet ? .error : .notice
        let renewal = try tls.map { try certificates(CredentialFolder($0), logger) }
        let rooms = try ServerRooms(of: self, home, tls: renewal?.tls, logger: logger)
        let doors = try ServerDoors(of: self, rooms, at: address, tls: renewal?.tls)
        let others = rooms.services + (renewal.map { [$0] } ?? []) + doors.others
        try Daemon.run { try await doors.main.runUntilSignal(with: others) }
    }

    /// An address of IPv6 as a URL writes it.
    static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    /// Who the users of this machine are. Whoever has the home keeps its vault, and runs the house where it signs for agents.
    func locals(hasVault: Bool) throws -> LocalAgents {
        let roles: Set<Role> = signing.sign ? [.operator, .vaultAdmin] : hasVault ? [.vaultAdmin] : []
        return try LocalAgents(
            localAgent.map { text in
                guard let sign = text.lastIndex(of: "="), let user = UInt32(text[text.index(after: sign)...]) else {
                    throw UsageError("--local-agent is AGENT=UID")
                }
                return (String(text[..<sign]), user)
            }, owner: roles.isEmpty ? nil : getuid(), roles: roles)
    }

    /// The names under which signed requests reach this server; nil for any, where the port is not known beforehand.
    var authorities: Set<String>? {
        guard !ports.contains(0) else { return nil }
        let names = ["127.0.0.1", "localhost", "[::1]", Self.bracketed(host).lowercased()] + name
        return Set(ports.flatMap { port in names.map { "\($0):\(port)" } })
    }

    private func certificates(_ folder: CredentialFolder, _ logger: Logger) throws -> CredentialRenewal {
        try CredentialRenewal(folder, passphrase.opening(folder.custody(), options), now: Home.now, logger: logger)
    }
}

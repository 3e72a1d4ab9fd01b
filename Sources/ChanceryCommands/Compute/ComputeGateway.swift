internal import ArgumentParser
internal import ChanceryGateway
internal import ChanceryServer
internal import ChanceryWire
internal import Logging

struct ComputeGateway: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway", abstract: "Serve QuorumVM's HTTP interface. Trusted: sees inputs and results.",
        discussion: """
            For clients that cannot mask. The gateway masks inputs and opens results in their place, with a key and a budget of \
            its own: never run it beside a custodian. `identity_id` is a label under that key. /approve takes what `compute \
            approve --out` wrote. It answers on loopback only.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @OptionGroup var passphrase: PassphraseSource
    @Option(help: "The port, 0…65535; 0 lets the system choose.") var port = 8000

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("a port lies in 0…65535") }
    }

    func run() throws {
        let listening = try ServerAddress(host: "127.0.0.1", port: port, hasTLS: false)
        let key = try place.clientKey(passphrase, options, name: ComputeCluster.gatewayKey)
        let committee = try RemoteCommittee(place.pinned(), key: key, remote: place.remote(key))
        let gateway = TrustedGateway(committee, now: Home.now)
        var logger = Logger(label: "chancery") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = options.quiet ? .error : .notice
        var limits = ServerLimits()
        limits.strangersBytes = 64 << 20
        limits.body = .seconds(30)
        let (options, fixed) = (options, limits)
        options.remark("trusted gateway: it sees inputs and results")
        try Daemon.run { [logger] in
            let server = APIServer(
                .gateway(gateway), at: .network(listening), limits: fixed, admission: Admission(nil), metrics: ServerMetrics(),
                logger: logger
            ) { port in
                let url = "http://127.0.0.1:\(port)"
                try? options.show(["trusted": true, "url": .string(url)]) { "trusted gateway listening on \(url)" }
            }
            try await server.runUntilSignal()
        }
    }
}

internal import ArgumentParser
internal import ChanceryAPI
internal import ChanceryClient
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryServer
internal import ChancerySuite
internal import ChanceryTransport
internal import ChanceryVault
internal import ChanceryWire
internal import Logging
internal import ServiceLifecycle

struct InferSidecar: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sidecar", abstract: "Speak OpenAI's interface on loopback and seal every request to a service.",
        discussion: """
            Programs get `base_url=http://127.0.0.1:8790/v1` and need no change: POST /v1/chat/completions (with `stream` true \
            or false), /v1/completions, /v1/embeddings, GET /v1/models. The service is whom --identity says (`chancery identity \
            export vault` there), never whom it says itself. An answer whose receipt does not come, or is false, is an error.
            """)

    static let standardPlace = "127.0.0.1:8790"

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Option(help: ArgumentHelp("The service: http://127.0.0.1:8430 or https://HOST:PORT.", valueName: "url")) var service:
        String
    @Option(help: ArgumentHelp("The service's public identity document, or its history.", valueName: "file")) var identity:
        String
    @Option(help: ArgumentHelp("The private key that signs (`api-key create`).", valueName: "file")) var key: String
    @Option(help: ArgumentHelp("The only manifest to be served by.", valueName: "hex")) var manifest: String?
    @Option(help: "The least privacy tier that the service must state.") var tier: UInt8 = 1
    @Option(help: ArgumentHelp("Where programs reach the sidecar; loopback only.", valueName: "host:port"))
    var listen = InferSidecar.standardPlace
    @Option(help: ArgumentHelp("What programs must send as their API key: the first line of a file.", valueName: "file"))
    var tokenFile: String?
    @Option(help: ArgumentHelp("Append receipts here, a line each, with what opens their hashes.", valueName: "file"))
    var receipts: String?
    @Option(
        help: ArgumentHelp("A TLS folder (`ca issue`), for services of a federation; else as browsers do.", valueName: "dir"))
    var tls: String?

    func run() throws {
        guard let tier = PrivacyTier(rawValue: tier) else { throw UsageError("--tier is 0, 1, 2, 3 or 4") }
        let place = try place()
        let client = try SecureClient(
            apiKey: apiKey(), pqcEnabled: true, privacyTier: tier, service: remote(), now: Home.now)
        let book = try receipts.map { try ReceiptBook($0) }
        let sidecar = SidecarService(client, token: try tokenFile.map { try token($0) }) { proof in try await book?.add(proof) }
        var logger = Logger(label: "chancery") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = options.quiet ? .error : .notice
        let options = options
        try Daemon.run { [logger] in
            let server = APIServer(
                .sidecar(sidecar), at: .network(place), admission: Admission(nil), metrics: ServerMetrics(), logger: logger
            ) { port in
                let url = "http://\(place.host.contains(":") ? "[\(place.host)]" : place.host):\(port)/v1"
                try? options.show(["key": .string(client.keyID), "url": .string(url)]) { "base_url=\(url)" }
            }
            try await server.runUntilSignal()
        }
    }

    private func place() throws -> ServerAddress {
        guard let colon = listen.lastIndex(of: ":"), let port = Int(listen[listen.index(after: colon)...]) else {
            throw UsageError("--listen is HOST:PORT")
        }
        var host = listen[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return try ServerAddress(host: String(host), port: port, hasTLS: false)
    }

    private func remote() throws -> RemoteService {
        var keys = PinnedKeys()
        try keys.add(UserFile.read(identity, limit: UserFile.identityLimit))
        guard let document = keys.histories.first?.last else {
            throw UsageError("`\(identity)` is no identity document with a DID; ask for `chancery identity export vault`")
        }
        let address = try UsageError.reading("--service") { try PeerAddress(service) }
        let manifest = try manifest.map { text in try UsageError.reading("--manifest") { try ManifestDigest(text) } }
        return RemoteService(
            address, tls: address.isSecure ? try clientTLS() : nil, did: document.did.text, key: document.recordKey,
            model: manifest)
    }

    private func clientTLS() throws -> ClientTLS {
        guard let tls else { return .web }
        let folder = CredentialFolder(tls)
        return .federation(
            try PostQuantumTLS(
                folder.open(passphrase.opening(folder.custody(), options), at: Home.now()), anchors: folder.anchors(),
                now: Home.now), expecting: nil)
    }

    private func apiKey() throws -> SigningKey<Purpose.HTTP> {
        let bytes = try UserFile.read(key, limit: UserFile.identityLimit)
        return try APIKeyFile.open(bytes, passphrase.opening(APIKeyFile.custody(of: bytes), options))
    }

    private func token(_ path: String) throws -> String {
        let text = String(decoding: try UserFile.read(path, limit: 4096).prefix { $0 != 0x0a && $0 != 0x0d }, as: UTF8.self)
        guard text.utf8.count >= 16, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw UsageError("a token is 16 or more visible ASCII characters")
        }
        return text
    }
}

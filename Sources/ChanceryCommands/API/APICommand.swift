public import ArgumentParser
public import ChanceryAPI
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryTransport
internal import ChanceryWire

/// `chancery api METHOD URL`
struct APICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api", abstract: "Send one signed request to a server and print what it answers.",
        discussion: """
            The request is signed by RFC 9421 with ml-dsa-65, or with --hip5 by the envelope of HIP-5. With two keys the \
            second is tried where the server does not take the first. Exit code 0 for an \
            answer of success, 3 for a refusal. `chancery api POST URL/v1/sessions` opens a session for other clients: its \
            token goes into `Authorization: Bearer …`. What is neither text nor JSON is written as it came, byte by byte.
            """)

    private static let answerLimit = 64 << 20

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "GET, POST, PUT or DELETE.") var method: RouteDocument.Method
    @Argument(help: "Where: http://127.0.0.1:8420/v1/…") var url: String
    @Option(
        help: ArgumentHelp(
            "The private key that signs (`api-key create`); given twice, the newer one first, while one replaces the other.",
            valueName: "file"))
    var key: [String] = []
    @Option(help: ArgumentHelp("The body of the request, JSON, or - for standard input.", valueName: "file")) var body: String?
    @Option(help: ArgumentHelp("A TLS folder (`ca issue`), for https addresses; the server may be any node.", valueName: "dir"))
    var tls: String?
    @Option(
        help: ArgumentHelp("Ask over this Unix socket (`serve --socket`); the URL's host does not matter.", valueName: "path"))
    var socket: String?
    @Flag(name: .customLong("hip5"), help: "Sign by the envelope of HIP-5.") var usesHIP5 = false

    func run() throws {
        let (address, target) = try Self.split(url)
        let body = try body.map { try UserFile.read($0, limit: Self.answerLimit) } ?? []
        let facts = try UsageError.reading("the address") {
            try RequestFacts(
                method: method.rawValue, scheme: address.isSecure ? .https : .http,
                authority: socket == nil ? address.authority : "localhost", target: target, headers: [], body: body)
        }
        let signer = try key.isEmpty ? nil : signer()
        let exchange =
            try socket.map { HTTPExchange(socket: $0) }
            ?? HTTPExchange(address, tls: tls.map { .federation(try credentials($0), expecting: nil) })
        let hasBody = self.body != nil
        let mediaType = hasBody ? "application/json" : nil
        let answer = try Daemon.result {
            guard let signer else { return try await exchange.send(facts, [], mediaType: mediaType, limit: Self.answerLimit) }
            return try await exchange.send(facts, signedBy: signer, mediaType: mediaType, limit: Self.answerLimit)
        }
        try Self.show(answer)
        guard (200..<300).contains(answer.status) else { throw Stop(code: ExitStatus.refused) }
    }

    /// Text and JSON with a line end; anything else, such as content of the vault, as it came, be it nothing.
    private static func show(_ answer: HTTPExchange.Answer) throws {
        let type = answer.mediaType.lowercased()
        guard type.hasPrefix("text/") || type.contains("json") else {
            return try Console.print(bytes: answer.body)
        }
        let text = String(decoding: answer.body, as: UTF8.self)
        try Console.print(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }

    private func credentials(_ folder: String) throws -> PostQuantumTLS {
        let folder = CredentialFolder(folder)
        return try PostQuantumTLS(
            folder.open(passphrase.opening(folder.custody(), options), at: Home.now()), anchors: folder.anchors(),
            now: Home.now)
    }

    private func signer() throws -> RequestSigner {
        let keys = try key.map { path in
            let bytes = try UserFile.read(path, limit: UserFile.identityLimit)
            return RequestSigner.Key(
                try APIKeyFile.open(bytes, passphrase.opening(APIKeyFile.custody(of: bytes), options)))
        }
        return RequestSigner(keys, form: usesHIP5 ? .hip5 : .messageSignature, now: Home.now)
    }

    private static func split(_ url: String) throws -> (PeerAddress, String) {
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let slash = url[start...].firstIndex(of: "/") ?? url.endIndex
        let address = try UsageError.reading("the address") { try PeerAddress(String(url[..<slash])) }
        return (address, slash == url.endIndex ? "/" : String(url[slash...]))
    }
}

extension RouteDocument.Method: ExpressibleByArgument {}

internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryTransport
internal import ChanceryWire

/// `chancery ca …`
struct CACommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ca", abstract: "Certificates of a federation's nodes, for TLS between them.",
        subcommands: [CAInit.self, CAIssue.self, CAShow.self])
}

struct CAInit: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make the certificate authority of a federation: an ML-DSA-65 key and its certificate.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Option(help: ArgumentHelp("The federation's id: SHA3-256 of its genesis.", valueName: "hex")) var federation: String
    @Option(help: "Days that the authority is valid, 1…7300.") var days: Int64 = CertificateAuthority.standardSeconds / 86_400

    var access: Home.Access { .creating("ca init") }

    func validate() throws {
        guard (1...7300).contains(days) else { throw ValidationError("--days lies in 1…7300") }
    }

    func run(in home: Home) throws {
        let federation = try UsageError.reading("--federation") { try Hex.decode(self.federation, count: 32) }
        let folder = AuthorityFolder(home)
        let custody = try folder.custody()
        let authority = try folder.create(
            federation: federation, seconds: days * 86_400,
            protection: custody == .absent ? passphrase.creating(options) : passphrase.opening(custody, options), at: Home.now()
        )
        try CertificateView(authority.certificate).show(options, at: folder.certificatePath)
    }
}

struct CAIssue: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue", abstract: "Make a key and certificate with which a node speaks TLS.",
        discussion: """
            The folder gets node.pem (certificate and authority), authority.pem and node.key. The key is protected as the \
            authority's key is opened: by the same passphrase, or not at all. Hand the folder to the node; \
            `chancery serve --tls DIR` uses it.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument(help: "The node: a DID, or a name of this home.") var node: String
    @Option(help: ArgumentHelp("The folder to write.", valueName: "dir")) var out: String
    @Option(help: "A DNS name or address of the node; may be repeated.") var host: [String] = []
    @Option(help: "Hours that the certificate is valid, 1…744.") var hours: Int64 = 24
    @Flag(help: "Also write the key in the clear as node-key.pem (PKCS#8, RFC 9881), for other TLS programs.") var pkcs8 = false
    @Flag(help: "Replace the files of an earlier certificate.") var renew = false

    var access: Home.Access { .writing("ca issue") }

    func validate() throws {
        guard (1...744).contains(hours) else { throw ValidationError("--hours lies in 1…744") }
    }

    func run(in home: Home) throws {
        let target = CredentialFolder(out)
        try target.requireFree(replacing: renew)
        let hosts = try host.map { text in try UsageError.reading("--host") { try HostName(text) } }
        let did = try did(home)
        let folder = AuthorityFolder(home)
        let protection = try passphrase.opening(folder.custody(), options)
        let authority = try folder.open(protection)
        let certificate = try target.issue(
            by: authority, to: did, hosts: hosts, hours: hours, protection: protection, inTheClear: pkcs8, replacing: renew,
            at: Home.now())
        if pkcs8 { options.remark("warning: node-key.pem holds the private key in the clear") }
        try CertificateView(certificate).show(options, at: out)
    }

    private func did(_ home: Home) throws -> DID {
        guard try home.keeper.names().contains(node) else { return try UsageError.reading("NODE") { try DID(node) } }
        guard let document = try home.keeper.documents(of: IdentityName(node)).last else {
            throw NodeError(.notFound, "identity `\(node)` has no document")
        }
        return document.did
    }
}

struct CAShow: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the home's authority, or check a node's certificate against it.",
        discussion: "A certificate that the authority did not sign, or that is not valid now, is exit code 4.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "A node.pem. Default: the authority itself.") var file: String?

    func run(in home: Home) throws {
        let folder = AuthorityFolder(home)
        let authority = try folder.certificate()
        guard let file else { return try CertificateView(authority).show(options, at: folder.certificatePath) }
        let chain = try UnverifiedCertificate.all(pem: CertificateFile.text(file))
        let peer = try TrustAnchors(pinning: [authority]).verify(chain.map(\.der), at: Home.now())
        try CertificateView(peer.certificate).show(options, at: file)
    }
}

/// How a certificate is shown.
struct CertificateView {
    private let certificate: UnverifiedCertificate

    init(_ certificate: UnverifiedCertificate) { self.certificate = certificate }

    func show(_ options: GlobalOptions, at path: String) throws {
        try options.show(json(path)) {
            let name = certificate.node.map { ["node        \($0)", "did         \(DID.prefix)\(Hex.encode($0.did))"] }
            let hosts =
                certificate.hosts.isEmpty ? nil : "hosts       \(certificate.hosts.map(\.description).joined(separator: ", "))"
            return
                ((name ?? ["authority of \(Hex.encode(certificate.federation))"])
                + [
                    hosts, "valid       \(certificate.validity.start.text) to \(certificate.validity.end.text)",
                    "serial      \(Hex.encode(certificate.serial))", "key id      \(Hex.encode(certificate.keyID))",
                    "sha-256     \(Hex.encode(Digest.sha256(certificate.der)))", "file        \(path)",
                ].compactMap(\.self)).joined(separator: "\n")
        }
    }

    private func json(_ path: String) -> JSONValue {
        [
            "authority": .bool(certificate.isAuthority),
            "authority_key_id": .string(Hex.encode(certificate.authorityKeyID)),
            "federation": .string(Hex.encode(certificate.federation)), "file": .string(path),
            "hosts": .array(certificate.hosts.map { .string($0.description) }),
            "key_id": .string(Hex.encode(certificate.keyID)), "node": certificate.node.map { .string($0.description) } ?? .null,
            "not_after": .string(certificate.validity.end.text), "not_before": .string(certificate.validity.start.text),
            "serial": .string(Hex.encode(certificate.serial)),
            "sha256": .string(Hex.encode(Digest.sha256(certificate.der))),
        ]
    }
}

internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryStorage
internal import ChancerySuite
internal import ChanceryTransport
internal import ChanceryWire
internal import Foundation

/// What a node needs to speak TLS, in one folder: `node.pem`, `authority.pem` and `node.key`.
struct CredentialFolder {
    private let path: String
    private static let label = "tls/ml-dsa-65"

    init(_ path: String) { self.path = URL(fileURLWithPath: path).path }

    private var certificatePath: String { path + "/node.pem" }
    private var authorityPath: String { path + "/authority.pem" }
    private var keyPath: String { path + "/node.key" }
    /// The key in the clear, for programs that read PKCS#8.
    private var clearKeyPath: String { path + "/node-key.pem" }

    /// - Throws: `node.already_exists` when one of the files is there.
    func requireFree(replacing: Bool) throws {
        guard !replacing else { return }
        for path in [certificatePath, authorityPath, keyPath, clearKeyPath] where FileManager.default.fileExists(atPath: path) {
            throw NodeError(.alreadyExists, "`\(path)` exists already; --renew replaces it")
        }
    }

    /// Makes a key and has `authority` certify it for `node`.
    func issue(
        by authority: CertificateAuthority, to node: DID, hosts: [HostName], hours: Int64, protection: KeyProtection,
        inTheClear: Bool = false, replacing: Bool = false, at time: UTCTime
    ) throws -> UnverifiedCertificate {
        let key = try SigningKey<Purpose.TLS>.generate(.mlDSA65)
        let certificate = try authority.issue(
            to: node.bytes, hosts: hosts, key: key.publicKey,
            validity: Validity(at: time, seconds: hours * 3600 - Validity.slack),
            serial: SystemRandom.bytes(CertificateAuthority.serialBytes))
        try write(
            certificate, authority: authority.certificate, key: key, protection: protection, inTheClear: inTheClear,
            replacing: replacing)
        return certificate
    }

    private func write(
        _ certificate: UnverifiedCertificate, authority: UnverifiedCertificate, key: SigningKey<Purpose.TLS>,
        protection: KeyProtection, inTheClear: Bool, replacing: Bool
    ) throws {
        guard let seed = key.exportSeed() else { throw NodeError(.keyMissing, "a TLS key has a seed") }
        try AtomicFile.makeFolder(path)
        let file = try KeyFile([KeyFileEntry(Self.label, seed)])
        try AtomicFile.write(protection.protect(file), to: keyPath, replacing: replacing)
        if inTheClear { try AtomicFile.write(Array(PrivateKeyForm.pem(key).utf8), to: clearKeyPath, replacing: replacing) }
        try AtomicFile.write(Array(authority.pem.utf8), to: authorityPath, mode: 0o644, replacing: replacing)
        // The chain as a server sends it, its own certificate first.
        try AtomicFile.write(
            Array((certificate.pem + authority.pem).utf8), to: certificatePath, mode: 0o644, replacing: replacing)
    }

    func custody() throws -> KeyCustody { try CertificateFile.custody(of: keyPath) }

    /// The authorities that the node pins: one, or old and new ones of a rotation.
    func anchors() throws -> TrustAnchors { try TrustAnchors(pem: CertificateFile.text(authorityPath)) }

    /// What tells whether the certificate is another one than before.
    func certificateText() throws -> String { try CertificateFile.text(certificatePath) }

    func open(_ protection: KeyProtection, at time: UTCTime) throws -> TLSCredential {
        let chain = try UnverifiedCertificate.all(pem: certificateText())
        guard chain.count == 2 else {
            throw NodeError(
                .rejected, "`\(certificatePath)` holds \(chain.count) certificates, not a node's and its authority's")
        }
        guard let entry = try protection.open(AtomicFile.read(keyPath, limit: CertificateFile.limit))[Self.label] else {
            throw NodeError(.keyMissing, "`\(keyPath)` does not hold a TLS key")
        }
        return try TLSCredential(
            certificate: chain[0], authority: chain[1], key: SigningKey(.mlDSA65, seed: entry.secret.duplicate()), at: time)
    }
}

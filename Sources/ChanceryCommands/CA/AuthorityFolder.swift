internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryStorage
internal import ChancerySuite
internal import ChanceryTransport
internal import ChanceryWire
internal import Foundation

/// The certificate authority of a home: `ca/authority.pem`, to be handed out, and `private/ca.key`.
struct AuthorityFolder {
    private let home: String
    var certificatePath: String { home + "/ca/authority.pem" }
    private var keyPath: String { home + "/private/ca.key" }
    private static let label = "ca/ml-dsa-65"

    init(_ home: Home) { self.home = home.path }

    /// Makes the authority of `federation`. What a crash left half done is finished.
    ///
    /// - Throws: `node.already_exists` when the home has one.
    func create(federation: [UInt8], seconds: Int64, protection: KeyProtection, at time: UTCTime) throws -> CertificateAuthority
    {
        guard !FileManager.default.fileExists(atPath: certificatePath) else {
            throw NodeError(.alreadyExists, "`\(certificatePath)` exists already; nothing was changed")
        }
        let validity = try Validity(at: time, seconds: seconds)
        for path in [keyPath, certificatePath] {
            try AtomicFile.makeFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
        }
        if !FileManager.default.fileExists(atPath: keyPath) {
            let file = try KeyFile([KeyFileEntry(Self.label, SecretBytes.random(count: 32))])
            try AtomicFile.write(protection.protect(file), to: keyPath)
        }
        let authority = try CertificateAuthority(
            federation: federation, key: key(protection), validity: validity,
            serial: SystemRandom.bytes(CertificateAuthority.serialBytes))
        try AtomicFile.write(Array(authority.certificate.pem.utf8), to: certificatePath, mode: 0o644)
        return authority
    }

    func open(_ protection: KeyProtection) throws -> CertificateAuthority {
        try CertificateAuthority(certificate: certificate(), key: key(protection))
    }

    func certificate() throws -> UnverifiedCertificate {
        guard FileManager.default.fileExists(atPath: certificatePath) else {
            throw NodeError(.notFound, "this home has no certificate authority; `ca init` makes one")
        }
        return try CertificateFile.read(certificatePath)
    }

    func custody() throws -> KeyCustody { try CertificateFile.custody(of: keyPath) }

    private func key(_ protection: KeyProtection) throws -> SigningKey<Purpose.CA> {
        guard let entry = try protection.open(AtomicFile.read(keyPath, limit: 1 << 16))[Self.label] else {
            throw NodeError(.keyMissing, "`\(keyPath)` does not hold the authority's key")
        }
        return try SigningKey(.mlDSA65, seed: entry.secret.duplicate())
    }
}

/// Certificates and key files by path.
enum CertificateFile {
    static let limit = 1 << 18

    static func text(_ path: String) throws -> String {
        String(decoding: try AtomicFile.read(path, limit: limit), as: UTF8.self)
    }

    static func read(_ path: String) throws -> UnverifiedCertificate { try UnverifiedCertificate(pem: text(path)) }

    static func custody(of path: String) throws -> KeyCustody {
        guard FileManager.default.fileExists(atPath: path) else { return .absent }
        return KeyFile.looksEncrypted(try AtomicFile.read(path, limit: limit)) ? .passphrase : .unencrypted
    }
}

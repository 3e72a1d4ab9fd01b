internal import ChancerySuite
internal import NIOSSL
internal import Synchronization

/// The credential of the moment, in the forms of the TLS library. A certificate lasts a day, a process longer.
final class CredentialSlot: Sendable {
    struct Loaded: Sendable {
        let chain: [NIOSSLCertificateSource]
        let key: NIOSSLPrivateKeySource

        init(_ credential: TLSCredential) throws {
            var der = try PrivateKeyForm.der(credential.key)
            defer { SecretBytes.erase(&der) }
            key = .privateKey(try NIOSSLPrivateKey(bytes: der, format: .der))
            chain = try [credential.certificate, credential.authority].map {
                .certificate(try NIOSSLCertificate(bytes: $0.der, format: .der))
            }
        }
    }

    private let state: Mutex<Loaded>

    init(_ credential: TLSCredential) throws { state = Mutex(try Loaded(credential)) }

    var current: Loaded { state.withLock { $0 } }

    func replace(with credential: TLSCredential) throws {
        let loaded = try Loaded(credential)
        state.withLock { $0 = loaded }
    }
}

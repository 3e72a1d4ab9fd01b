public import ChanceryWire
public import NIOCore
public import NIOSSL

/// TLS between nodes, with no classical way in: version 1.3, X25519MLKEM768 for the key exchange, ML-DSA-65 for every
/// signature, and a certificate of the federation demanded from both sides.
///
/// Peers are judged by ``TrustAnchors`` alone, at the time that the caller's clock gives at each handshake.
public struct PostQuantumTLS: Sendable {
    /// As NIOSSL calls it: the peer's chain, and the promise of a verdict.
    public typealias Verification =
        @Sendable ([NIOSSLCertificate], EventLoopPromise<NIOSSLVerificationResult>) -> Void

    /// mldsa65 in the registry of TLS signature schemes.
    static let mlDSA65 = SignatureAlgorithm(rawValue: 0x0905)

    public let anchors: TrustAnchors
    /// For servers that make their own handlers; it shows the credential of the moment.
    public let serverConfiguration: TLSConfiguration
    private let serverContext: NIOSSLContext
    private let slot: CredentialSlot
    private let now: @Sendable () -> UTCTime

    public init(_ credential: TLSCredential, anchors: TrustAnchors, now: @escaping @Sendable () -> UTCTime) throws {
        let slot = try CredentialSlot(credential)
        let loaded = slot.current
        var server = TLSConfiguration.makeServerConfigurationWithMTLS(
            certificateChain: loaded.chain, privateKey: loaded.key, trustRoots: .certificates(try Self.roots(anchors)))
        Self.harden(&server)
        server.sslContextCallback = { _, promise in
            let loaded = slot.current
            var change = NIOSSLContextConfigurationOverride()
            change.certificateChain = loaded.chain
            change.privateKey = loaded.key
            promise.succeed(change)
        }
        self.anchors = anchors
        self.now = now
        self.slot = slot
        serverConfiguration = server
        serverContext = try NIOSSLContext(configuration: server)
    }

    /// Shows `credential` from the next handshake on.
    public func renew(_ credential: TLSCredential) throws { try slot.replace(with: credential) }

    /// For clients that make their own handlers; it shows the credential of this moment.
    public func clientConfiguration() throws -> TLSConfiguration {
        let loaded = slot.current
        var client = TLSConfiguration.makeClientConfiguration()
        client.certificateChain = loaded.chain
        client.privateKey = loaded.key
        client.trustRoots = .certificates(try Self.roots(anchors))
        Self.harden(&client)
        return client
    }

    private static func roots(_ anchors: TrustAnchors) throws -> [NIOSSLCertificate] {
        try anchors.certificates.map { try NIOSSLCertificate(bytes: $0.der, format: .der) }
    }

    private static func harden(_ configuration: inout TLSConfiguration) {
        configuration.minimumTLSVersion = .tlsv13
        configuration.maximumTLSVersion = .tlsv13
        configuration.curves = [.x25519_MLKEM768]
        configuration.signingSignatureAlgorithms = [mlDSA65]
        configuration.verifySignatureAlgorithms = [mlDSA65]
        // The name that counts is the node's, which ``verification(expecting:)`` compares.
        configuration.certificateVerification = .noHostnameVerification
        configuration.applicationProtocols = ["http/1.1"]
        configuration.renegotiationSupport = .none
        configuration.shutdownTimeout = .seconds(1)
    }

    /// Judges a peer's chain; `expected` is the node that must be at the other end, nil for any of the federation.
    public func verification(expecting expected: NodeID? = nil) -> Verification {
        let (anchors, now) = (anchors, now)
        return { chain, promise in
            let verified = try? anchors.verify(chain.map { try $0.toDERBytes() }, at: now(), expecting: expected)
            promise.succeed(verified == nil ? .failed : .certificateVerified)
        }
    }

    /// Encrypts a connection to `expected`.
    public func clientHandler(expecting expected: NodeID?) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(
            context: NIOSSLContext(configuration: clientConfiguration()), serverHostname: nil,
            customVerificationCallback: verification(expecting: expected))
    }

    /// Encrypts a connection that somebody opened to us.
    public func serverHandler() -> NIOSSLServerHandler {
        NIOSSLServerHandler(context: serverContext, customVerificationCallback: verification(), configuration: .init())
    }

    /// Who is at the other end of `channel`, judged again with the time of now: connections outlive certificates.
    ///
    /// - Throws: what ``TrustAnchors/verify(_:at:expecting:)`` refuses, and `transport.certificate_untrusted` for a channel
    ///   without TLS.
    public func peer(of channel: any Channel) async throws -> VerifiedPeer {
        guard let certificate = try? await channel.nioSSL_peerCertificate().get() else {
            throw TransportError(.certificateUntrusted, "the connection has no certificate of its peer")
        }
        return try verified(certificate)
    }

    /// Whose certificate it is, judged with the time of now.
    func verified(_ certificate: NIOSSLCertificate) throws -> VerifiedPeer {
        try anchors.verify([certificate.toDERBytes()], at: now())
    }
}

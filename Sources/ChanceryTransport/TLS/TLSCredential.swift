public import ChancerySuite
public import ChanceryWire

/// What a node shows of itself: its certificate, its authority's, and the key that signs handshakes.
public struct TLSCredential: Sendable {
    public let certificate: UnverifiedCertificate
    public let authority: UnverifiedCertificate
    let key: SigningKey<Purpose.TLS>

    /// - Throws: what ``TrustAnchors/verify(_:at:expecting:)`` refuses at `time`, and `suite.invalid_key` for a key that is
    ///   not the certificate's: a peer would refuse both, later and with less to say.
    public init(
        certificate: UnverifiedCertificate, authority: UnverifiedCertificate, key: SigningKey<Purpose.TLS>, at time: UTCTime
    ) throws {
        _ = try TrustAnchors(pinning: [authority]).verify([certificate.der], at: time)
        guard key.suite == .mlDSA65, key.publicKey.bytes == certificate.publicKey else {
            throw SuiteError(.invalidKey, "the TLS key is not the key of the certificate")
        }
        self.certificate = certificate
        self.authority = authority
        self.key = key
    }
}

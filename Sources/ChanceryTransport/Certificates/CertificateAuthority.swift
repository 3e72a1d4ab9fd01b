public import ChancerySuite
internal import ChanceryWire

/// Names the nodes of one federation. The key signs certificates and nothing else.
public struct CertificateAuthority: Sendable {
    /// A new authority is valid for ten years unless the caller says otherwise.
    public static let standardSeconds: Int64 = 3650 * 86_400
    /// A node's certificate is valid for a day unless the caller says otherwise.
    public static let standardLeafSeconds: Int64 = 86_400 - Validity.slack
    public static let serialBytes = 16

    public let certificate: UnverifiedCertificate
    private let key: SigningKey<Purpose.CA>

    /// A new authority, self-signed.
    ///
    /// - Parameter serial: 16 fresh random bytes, of which the first two bits are replaced.
    /// - Throws: `suite.invalid_key` unless `key` is an ML-DSA-65 key.
    public init(
        federation: [UInt8], key: SigningKey<Purpose.CA>, validity: Validity, serial: [UInt8]
    ) throws {
        guard federation.count == 32 else { throw WireError(.invalidValue, "a federation has 32 bytes") }
        try Self.requireSuite(key.suite)
        let body = CertificateBody(
            serial: try Self.positive(serial), federation: federation, validity: validity, subject: .authority,
            publicKey: key.publicKey.bytes)
        certificate = try Self.sign(body, key)
        self.key = key
    }

    /// The authority whose certificate and key these are.
    ///
    /// - Throws: `transport.certificate_untrusted` when they do not belong together.
    public init(certificate: UnverifiedCertificate, key: SigningKey<Purpose.CA>) throws {
        guard certificate.isAuthority, certificate.publicKey == key.publicKey.bytes, certificate.isSigned(by: key.publicKey)
        else { throw TransportError(.certificateUntrusted, "the authority's certificate and key do not belong together") }
        self.certificate = certificate
        self.key = key
    }

    /// The certificate of a node of this federation.
    ///
    /// - Throws: `transport.certificate_refused` for a validity beyond the authority's own or beyond
    ///   ``TrustAnchors/maximumLeafSeconds``, more than 32 hosts, or a host twice.
    public func issue(
        to did: [UInt8], hosts: [HostName], key publicKey: VerifyingKey<Purpose.TLS>, validity: Validity, serial: [UInt8]
    ) throws -> UnverifiedCertificate {
        try Self.requireSuite(publicKey.suite)
        guard did.count == 32 else { throw WireError(.invalidValue, "a DID has 32 bytes") }
        guard publicKey.bytes != key.publicKey.bytes else {
            throw TransportError(.certificateRefused, "a node does not use the authority's own key")
        }
        guard hosts.count <= CertificateBody.maximumHosts, Set(hosts).count == hosts.count else {
            throw TransportError(
                .certificateRefused, "a certificate names at most \(CertificateBody.maximumHosts) hosts, each once")
        }
        guard validity.seconds <= TrustAnchors.maximumLeafSeconds, validity.end <= certificate.validity.end,
            validity.start >= certificate.validity.start
        else {
            throw TransportError(
                .certificateRefused,
                "a node's certificate is valid for at most \(TrustAnchors.maximumLeafSeconds) s, within its authority's time")
        }
        let body = CertificateBody(
            serial: try Self.positive(serial), federation: certificate.federation, validity: validity,
            subject: .node(did: did, hosts: hosts, authorityKeyID: certificate.keyID), publicKey: publicKey.bytes)
        return try Self.sign(body, key)
    }

    private static func sign(_ body: CertificateBody, _ key: SigningKey<Purpose.CA>) throws -> UnverifiedCertificate {
        let certificate = try UnverifiedCertificate(body, signature: key.parts[0].sign(body.encoded()))
        // What is issued is what readers accept.
        return try UnverifiedCertificate(decoding: certificate.der)
    }

    /// 16 bytes that DER reads as a positive number of 16 bytes.
    private static func positive(_ serial: [UInt8]) throws -> [UInt8] {
        guard serial.count == serialBytes else {
            throw TransportError(.certificateRefused, "a serial number is made of \(serialBytes) random bytes")
        }
        return [serial[0] & 0x3f | 0x40] + serial.dropFirst()
    }

    private static func requireSuite(_ suite: SignatureSuite) throws {
        guard suite == .mlDSA65 else { throw SuiteError(.invalidKey, "certificates of the profile carry ML-DSA-65 keys") }
    }
}

internal import ChancerySuite
public import ChanceryWire

/// The authorities that a node believes, pinned by it, and the one rule by which peers are believed.
public struct TrustAnchors: Sendable {
    /// Longest validity of a node's certificate that is accepted: 31 days.
    public static let maximumLeafSeconds: Int64 = 31 * 86_400
    /// Most authorities that are pinned at once: old and new ones of a rotation.
    public static let maximumCount = 8

    private struct Anchor: Sendable {
        let certificate: UnverifiedCertificate
        let key: VerifyingKey<Purpose.CA>
    }

    private let anchors: [Anchor]
    /// The certificates as they were pinned.
    public var certificates: [UnverifiedCertificate] { anchors.map(\.certificate) }

    /// Pins authorities, which the caller knows to be the federation's.
    ///
    /// - Throws: `transport.certificate_refused` without any or with too many, and `transport.certificate_untrusted` for
    ///   one that is no authority or does not sign for itself.
    public init(pinning certificates: [UnverifiedCertificate]) throws(TransportError) {
        guard (1...Self.maximumCount).contains(certificates.count) else {
            throw TransportError(.certificateRefused, "between one and \(Self.maximumCount) authorities are pinned")
        }
        var anchors: [Anchor] = []
        for certificate in certificates {
            guard certificate.isAuthority, let key = try? VerifyingKey<Purpose.CA>(.mlDSA65, certificate.publicKey),
                certificate.isSigned(by: key)
            else { throw TransportError(.certificateUntrusted, "a pinned certificate is not that of an authority") }
            anchors.append(Anchor(certificate: certificate, key: key))
        }
        self.anchors = anchors
    }

    /// Pins the authorities in a PEM text.
    public init(pem: String) throws(TransportError) {
        try self.init(pinning: UnverifiedCertificate.all(pem: pem))
    }

    /// Who presented `chain` (DER, the peer's own certificate first) at `time`.
    ///
    /// The path is fixed: one node certificate, then its authority, which may be left out and must be a pinned one.
    ///
    /// - Parameter expected: the node that must be at the other end; nil for any node of the federation.
    public func verify(
        _ chain: [[UInt8]], at time: UTCTime, expecting expected: NodeID? = nil
    ) throws(TransportError) -> VerifiedPeer {
        guard (1...2).contains(chain.count) else {
            throw TransportError(.certificateUntrusted, "a peer presents its certificate and at most its authority's")
        }
        let leaf = try UnverifiedCertificate(decoding: chain[0])
        guard let node = leaf.node else { throw TransportError(.certificateUntrusted, "an authority is no peer") }
        guard let anchor = anchors.first(where: { $0.certificate.keyID == leaf.authorityKeyID }),
            anchor.certificate.federation == leaf.federation, chain.count == 1 || chain[1] == anchor.certificate.der,
            leaf.isSigned(by: anchor.key)
        else { throw TransportError(.certificateUntrusted, "no pinned authority of that federation signed the certificate") }
        guard leaf.validity.contains(time), anchor.certificate.validity.contains(time) else {
            throw TransportError(
                .certificateExpired, "the certificate is valid from \(leaf.validity.start.text) until \(leaf.validity.end.text)"
            )
        }
        guard leaf.validity.seconds <= Self.maximumLeafSeconds else {
            throw TransportError(.certificateExpired, "the certificate is valid for longer than \(Self.maximumLeafSeconds) s")
        }
        guard expected == nil || expected == node else {
            throw TransportError(.peerUnexpected, "the peer is `\(node)`, another node was expected")
        }
        return VerifiedPeer(node: node, certificate: leaf)
    }
}

/// A peer whose certificate an authority of the federation signed and whose time had come when it was looked at.
public struct VerifiedPeer: Sendable {
    public let node: NodeID
    public let certificate: UnverifiedCertificate

    fileprivate init(node: NodeID, certificate: UnverifiedCertificate) {
        self.node = node
        self.certificate = certificate
    }
}

internal import ChancerySuite
internal import SwiftASN1

/// A certificate of our profile as it came: well formed, and signed by nobody yet as far as we know.
public struct UnverifiedCertificate: Sendable {
    /// Longest certificate in bytes.
    public static let maximumBytes = 1 << 14

    /// The whole certificate.
    public let der: [UInt8]
    let body: CertificateBody
    /// The signed bytes.
    package let signed: [UInt8]
    let signature: [UInt8]

    /// - Throws: `transport.certificate_malformed` for anything but the one encoding of a certificate of the profile.
    public init(decoding der: [UInt8]) throws(TransportError) {
        guard der.count <= Self.maximumBytes else { throw .malformed("a certificate has at most \(Self.maximumBytes) bytes") }
        let root: ASN1Node
        do {
            root = try DER.parse(der)
        } catch {
            throw .malformed("the bytes are not DER")
        }
        let body = try CertificateBody(decoding: root.at(0))
        let signature = try Array(root.at(2).bytes().dropFirst())
        do {
            try self.init(body, signature: signature)
        } catch {
            throw .malformed("the certificate cannot be encoded")
        }
        guard self.der == der else { throw .malformed("the certificate is not of the profile, or not in its one encoding") }
    }

    /// Puts a certificate together.
    init(_ body: CertificateBody, signature: [UInt8]) throws {
        signed = try body.encoded()
        self.body = body
        self.signature = signature
        let signed = signed
        der = try DER.Serializer.bytes { coder in
            try coder.sequence { coder in
                coder.serializeRawBytes(signed)
                try coder.mlDSA65()
                coder.bitString(signature)
            }
        }
    }

    /// From a PEM text that holds one certificate.
    public init(pem: String) throws(TransportError) {
        try self.init(decoding: PEM.decode(pem, type: PEM.certificate))
    }

    /// The certificates in a PEM text, in its order.
    public static func all(pem: String) throws(TransportError) -> [UnverifiedCertificate] {
        var certificates: [UnverifiedCertificate] = []
        for der in try PEM.decodeAll(pem, type: PEM.certificate) {
            certificates.append(try UnverifiedCertificate(decoding: der))
        }
        return certificates
    }

    public var pem: String { PEM.encode(der, type: PEM.certificate) }

    public var isAuthority: Bool { body.subject == .authority }
    public var serial: [UInt8] { body.serial }
    public var federation: [UInt8] { body.federation }
    public var validity: Validity { body.validity }
    /// An encoded ML-DSA-65 public key.
    public var publicKey: [UInt8] { body.publicKey }
    /// The first 160 bits of SHA-256 over the public key.
    public var keyID: [UInt8] { body.keyID }

    /// Who it names; nil for an authority.
    public var node: NodeID? {
        guard case .node(let did, _, _) = body.subject else { return nil }
        return try? NodeID(federation: federation, did: did)
    }

    /// Where the node can be reached.
    public var hosts: [HostName] {
        guard case .node(_, let hosts, _) = body.subject else { return [] }
        return hosts
    }

    /// The key id of the authority that it names; its own for an authority.
    public var authorityKeyID: [UInt8] {
        guard case .node(_, _, let id) = body.subject else { return keyID }
        return id
    }

    /// Whether `key` signed it: pure ML-DSA-65 with an empty context (RFC 9881 §3).
    func isSigned(by key: VerifyingKey<Purpose.CA>) -> Bool { key.parts[0].isValid(signature, for: signed) }
}

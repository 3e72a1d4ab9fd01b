internal import ChancerySuite
internal import ChanceryWire
internal import SwiftASN1

/// What a certificate of the profile says: all that its signature covers, and nothing that the profile fixes.
///
/// The profile leaves no choice in the encoding, so a reader decodes, encodes again and compares
/// (``UnverifiedCertificate``). `docs/spec/certificates.md` has the fields.
struct CertificateBody: Sendable, Equatable {
    enum Subject: Sendable, Equatable {
        case authority
        /// A node, with the key id of the authority that names it.
        case node(did: [UInt8], hosts: [HostName], authorityKeyID: [UInt8])
    }

    /// Positive and at most 20 bytes, as DER writes it.
    let serial: [UInt8]
    let federation: [UInt8]
    let validity: Validity
    let subject: Subject
    /// An ML-DSA-65 public key.
    let publicKey: [UInt8]

    static let authorityName = "chancery ca"
    static let maximumHosts = 32

    /// RFC 7093 §2 (1): the first 160 bits of SHA-256 over the public key.
    var keyID: [UInt8] { Self.keyID(of: publicKey) }

    static func keyID(of publicKey: [UInt8]) -> [UInt8] { Array(Digest.sha256(publicKey).prefix(20)) }

    /// The DER of the TBSCertificate (RFC 5280 §4.1).
    func encoded() throws -> [UInt8] {
        try DER.Serializer.bytes { coder in
            try coder.sequence { coder in
                try coder.appendConstructedNode(identifier: .context(0)) { try $0.serialize(2) }
                coder.primitive(.integer, serial)
                try coder.mlDSA65()
                try name(Self.authorityName, into: &coder)
                coder.sequence { coder in
                    coder.time(validity.start)
                    coder.time(validity.end)
                }
                try name(commonName, into: &coder)
                try coder.sequence { coder in
                    try coder.mlDSA65()
                    coder.bitString(publicKey)
                }
                try coder.appendConstructedNode(identifier: .context(3)) { coder in
                    try coder.sequence { try extensions(into: &$0) }
                }
            }
        }
    }

    private var commonName: String {
        switch subject {
        case .authority: Self.authorityName
        case .node(let did, _, _): Hex.encode(did)
        }
    }

    /// `O = federation in hex, CN = commonName`.
    private func name(_ commonName: String, into coder: inout DER.Serializer) throws {
        try coder.sequence { coder in
            for (type, value) in [(OID.organization, Hex.encode(federation)), (OID.commonName, commonName)] {
                try coder.appendConstructedNode(identifier: .set) { coder in
                    try coder.sequence { coder in
                        try coder.serialize(type)
                        coder.primitive(.utf8String, value.utf8)
                    }
                }
            }
        }
    }

    private func extensions(into coder: inout DER.Serializer) throws {
        switch subject {
        case .authority:
            try Self.add(OID.basicConstraints, isCritical: true, into: &coder) { coder in
                try coder.sequence { coder in
                    try coder.serialize(true)
                    try coder.serialize(0)
                }
            }
            // keyCertSign alone.
            try Self.add(OID.keyUsage, isCritical: true, into: &coder) { $0.primitive(.bitString, [2, 0x04]) }
            try Self.add(OID.nameConstraints, isCritical: true, into: &coder) { coder in
                coder.sequence { coder in
                    coder.appendConstructedNode(identifier: .context(0)) { coder in
                        coder.sequence { $0.primitive(.context(6), Hex.encode(federation).utf8) }
                    }
                }
            }
            try Self.add(OID.subjectKeyID, into: &coder) { $0.primitive(.octetString, keyID) }
        case .node(let did, let hosts, let authorityKeyID):
            try Self.add(OID.basicConstraints, isCritical: true, into: &coder) { $0.sequence { _ in } }
            // digitalSignature alone.
            try Self.add(OID.keyUsage, isCritical: true, into: &coder) { $0.primitive(.bitString, [7, 0x80]) }
            try Self.add(OID.extendedKeyUsage, into: &coder) { coder in
                try coder.sequence { coder in
                    try coder.serialize(OID.serverAuth)
                    try coder.serialize(OID.clientAuth)
                }
            }
            try Self.add(OID.subjectKeyID, into: &coder) { $0.primitive(.octetString, keyID) }
            try Self.add(OID.authorityKeyID, into: &coder) { coder in
                coder.sequence { $0.primitive(.context(0), authorityKeyID) }
            }
            let id = try NodeID(federation: federation, did: did)
            try Self.add(OID.alternativeName, into: &coder) { coder in
                coder.sequence { coder in
                    coder.primitive(.context(6), id.description.utf8)
                    for host in hosts {
                        switch host {
                        case .dns(let name): coder.primitive(.context(2), name.utf8)
                        case .address(let bytes): coder.primitive(.context(7), bytes)
                        }
                    }
                }
            }
        }
    }

    private static func add(
        _ type: ASN1ObjectIdentifier, isCritical: Bool = false, into coder: inout DER.Serializer,
        _ value: (inout DER.Serializer) throws -> Void
    ) throws {
        let content = try DER.Serializer.bytes(value)
        try coder.sequence { coder in
            try coder.serialize(type)
            if isCritical { try coder.serialize(true) }
            coder.primitive(.octetString, content)
        }
    }
}

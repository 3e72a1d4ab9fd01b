import ChancerySuite
import ChanceryTransport
import ChanceryWire
import Foundation
import TestKit

/// An authority and nodes whose keys come from numbers, the same ones every time.
struct SampleFederation {
    static let start = SampleKeys.time(0)
    let federation: [UInt8]
    let authority: CertificateAuthority

    init(_ number: UInt8 = 1, key: UInt8? = nil, seconds: Int64 = CertificateAuthority.standardSeconds) throws {
        federation = Digest.sha3_256([number])
        authority = try CertificateAuthority(
            federation: federation, key: Self.key(key ?? number), validity: Validity(at: Self.start, seconds: seconds),
            serial: [UInt8](repeating: 0xa5, count: 16))
    }

    var anchors: TrustAnchors { get throws { try TrustAnchors(pinning: [authority.certificate]) } }

    static func key<Use: KeyPurpose>(_ number: UInt8) throws -> SigningKey<Use> {
        var seed = Array(Digest.sha512([number, 0xca]).prefix(32))
        return try SigningKey(.mlDSA65, seed: SecretBytes(erasing: &seed))
    }

    static func did(_ number: UInt8) -> [UInt8] { Digest.sha3_256([0xd1, number]) }

    func id(_ number: UInt8) throws -> NodeID { try NodeID(federation: federation, did: Self.did(number)) }

    func issue(
        _ number: UInt8 = 100, hosts: [String] = ["node.example.org", "127.0.0.1", "::1"],
        seconds: Int64 = CertificateAuthority.standardLeafSeconds, at time: UTCTime = start
    ) throws -> UnverifiedCertificate {
        let key: SigningKey<Purpose.TLS> = try Self.key(number)
        return try authority.issue(
            to: Self.did(number), hosts: hosts.map { try HostName($0) }, key: key.publicKey,
            validity: Validity(at: time, seconds: seconds), serial: [UInt8](repeating: number, count: 16))
    }

    /// TLS of a node, with the clock at `now`.
    func tls(_ number: UInt8, anchors: TrustAnchors? = nil, now: UTCTime = start) throws -> PostQuantumTLS {
        try PostQuantumTLS(credential(number), anchors: anchors ?? self.anchors, now: { now })
    }

    func credential(_ number: UInt8, at time: UTCTime = start) throws -> TLSCredential {
        try TLSCredential(
            certificate: issue(number, at: time), authority: authority.certificate, key: Self.key(number), at: time)
    }
}

/// Golden bytes in `Tests/TransportTests/Golden`. `CHANCERY_WRITE_GOLDEN=1` writes those that are missing.
func golden(_ name: String, _ make: () throws -> [UInt8]) throws -> [UInt8] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/\(name)")
    if ProcessInfo.processInfo.environment["CHANCERY_WRITE_GOLDEN"] == "1",
        !FileManager.default.fileExists(atPath: file.path)
    {
        try Data(make()).write(to: file)
    }
    return Array(try Data(contentsOf: file))
}

import ChancerySuite
import ChanceryTransport
import ChanceryWire
import TestKit
import Testing

/// What a certificate says, byte by byte, and that nothing else is taken for one.
struct CertificateTests {
    private let federation: SampleFederation
    private let authority: [UInt8]
    private let leaf: [UInt8]

    init() throws {
        let federation = try SampleFederation()
        self.federation = federation
        authority = try golden("authority.der") { federation.authority.certificate.der }
        leaf = try golden("node.der") { try federation.issue().der }
    }

    private func verify(_ chain: [[UInt8]], anchor: [UInt8]? = nil) -> String? {
        code {
            let anchors = try TrustAnchors(pinning: [UnverifiedCertificate(decoding: anchor ?? authority)])
            _ = try anchors.verify(chain, at: SampleFederation.start)
        }
    }

    @Test func `golden certificates say what they said when they were frozen`() throws {
        let anchors = try TrustAnchors(pinning: [UnverifiedCertificate(decoding: authority)])
        let peer = try anchors.verify([leaf, authority], at: SampleFederation.start, expecting: federation.id(100))
        #expect(try peer.node == federation.id(100))
        #expect(peer.certificate.hosts.map(\.description) == ["node.example.org", "127.0.0.1", "::1"])
        #expect(peer.certificate.validity.seconds == 86_400)
        // Signatures are randomised; what they cover is not.
        #expect(try UnverifiedCertificate(decoding: leaf).signed == federation.issue().signed)
        #expect(try UnverifiedCertificate(decoding: authority).signed == federation.authority.certificate.signed)
    }

    @Test func `every truncation is refused`() async {
        let found = await inParallel(Array(0..<leaf.count)) { length in
            verify([Array(leaf[..<length])]) == nil ? length : nil
        }
        #expect(found.isEmpty, "accepted at \(found)")
        #expect(verify([leaf]) == nil && verify([leaf + [0]]) == "transport.certificate_malformed")
    }

    @Test func `every changed bit of a certificate is refused, in its chain and in its anchor`() async {
        let places = leaf.indices.flatMap { byte in
            (byte < 600 ? Array(UInt8(0)..<8) : [UInt8(byte % 8)]).map { (byte, $0) }
        }
        let accepted = await inParallel(places) { byte, bit in
            let code = verify([leaf.flipping(byte, bit)])
            return code?.hasPrefix("transport.certificate_") == true ? nil : "\(byte).\(bit): \(code ?? "accepted")"
        }
        #expect(accepted.isEmpty, "\(accepted)")
        let anchors = await inParallel(Array(authority.indices)) { byte in
            let code = verify([leaf], anchor: authority.flipping(byte, UInt8(byte % 8)))
            return code?.hasPrefix("transport.certificate_") == true ? nil : "\(byte): \(code ?? "accepted")"
        }
        #expect(anchors.isEmpty, "\(anchors)")
    }

    @Test func `what follows from the profile cannot be encoded otherwise`() throws {
        // Each change keeps the DER well formed.
        let changes: [(String, [UInt8], [UInt8])] = [
            ("version 2", [0xa0, 0x03, 0x02, 0x01, 0x02], [0xa0, 0x03, 0x02, 0x01, 0x01]),
            ("an authority", [0x30, 0x0c, 0x06, 0x03, 0x55, 0x1d, 0x13], [0x30, 0x0c, 0x06, 0x03, 0x55, 0x1d, 0x12]),
            ("all key usages", [0x03, 0x02, 0x07, 0x80], [0x03, 0x02, 0x00, 0x86]),
            ("a key usage more", [0x03, 0x02, 0x07, 0x80], [0x03, 0x02, 0x05, 0xa0]),
            (
                "another usage", [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02],
                [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08]
            ),
            ("ML-DSA-44", [0x65, 0x03, 0x04, 0x03, 0x12], [0x65, 0x03, 0x04, 0x03, 0x11]),
            ("an upper-case name", Array("node.example.org".utf8), Array("Node.example.org".utf8)),
            ("a wildcard", Array("node.example.org".utf8), Array("*ode.example.org".utf8)),
            ("another path", Array("/node/".utf8), Array("/mode/".utf8)),
        ]
        for (what, old, new) in changes {
            let start = try #require(leaf.indices.first { leaf[$0...].starts(with: old) }, "\(what)")
            let changed = leaf[..<start] + new + leaf[(start + old.count)...]
            #expect(verify([Array(changed)]) == "transport.certificate_malformed", "\(what)")
        }
    }

    @Test func `PEM goes both ways and holds one certificate`() throws {
        let certificate = try UnverifiedCertificate(decoding: leaf)
        #expect(try UnverifiedCertificate(pem: certificate.pem).der == leaf)
        for text in ["", "x", certificate.pem + certificate.pem, certificate.pem.replacing("CERTIFICATE", with: "PRIVATE KEY")]
        {
            #expect(
                code { _ = try UnverifiedCertificate(pem: text) } == "transport.certificate_malformed", "\(text.prefix(40))")
        }
    }

    @Test func `a private key has the seed form of RFC 9881`() throws {
        let key: SigningKey<Purpose.TLS> = try SampleFederation.key(100)
        let seed = Array(Digest.sha512([100, 0xca]).prefix(32))
        let base64 = try PrivateKeyForm.pem(key).split(separator: "\n").dropFirst().dropLast().joined()
        let prefix = try Hex.decode("3034020100300b060960864801650304031204228020")
        #expect(try Base64.standard.decode(base64) == prefix + seed)
    }
}

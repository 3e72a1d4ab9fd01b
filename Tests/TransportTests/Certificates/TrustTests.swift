import ChancerySuite
import ChanceryTransport
import ChanceryWire
import TestKit
import Testing

/// Who is believed, and when.
struct TrustTests {
    private let federation: SampleFederation

    init() throws { federation = try SampleFederation() }

    private func refusal(
        _ chain: [UnverifiedCertificate], by federation: SampleFederation? = nil, at seconds: Int64 = 0,
        expecting: NodeID? = nil
    ) -> String? {
        code {
            let time = SampleFederation.start.advanced(bySeconds: seconds)
            _ = try (federation ?? self.federation).anchors.verify(chain.map(\.der), at: time, expecting: expecting)
        }
    }

    @Test func `a certificate is valid from its first to its last second`() throws {
        let leaf = try federation.issue(seconds: 600)
        for (second, expected) in [
            (-301, "transport.certificate_expired"), (-300, nil), (0, nil), (600, nil), (601, "transport.certificate_expired"),
        ] as [(Int64, String?)] {
            #expect(refusal([leaf], at: second) == expected, "\(second)")
        }
    }

    @Test func `a certificate is worth nothing when its authority has expired`() throws {
        let short = try SampleFederation(1, seconds: 700)
        let leaf = try short.issue(seconds: 700)
        #expect(refusal([leaf], by: short, at: 700) == nil)
        #expect(refusal([leaf], by: short, at: 701) == "transport.certificate_expired")
        #expect(code { _ = try short.issue(seconds: 701) } == "transport.certificate_refused")
    }

    @Test func `only a pinned authority of the same federation is believed`() throws {
        let leaf = try federation.issue()
        #expect(refusal([leaf], by: try SampleFederation(2)) == "transport.certificate_untrusted")
        // The same key under another federation, and another key under the same one.
        #expect(refusal([leaf], by: try SampleFederation(2, key: 1)) == "transport.certificate_untrusted")
        #expect(refusal([leaf], by: try SampleFederation(1, key: 2)) == "transport.certificate_untrusted")
        // During a rotation old and new are pinned.
        let both = try TrustAnchors(
            pinning: [try SampleFederation(1, key: 2).authority.certificate, federation.authority.certificate])
        #expect(try both.verify([leaf.der], at: SampleFederation.start).node == federation.id(100))
    }

    @Test func `the path is a node and its authority, nothing longer and nothing else`() throws {
        let leaf = try federation.issue()
        let authority = federation.authority.certificate
        let other = try SampleFederation(1, key: 2).authority.certificate
        #expect(refusal([leaf]) == nil && refusal([leaf, authority]) == nil)
        for chain in [[], [authority], [leaf, other], [leaf, leaf], [authority, leaf], [leaf, authority, authority]] {
            #expect(refusal(chain) == "transport.certificate_untrusted", "\(chain.count)")
        }
        #expect(code { _ = try TrustAnchors(pinning: [leaf]) } == "transport.certificate_untrusted")
        #expect(code { _ = try TrustAnchors(pinning: []) } == "transport.certificate_refused")
    }

    @Test func `a genuine certificate of another node is not the one that was called`() throws {
        let leaf = try federation.issue(100)
        #expect(refusal([leaf], expecting: try federation.id(100)) == nil)
        #expect(refusal([leaf], expecting: try federation.id(101)) == "transport.peer_unexpected")
        #expect(refusal([leaf], expecting: try SampleFederation(2).id(100)) == "transport.peer_unexpected")
    }

    @Test func `an authority issues no certificate that readers refuse`() throws {
        let key: SigningKey<Purpose.TLS> = try SampleFederation.key(100)
        let authorityKey: SigningKey<Purpose.TLS> = try SampleFederation.key(1)
        func issue(
            _ hosts: [HostName] = [], _ did: Int = 32, seconds: Int64 = 600, key: SigningKey<Purpose.TLS>? = nil,
            serial: Int = 16
        ) -> String? {
            code {
                _ = try federation.authority.issue(
                    to: [UInt8](repeating: 1, count: did), hosts: hosts, key: (key ?? authorityKey).publicKey,
                    validity: Validity(at: SampleFederation.start, seconds: seconds),
                    serial: [UInt8](repeating: 1, count: serial))
            }
        }
        #expect(issue(key: key) == nil && issue([.dns("a.b"), .address([1, 2, 3, 4])], key: key) == nil)
        #expect(issue(key: authorityKey) == "transport.certificate_refused")
        #expect(issue([], 31, key: key) == "wire.invalid_value")
        #expect(issue(key: key, serial: 15) == "transport.certificate_refused")
        #expect(issue(seconds: 31 * 86_400, key: key) == "transport.certificate_refused")
        #expect(issue(seconds: 0, key: key) == "transport.certificate_refused")
        #expect(issue([.dns("a.b"), .dns("a.b")], key: key) == "transport.certificate_refused")
        #expect(issue((0..<33).map { .dns("n\($0).example") }, key: key) == "transport.certificate_refused")
        for host in [HostName.dns("A.b"), .dns("*.b"), .dns(""), .address([1]), .dns("a\u{0}.b")] {
            #expect(issue([host], key: key) == "transport.certificate_malformed", "\(host)")
        }
        let large: SigningKey<Purpose.TLS> = try .generate(.mlDSA87)
        #expect(issue(key: large) == "suite.invalid_key")
    }

    @Test func `serial numbers are positive and have 16 bytes whatever they are made of`() throws {
        let key: SigningKey<Purpose.TLS> = try SampleFederation.key(100)
        for byte: UInt8 in [0, 0x7f, 0x80, 0xff] {
            let certificate = try federation.authority.issue(
                to: SampleFederation.did(1), hosts: [], key: key.publicKey,
                validity: Validity(at: SampleFederation.start, seconds: 60), serial: [UInt8](repeating: byte, count: 16))
            #expect(certificate.serial.count == 16 && (0x40...0x7f).contains(certificate.serial[0]))
        }
    }
}

struct NodeNameTests {
    @Test func `a node has one name`() throws {
        let id = try NodeID(federation: [UInt8](repeating: 0xab, count: 32), did: [UInt8](repeating: 1, count: 32))
        let text = id.description
        #expect(try NodeID(text) == id)
        for other in [
            text.uppercased(), text + "/", text + "?", String(text.dropLast()), text.replacing("node", with: "agent"),
            text.replacing("spiffe://", with: "spiffe:/"), "https" + text.dropFirst(6), "", "spiffe:///node/",
        ] {
            #expect(throws: WireError.self, "\(other)") { try NodeID(other) }
        }
    }

    @Test(arguments: [
        ("localhost", "localhost"), ("a-1.example.org", "a-1.example.org"), ("127.0.0.1", "127.0.0.1"), ("::1", "::1"),
        ("2001:db8::1", "2001:db8::1"), ("2001:0db8:0::1", "2001:db8::1"),
    ])
    func `hosts are lower-case names and addresses`(text: String, form: String) throws {
        #expect(try HostName(text).description == form)
    }

    @Test(arguments: [
        "", ".", "a.", ".a", "A.org", "a_b", "-a", "a-", "*.a", "a b", "é.org", "1.2.3", "1.2.3.4.5", "a\u{0}",
        String(repeating: "a", count: 64), Array(repeating: "abcdefgh", count: 29).joined(separator: "."),
    ])
    func `what is no host is refused`(text: String) {
        #expect(throws: TransportError.self) { try HostName(text) }
    }
}

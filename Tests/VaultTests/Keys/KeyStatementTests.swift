import ChanceryVault
import ChanceryWire
import TestKit
import Testing

/// The terms of a key are enforced where it is made and where it is read.
struct KeyStatementTests {
    @Test func `lifetimes are those of HIP-5 at most`() throws {
        #expect(VaultKeyKind.root.longestLifetime == 366 * 86_400 && VaultKeyKind.api.longestLifetime == 31 * 86_400)
        for kind in VaultKeyKind.allCases {
            let subject = try Self.subject(of: kind)
            let longest = try Sample.key(kind, 1, subject: subject)
            #expect(longest.expires == Sample.after(kind.longestLifetime), "\(kind)")
            #expect(longest.rotateBy <= longest.expires && longest.activates <= longest.rotateBy)
            for wrong in [kind.longestLifetime + 1, 0, -1, .max, .min] {
                #expect(
                    code { _ = try Sample.key(kind, 1, subject: subject, lifetime: wrong) } == "vault.key_malformed", "\(kind)")
            }
        }
    }

    static func subject(of kind: VaultKeyKind) throws -> KeySubject? {
        switch kind {
        case .model, .data: try Sample.subject(7)
        case .session: .connection(Sample.bytes(7, 16))
        case .root, .api, .service: nil
        }
    }

    @Test func `a kind has its own algorithms and no others`() throws {
        for kind in VaultKeyKind.allCases {
            for algorithm in VaultKeyAlgorithm.allCases {
                let found = code { _ = try Sample.key(kind, 1, algorithm, subject: Self.subject(of: kind)) }
                #expect(found == (kind.algorithms.contains(algorithm) ? nil : "vault.key_purpose"), "\(kind) \(algorithm)")
            }
        }
        #expect(VaultKeyKind.root.algorithms == [.mlKEM1024] && VaultKeyKind.api.algorithms == [.mlDSA65])
        for tier in PrivacyTier.allCases {
            #expect(VaultKeyKind.wrappingAlgorithm(for: tier) == (tier.rawValue >= 3 ? .mlKEM1024 : .xWing))
        }
    }

    @Test func `what is per version names the version, and nothing else names one`() throws {
        for kind in VaultKeyKind.allCases {
            for subject in [nil, try Sample.subject(7), KeySubject.connection(Sample.bytes(7, 16))] {
                let found = code { _ = try Sample.key(kind, 1, subject: subject) }
                let fits = try Self.subject(of: kind) == subject
                #expect(found == (fits ? nil : "vault.key_malformed"), "\(kind)")
            }
        }
        #expect(code { _ = try Sample.key(.model, 1, subject: Sample.subject(1, version: 0)) } == "vault.key_malformed")
        #expect(code { _ = try Sample.key(.session, 1, subject: .connection([1])) } == "vault.key_malformed")
    }

    @Test func `an id is that of the key, and API keys start with ak_`() throws {
        let key = try Sample.key(.api, 1)
        #expect(key.id.text.hasPrefix("ak_") && key.id.text.utf8.count == 35)
        #expect(try VaultKeyID(key.id.text) == key.id)
        #expect(VaultKeyID(.model, publicKey: key.publicKey) != key.id)
        for wrong in ["", "ak_", "xk_" + key.id.text.dropFirst(3), key.id.text + "00", key.id.text.uppercased()] {
            #expect(throws: (any Error).self, "\(wrong)") { try VaultKeyID(wrong) }
        }
    }

    @Test func `what was written is read again, and every damage is refused`() throws {
        let first = try Sample.key(.model, 1, .mlKEM1024, subject: Sample.subject(3), activates: Sample.after(60))
        let second = try Sample.key(.model, 2, at: Sample.after(90), after: first)
        for key in [first, second] {
            #expect(try KeyStatement(key.json) == key)
            try eachDamage(of: #require(key.json.object)) { damaged, what in
                // `null` alone could be meant, and is not offered.
                #expect(throws: (any Error).self, "\(what)") { try KeyStatement(.object(damaged)) }
            }
        }
        // A longer life than the kind's, and times out of order.
        var stretched = try #require(first.json.object)
        stretched["expires"] = .string(first.expires.advanced(bySeconds: 1).text)
        #expect(code { _ = try KeyStatement(.object(stretched)) } == "vault.key_malformed")
        var swapped = try #require(first.json.object)
        swapped["rotate_by"] = .string(first.created.text)
        #expect(code { _ = try KeyStatement(.object(swapped)) } == "vault.key_malformed")
        // The key of another id.
        var foreign = try #require(first.json.object)
        foreign["public_key"] = second.json["public_key"]
        #expect(code { _ = try KeyStatement(.object(foreign)) } == "vault.key_malformed")
    }
}

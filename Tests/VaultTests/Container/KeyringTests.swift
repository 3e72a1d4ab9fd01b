import ChancerySuite
import ChanceryVault
import ChanceryWire
import TestKit
import Testing

struct KeyringTests {
    private let key: SigningKey<Purpose.Record>
    private let vault = VaultID.random()

    init() throws { key = try SigningKey.generate(.hybrid) }

    private static func context(_ tier: PrivacyTier = .open, manifest: UInt8 = 1, dataKey: UInt8 = 1) throws -> WrapContext {
        try WrapContext(
            manifest: ManifestDigest([UInt8](repeating: manifest, count: 32)),
            dataKey: DataKeyID([UInt8](repeating: dataKey, count: 16)), tier: tier)
    }

    private static func wrap(_ context: WrapContext, to key: DecapsulationKey) throws -> WrappedKey {
        try WrappedKey.wrap(
            secret(SampleVault.dataKey), in: context, to: EncapsulationKey(key.algorithm, key.publicKey))
    }

    private func keyrings(_ counters: some Sequence<Int64>) throws -> [Keyring] {
        let context = try Self.context()
        let wrap = try Self.wrap(context, to: .generate(.xWing))
        return try counters.map { try Keyring(context, counter: $0, wraps: [wrap]) }
    }

    @Test(arguments: PrivacyTier.allCases)
    func `a wrapped key opens for its recipient and context alone`(tier: PrivacyTier) throws {
        let context = try Self.context(tier)
        let owner = try DecapsulationKey.generate(WrapAlgorithm.of(tier).encapsulation)
        let wrap = try Self.wrap(context, to: owner)
        #expect(try wrap.unwrap(in: context, with: owner).copyForExport() == SampleVault.dataKey)
        let stranger = try DecapsulationKey.generate(owner.algorithm)
        #expect(code { _ = try wrap.unwrap(in: context, with: stranger) } == "vault.no_recipient")
        let renamed = try WrappedKey(
            recipient: RecipientID(stranger), algorithm: wrap.algorithm, encapsulated: wrap.encapsulated, wrapped: wrap.wrapped)
        #expect(code { _ = try renamed.unwrap(in: context, with: stranger) } == "vault.unwrap_failed")
        for other in try [Self.context(tier, manifest: 2), Self.context(tier, dataKey: 2)] {
            #expect(code { _ = try wrap.unwrap(in: other, with: owner) } == "vault.unwrap_failed")
        }
        for other in PrivacyTier.allCases where other != tier {
            let sameAlgorithm = WrapAlgorithm.of(other) == wrap.algorithm
            let weaker = other >= .accelerated ? "vault.parameter_set_too_weak" : "vault.recipient_unsuitable"
            #expect(
                code { _ = try wrap.unwrap(in: Self.context(other), with: owner) }
                    == (sameAlgorithm ? "vault.unwrap_failed" : weaker))
        }
        for place in stride(from: 0, to: wrap.encapsulated.count, by: 61) {
            let altered = try WrappedKey(
                recipient: wrap.recipient, algorithm: wrap.algorithm, encapsulated: wrap.encapsulated.flipping(place, 3),
                wrapped: wrap.wrapped)
            #expect(code { _ = try altered.unwrap(in: context, with: owner) } == "vault.unwrap_failed")
        }
        for place in wrap.wrapped.indices {
            let altered = try WrappedKey(
                recipient: wrap.recipient, algorithm: wrap.algorithm, encapsulated: wrap.encapsulated,
                wrapped: wrap.wrapped.flipping(place, UInt8(place % 8)))
            #expect(code { _ = try altered.unwrap(in: context, with: owner) } == "vault.unwrap_failed")
        }
    }

    @Test(arguments: PrivacyTier.allCases, EncapsulationAlgorithm.allCases)
    func `a tier takes one kind of recipient`(tier: PrivacyTier, algorithm: EncapsulationAlgorithm) throws {
        let context = try Self.context(tier)
        let refusal = code { _ = try Self.wrap(context, to: .generate(algorithm)) }
        switch (tier < .accelerated, algorithm) {
        case (true, .xWing), (false, .mlKEM1024): #expect(refusal == nil)
        case (true, _): #expect(refusal == "vault.recipient_unsuitable")
        case (false, _): #expect(refusal == "vault.parameter_set_too_weak")
        }
    }

    @Test func `a weak wrap does not get into a keyring of a strong tier`() throws {
        let wrap = try Self.wrap(Self.context(.attested), to: .generate(.xWing))
        #expect(
            code { _ = try Keyring(Self.context(.accelerated), counter: 1, wraps: [wrap]) } == "vault.parameter_set_too_weak")
    }

    @Test func `a keyring opens for each of its recipients`() throws {
        let context = try Self.context()
        let owners = try (0..<5).map { _ in try DecapsulationKey.generate(.xWing) }
        let policy = [UInt8](repeating: 7, count: 32)
        let keyring = try Keyring(context, counter: 1, policy: policy, wraps: owners.map { try Self.wrap(context, to: $0) })
        let stored = try KeyringBatch.sign([keyring], of: vault, by: key)[0].encoded()
        let read = try SignedKeyring.verify(stored, by: key.publicKey).keyring
        #expect(read == keyring)
        #expect(read.policy == policy)
        for owner in owners { #expect(try read.dataKey(with: owner).copyForExport() == SampleVault.dataKey) }
        #expect(code { _ = try read.dataKey(with: .generate(.xWing)) } == "vault.no_recipient")
    }

    @Test func `limits of a keyring hold`() throws {
        let context = try Self.context()
        let wrap = try Self.wrap(context, to: .generate(.xWing))
        let many = try (0..<65).map { place in
            try WrappedKey(
                recipient: RecipientID([UInt8](repeating: UInt8(place), count: 32)), algorithm: wrap.algorithm,
                encapsulated: wrap.encapsulated, wrapped: wrap.wrapped)
        }
        #expect(try Keyring(context, counter: 1, wraps: Array(many.dropLast())).wraps.count == 64)
        for wraps in [[], [wrap, wrap], many] {
            #expect(code { _ = try Keyring(context, counter: 1, wraps: wraps) } == "vault.invalid_record")
        }
        for counter in [0, -1, 1 << 53] as [Int64] {
            #expect(code { _ = try Keyring(context, counter: counter, wraps: [wrap]) } == "vault.invalid_record")
        }
        #expect(code { _ = try Keyring(context, counter: 1, policy: [1], wraps: [wrap]) } == "vault.invalid_record")
        #expect(
            code {
                _ = try WrappedKey(
                    recipient: wrap.recipient, algorithm: .mlKEM1024, encapsulated: wrap.encapsulated, wrapped: wrap.wrapped)
            } == "vault.invalid_record")
    }

    @Test(arguments: [1, 2, 3, 8, 33])
    func `each keyring of a batch stands alone at its place`(count: Int) throws {
        let signed = try KeyringBatch.sign(keyrings(41..<Int64(41 + count)), of: vault, by: key)
        for (index, keyring) in signed.enumerated() {
            let read = try SignedKeyring.verify(keyring.encoded(), by: key.publicKey)
            #expect(read.keyring.counter == Int64(41 + index))
            #expect(read.batch.count == count)
            #expect(read.batch.vault == vault)
        }
    }

    @Test func `a keyring under the path, place or batch of another one is refused`() throws {
        let first = try KeyringBatch.sign(keyrings(1...4), of: vault, by: key)
        let second = try KeyringBatch.sign(keyrings(1...4), of: vault, by: key)
        func document(_ keyring: SignedKeyring) throws -> JSONObject {
            try #require(JSONParser.parse(keyring.encoded()).object)
        }
        for member in ["batch", "index", "keyring", "path"] {
            for other in [first[2], second[1]] {
                var mixed = try document(first[1])
                let old = mixed[member]
                mixed[member] = try document(other)[member]
                guard mixed[member] != old else { continue }
                let bytes = try CanonicalForm.jcs.encode(mixed)
                let refusal = code { _ = try SignedKeyring.verify(bytes, by: key.publicKey) }
                #expect(refusal == "vault.record_mismatch", "\(member)")
            }
        }
        var moved = try document(first[1])
        moved["index"] = 4
        let bytes = try CanonicalForm.jcs.encode(moved)
        #expect(code { _ = try SignedKeyring.verify(bytes, by: key.publicKey) } == "vault.proof_malformed")
        let stranger = try SigningKey<Purpose.Record>.generate(.hybrid)
        #expect(code { _ = try SignedKeyring.verify(first[0].encoded(), by: stranger.publicKey) } == "suite.invalid_signature")
    }

    @Test func `a batch that was verified before stands for itself alone`() throws {
        var known = VerifiedBatches()
        let signed = try KeyringBatch.sign(keyrings(1...3), of: vault, by: key)
        for keyring in signed {
            let read = try SignedKeyring.verify(keyring.encoded(), by: key.publicKey, known: known)
            #expect(read.keyring == keyring.keyring)
            known.add(read, verifiedBy: key.publicKey)
        }
        // The same body under other signatures, or for another signer, is verified as if nothing were known.
        var document = try #require(JSONParser.parse(signed[0].encoded()).object)
        let stranger = try SigningKey<Purpose.Record>.generate(.hybrid)
        let forged = try VerifiedRecord.sign(signed[0].batch.record.body, type: KeyringBatch.type, by: stranger)
        document["batch"] = try JSONParser.parse(forged.bytes)
        let bytes = try CanonicalForm.jcs.encode(document)
        let refused = "suite.invalid_signature"
        #expect(code { _ = try SignedKeyring.verify(bytes, by: key.publicKey, known: known) } == refused)
        #expect(code { _ = try SignedKeyring.verify(signed[0].encoded(), by: stranger.publicKey, known: known) } == refused)
    }

    @Test(arguments: [0, 1, 2] as [Int64])
    func `a keyring whose number is not that of its place is refused, even if its vault signed it`(first: Int64) throws {
        let signed = try KeyringBatch.sign(keyrings([1]), of: vault, by: key)[0]
        var body = signed.batch.record.body
        body["first"] = .integer(first)
        let record = try VerifiedRecord.sign(body, type: KeyringBatch.type, by: key)
        var document = try #require(JSONParser.parse(signed.encoded()).object)
        document["batch"] = try JSONParser.parse(record.bytes)
        let bytes = try CanonicalForm.jcs.encode(document)
        let refusal = code { _ = try SignedKeyring.verify(bytes, by: key.publicKey) }
        #expect(refusal == [0: "wire.invalid_value", 2: "vault.record_mismatch"][first])
    }

    @Test func `a batch takes keyrings that are numbered in their order`() throws {
        for counters in [[], [1, 3], [2, 1], [1, 1]] as [[Int64]] {
            #expect(code { _ = try KeyringBatch.sign(keyrings(counters), of: vault, by: key) } == "vault.invalid_record")
        }
        let one = try keyrings([1])[0]
        let many = [Keyring](repeating: one, count: KeyringBatch.maximumCount + 1)
        #expect(code { _ = try KeyringBatch.sign(many, of: vault, by: key) } == "vault.invalid_record")
    }
}

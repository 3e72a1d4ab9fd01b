import ChancerySuite
import ChanceryVault
import ChanceryWire
import TestKit
import Testing

/// The catalogue is what its events say, and nothing else.
struct CatalogueTests {
    private var state = CatalogueState()
    private var events: [VaultEvent] = []
    private let root: KeyStatement

    init() throws {
        root = try Sample.key(.root, 1)
        try take(.key(KeyEvent(.create(root, parent: nil), at: Sample.start)))
    }

    private mutating func take(_ event: VaultEvent) throws {
        try state.apply(event)
        events.append(event)
    }

    private mutating func key(_ artifact: Int, _ version: Int64 = 1, number: Int? = nil) throws -> KeyStatement {
        let subject = try Sample.subject(artifact, version: version)
        let key = try Sample.key(.model, number ?? artifact * 100 + Int(version), subject: subject)
        try take(.key(KeyEvent(.create(key, parent: root.id), at: Sample.start)))
        return key
    }

    private func entry(
        _ artifact: Int, _ key: KeyStatement, version: Int64 = 1, name: String = "alpha", kind: ArtifactKind = .modelWeights,
        tier: PrivacyTier = .sealed, keyring: Int64
    ) throws -> CatalogueEntry {
        try CatalogueEntry(
            artifact: Sample.artifact(artifact), version: version, name: ArtifactName(name), kind: kind, tier: tier,
            manifest: Sample.manifest(artifact * 10 + Int(version)), sealing: Sample.bytes(3),
            dataKey: DataKeyID(Sample.bytes(4, 16)), keyring: keyring, wrappingKey: key.id, length: 5, put: Sample.start)
    }

    private mutating func put(_ artifact: Int, version: Int64 = 1, name: String = "alpha", keyring: Int64) throws {
        let key = try key(artifact, version)
        try take(.put(entry(artifact, key, version: version, name: name, keyring: keyring)))
    }

    @Test mutating func `a name stands for what was last put under it, an id for itself`() throws {
        try put(1, keyring: 1)
        try put(2, keyring: 2)
        let alpha = try ArtifactName("alpha")
        #expect(try state.artifact(named: alpha) == Sample.artifact(2))
        #expect(try state.entry(Sample.artifact(1)).version == 1)
        // Deleting the older one leaves the name with the newer one.
        try take(.delete(.init(artifact: Sample.artifact(1), version: nil, status: .unlinked)))
        #expect(try state.artifact(named: alpha) == Sample.artifact(2))
        try take(.delete(.init(artifact: Sample.artifact(2), version: nil, status: .unlinked)))
        #expect(state.artifact(named: alpha) == nil)
        #expect(code { _ = try state.entry(Sample.artifact(2)) } == "vault.unknown_artifact")
        #expect(state.live.isEmpty && state.count == 2)
    }

    @Test mutating func `deleting by name leaves an older one to its id`() throws {
        try put(1, keyring: 1)
        try put(2, keyring: 2)
        try take(.delete(.init(artifact: Sample.artifact(2), version: nil, status: .unlinked)))
        #expect(state.artifact(named: try ArtifactName("alpha")) == nil)
        #expect(try state.entry(Sample.artifact(1)).status == .live)
    }

    @Test mutating func `what had a name is remembered after its deletion, for looking back alone`() throws {
        try put(1, keyring: 1)
        try take(.delete(.init(artifact: Sample.artifact(1), version: nil, status: .unlinked)))
        try put(2, keyring: 2)
        try put(3, name: "beta", keyring: 3)
        let alpha = try ArtifactName("alpha")
        let history = Dictionary(uniqueKeysWithValues: state.history(of: alpha).map { ($0.artifact, $0.status) })
        #expect(try history == [Sample.artifact(1): .unlinked, Sample.artifact(2): .live])
        #expect(try state.artifact(named: alpha) == Sample.artifact(2))
        #expect(try state.history(of: ArtifactName("gamma")).isEmpty)
    }

    @Test mutating func `versions are counted, each with its own key, and keyrings only grow`() throws {
        try put(1, keyring: 5)
        let second = try key(1, 2)
        let conflict = "vault.catalogue_conflict"
        #expect(code { try state.apply(.put(entry(1, second, version: 3, keyring: 6))) } == conflict)
        #expect(code { try state.apply(.put(entry(1, second, version: 1, keyring: 6))) } == conflict)
        #expect(code { try state.apply(.put(entry(1, second, version: 2, keyring: 5))) } == conflict)
        #expect(code { try state.apply(.put(entry(1, second, version: 2, kind: .tokenizer, keyring: 6))) } == conflict)
        #expect(
            code { try state.apply(.put(entry(1, second, version: 2, tier: .accelerated, keyring: 6))) } == "vault.key_purpose")
        let foreign = try key(7)
        #expect(code { try state.apply(.put(entry(1, foreign, version: 2, keyring: 6))) } == "vault.key_purpose")
        let unknown = try Sample.key(.model, 999, subject: Sample.subject(1, version: 2))
        #expect(code { try state.apply(.put(entry(1, unknown, version: 2, keyring: 6))) } == "vault.key_unknown")
        try take(.put(entry(1, second, version: 2, keyring: 6)))
        #expect(try state.entry(Sample.artifact(1)).version == 2 && state.entry(Sample.artifact(1), version: 1).version == 1)
        #expect(state.lastKeyring == 6)
    }

    @Test mutating func `a batch re-wraps in order, and all of it or nothing`() throws {
        try put(1, keyring: 1)
        try put(2, keyring: 2)
        let old = try #require(state.keys.current(for: Sample.subject(1)))
        let new = try Sample.key(.model, 900, after: old.statement)
        try take(.key(KeyEvent(.rotate(old.id, to: new, parent: root.id, overlapEnds: Sample.start), at: Sample.start)))
        let other = try #require(state.keys.current(for: Sample.subject(2))).id
        func item(_ artifact: Int, _ key: VaultKeyID, version: Int64 = 1) throws -> VaultEvent.Rewrap.Item {
            .init(artifact: try Sample.artifact(artifact), version: version, wrappingKey: key)
        }
        let wrong: [([VaultEvent.Rewrap.Item], Int64, String)] = [
            ([], 3, "vault.event_malformed"), ([try item(1, new.id)], 2, "vault.catalogue_conflict"),
            ([try item(1, old.id)], 3, "vault.key_state"),
            ([try item(1, new.id), try item(2, new.id)], 3, "vault.key_purpose"),
            ([try item(1, new.id), try item(9, new.id)], 3, "vault.unknown_artifact"),
            ([try item(1, new.id, version: 2)], 3, "vault.unknown_artifact"),
            ([try item(1, new.id), try item(1, new.id)], 3, "vault.event_malformed"),
            ([try item(1, new.id)], CanonicalForm.largestSafeInteger, "vault.event_malformed"),
        ]
        let before = state.root
        for (items, first, expected) in wrong {
            #expect(code { try state.apply(.rewrap(.init(batch: Sample.bytes(1), first: first, items: items))) } == expected)
            #expect(state.root == before && state.lastKeyring == 2)
        }
        try take(.rewrap(.init(batch: Sample.bytes(1), first: 3, items: [item(2, other), item(1, new.id)])))
        #expect(try state.entry(Sample.artifact(2)).keyring == 3 && state.entry(Sample.artifact(1)).keyring == 4)
        #expect(try state.entry(Sample.artifact(1)).wrappingKey == new.id && state.lastKeyring == 4)
    }

    @Test mutating func `what is deleted is unlinked until no backup can bring it back`() throws {
        try put(1, keyring: 1)
        try put(2, keyring: 2)
        let deleted = try Sample.artifact(1)
        let destroyed = VaultEvent.delete(.init(artifact: deleted, version: nil, status: .destroyed))
        #expect(code { try state.apply(destroyed) } == "vault.unknown_artifact")
        try take(.delete(.init(artifact: deleted, version: 1, status: .unlinked)))
        #expect(
            code { try state.apply(.delete(.init(artifact: deleted, version: 1, status: .unlinked))) }
                == "vault.unknown_artifact")
        #expect(
            code { try state.apply(.delete(.init(artifact: deleted, version: 1, status: .live))) } == "vault.unknown_artifact")
        let key = try #require(state.keys.current(for: Sample.subject(1))).id
        let other = try #require(state.keys.current(for: Sample.subject(2))).id
        let next = try Sample.key(.root, 2, after: root)
        let steps: [KeyEvent.Change] = [
            .retire(key), .destroy(key), .rotate(root.id, to: next, parent: nil, overlapEnds: Sample.start),
            .adopt([other], under: next.id), .destroy(root.id),
        ]
        for step in steps {
            #expect(code { try state.apply(destroyed) } == "vault.catalogue_conflict")
            try take(.key(KeyEvent(step, at: Sample.start)))
        }
        try take(destroyed)
        #expect(state.versions(of: deleted).map(\.status) == [.destroyed])
    }

    @Test mutating func `the root is that of RFC 6962 over the entries, and every change moves it`() throws {
        var roots: [[UInt8]] = [state.root]
        #expect(state.root == Digest.sha256([]))
        for number in 1...7 {
            try put(number, name: "n\(number)", keyring: Int64(number))
            roots.append(state.root)
            let sorted = state.live.sorted { $0.artifact.bytes.lexicographicallyPrecedes($1.artifact.bytes) }
            let leaves = try sorted.map { entry -> [UInt8] in
                var members = VaultEvent.put(entry).payload
                members["event_type"] = nil
                members["status"] = "live"
                return Digest.sha256([0] + (try CanonicalForm.jcs.encode(members)))
            }
            #expect(state.root == Self.tree(leaves), "\(number) entries")
        }
        try take(.delete(.init(artifact: Sample.artifact(3), version: nil, status: .unlinked)))
        roots.append(state.root)
        #expect(Set(roots).count == roots.count)
    }

    /// RFC 6962 §2.1 as it is written.
    private static func tree(_ leaves: [[UInt8]]) -> [UInt8] {
        guard leaves.count > 1 else { return leaves[0] }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        return Digest.sha256([1] + tree(Array(leaves[..<split])) + tree(Array(leaves[split...])))
    }

    @Test mutating func `a grant opens one version for one agent until it ends, is replaced or is taken back`() throws {
        try put(1, keyring: 1)
        let (manifest, agent) = (try Sample.manifest(11), "did:pqaid:" + String(repeating: "a1", count: 32))
        func writ(_ seconds: Int64, _ who: String? = nil) -> [UInt8]? {
            state.grants.grant(of: manifest, to: who ?? agent, at: Sample.after(seconds))?.id
        }
        let first = try LocalGrant(manifest, to: agent, from: Sample.after(10), lifetime: 100)
        try take(.grant(first))
        #expect(writ(9) == nil && writ(10) == first.id && writ(109) == first.id && writ(110) == nil)
        #expect(writ(50, "did:pqaid:" + String(repeating: "a2", count: 32)) == nil)
        let second = try LocalGrant(manifest, to: agent, from: Sample.after(20), lifetime: 100)
        try take(.grant(second))
        #expect(writ(50) == second.id)
        #expect(code { try state.apply(.grant(second)) } == "vault.catalogue_conflict")
        #expect(code { try state.apply(.revocation(first.id)) } == "vault.catalogue_conflict")
        try take(.revocation(second.id))
        #expect(writ(50) == nil)
        for (agent, lifetime) in [
            ("", 1), ("did:pqaid:" + String(repeating: "A1", count: 32), 1), (agent, 0), (agent, 367 * 86_400),
        ] {
            let refused = code { _ = try LocalGrant(manifest, to: agent, from: Sample.start, lifetime: Int64(lifetime)) }
            #expect(refused == "vault.event_malformed", "\(agent) \(lifetime)")
        }
    }

    @Test mutating func `a policy replaces the one in force and no other`() throws {
        let first = try AccessPolicy([AccessRule(.other, bundles: ["a"])])
        #expect(
            code { try state.apply(.policy(.init(first, replacing: AccessPolicy.closed.hash))) } == "vault.catalogue_conflict")
        try take(.policy(.init(first, replacing: nil)))
        #expect(state.policy == first.hash)
        #expect(code { try state.apply(.policy(.init(.closed, replacing: nil))) } == "vault.catalogue_conflict")
        try take(.policy(.init(.closed, replacing: first.hash)))
    }

    @Test mutating func `every event is read as it was written, and every damage is refused`() throws {
        try put(1, keyring: 1)
        let access = try SampleAccess()
        let permit = try #require(access.ask(AccessPolicy([AccessRule(.credential, bundles: ["com.a"])])).permit)
        let key = try Sample.recordKey(1)
        let attestation = try DeviceAttestation.sign(
            DeviceAttestation.Terms(
                deviceID: "d", deviceModel: "m", enclaveVendor: "v", artifact: Sample.artifact(1), contentHash: Sample.bytes(1),
                manifest: Sample.manifest(1), vault: Sample.vault(), vaultRoot: state.root, vaultCounter: state.events,
                keys: [],
                assurance: .software, nonce: Sample.bytes(2), issued: Sample.start), by: RecordSigner(key))
        let all: [VaultEvent] =
            events + [
                .rewrap(
                    .init(
                        batch: Sample.bytes(1), first: 2,
                        items: [
                            .init(artifact: try Sample.artifact(1), version: 1, wrappingKey: VaultKeyID(.model, publicKey: [1]))
                        ])),
                .delete(.init(artifact: try Sample.artifact(1), version: 4, status: .destroyed)),
                .access(.init(permit, kind: .credential, at: Sample.start)),
                .refusal(
                    .init(
                        of: "get", ["vault.frozen", "vault.rate_exceeded"], detail: "x", principal: "p",
                        artifact: try Sample.artifact(1))),
                .policy(.init(.closed, replacing: AccessPolicy.closed.hash)),
                .session(.init(.expired, backend: MemoryBackend().capabilities.name)),
                .session(.init(.locked, backend: nil, by: "uid:1")),
                .attestation(.init(attestation)),
                .inference(
                    .init(
                        receipt: Sample.bytes(10), request: Sample.bytes(11, 16), key: VaultKeyID(.service, publicKey: [1]),
                        manifest: try Sample.manifest(1), caller: "ak_1", sealedRequest: Sample.bytes(12),
                        requestHash: Sample.bytes(13), sealedResponse: Sample.bytes(14), responseHash: Sample.bytes(15),
                        requestBytes: 1, responseBytes: 2, status: 200, outcome: "completed")),
                .grant(
                    try LocalGrant(
                        Sample.manifest(1), to: "did:pqaid:" + String(repeating: "a1", count: 32), from: Sample.start,
                        lifetime: 60)),
                .revocation(Sample.bytes(9)),
            ]
        #expect(Set(all.compactMap { $0.payload["event_type"]?.string }) == VaultEvent.eventTypes)
        for event in all {
            #expect(try VaultEvent(event.payload) == event)
            eachDamage(of: event.payload) { damaged, what in
                // Texts that anybody may choose, and members that may be `null`, have many values; removal is refused all the same.
                let free = ["caller", "detail", "operation", "present", "principal"].contains {
                    what.hasPrefix("\($0): a string")
                }
                // Sessions of before do not say who.
                let old = event.payload["event_type"] == "vault_session" && what == "principal: removed"
                #expect(free || old || (try? VaultEvent(damaged)) == nil, "\(event) \(what)")
            }
        }
    }

    @Test func `whoever is refused chooses no event that cannot be read again`() throws {
        let long = String(repeating: "é\u{7}", count: 5000)
        let event = VaultEvent.refusal(
            .init(of: long, Array(repeating: long, count: 50), detail: long, principal: long))
        #expect(try VaultEvent(event.payload) == event)
    }

    @Test func `grants that are over make room for new ones, and others do not`() throws {
        func grant(_ number: Int, from second: Int64, lifetime: Int64) throws -> VaultEvent {
            let digits = String(number, radix: 16)
            let agent = "did:pqaid:" + String(repeating: "0", count: 64 - digits.count) + digits
            return .grant(
                try LocalGrant(Sample.manifest(1), to: agent, from: Sample.after(second), lifetime: lifetime))
        }
        var state = CatalogueState()
        let manifest = try Sample.manifest(1)
        for number in 0..<GrantBook.limit { try state.apply(grant(number, from: 0, lifetime: number < 10 ? 60 : 120)) }
        #expect(code { try state.apply(grant(GrantBook.limit, from: 59, lifetime: 60)) } == "vault.catalogue_conflict")
        // What replaces another one takes no room.
        let newer = try grant(20, from: 59, lifetime: 61)
        try state.apply(newer)
        #expect(state.grants.grants(of: manifest).count == GrantBook.limit)
        #expect(code { try state.apply(newer) } == "vault.catalogue_conflict")
        try state.apply(grant(GrantBook.limit, from: 60, lifetime: 60))
        #expect(state.grants.grants(of: manifest).count == GrantBook.limit - 9)
    }

    @Test mutating func `uses are folded from the accesses`() throws {
        let permit = try #require(SampleAccess().ask(AccessPolicy([AccessRule(.credential, bundles: ["com.a"])])).permit)
        for second in 0..<3 { try take(.access(.init(permit, kind: .credential, at: Sample.after(Int64(second))))) }
        var folded = CatalogueState()
        for event in events { try folded.apply(event) }
        #expect(folded.uses.window(.credential, "ak_1").count(within: 10, at: Sample.after(3).milliseconds) == 3)
        #expect(folded.root == state.root)
    }
}

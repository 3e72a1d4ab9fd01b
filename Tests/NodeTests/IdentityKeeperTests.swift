import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct IdentityKeeperTests {
    private let home: SampleHome
    private let name: IdentityName

    init() throws {
        home = try SampleHome()
        name = try IdentityName("alice")
    }

    private func protection(_ passphrase: String) throws -> KeyProtection {
        try KeyProtection(Passphrase(passphrase), parameters: ScryptParameters(logN: 10, blockSize: 8, parallelism: 1))
    }

    private func refusal(_ body: () throws -> Void) -> String? { code(of: body) }

    @Test(arguments: [SignatureSuite.mlDSA65, .mlDSA87, .hybrid])
    func `an identity is created, listed and opened again`(suite: SignatureSuite) throws {
        let made = try home.keeper.create(name, suite: suite, protection: protection("correct horse"))
        #expect(try home.keeper.names() == ["alice"] && home.keeper.custody(of: name) == .passphrase)
        let opened = try home.keeper.open(name, protection("correct horse"))
        #expect(opened.document.hash == made.hash && opened.keys.root.publicKey == made.rootKey)
        #expect(opened.keys.sealing.publicKey == made.sealingKey.bytes)
        #expect(try home.registry.history(of: made.did).map(\.hash) == [made.hash])
        #expect(try home.audit().failures == [])
    }

    @Test func `an identity is not created twice`() throws {
        _ = try home.keeper.create(name, suite: .mlDSA65, protection: .unencrypted)
        let before = try home.folder.files(under: "identities").map { try home.folder.read($0) }
        #expect(
            refusal { _ = try home.keeper.create(name, suite: .mlDSA65, protection: .unencrypted) } == "node.already_exists")
        #expect(try home.folder.files(under: "identities").map { try home.folder.read($0) } == before)
        #expect(try home.store.frontier().size == 1)
    }

    @Test func `a wrong, a missing and a blank passphrase are told apart`() throws {
        _ = try home.keeper.create(name, suite: .mlDSA65, protection: protection("right"))
        #expect(refusal { _ = try home.keeper.open(name, protection("wrong")) } == "ledger.wrong_passphrase")
        #expect(refusal { _ = try home.keeper.open(name, .unencrypted) } == "node.passphrase_required")
        for blank in ["", "  ", "\n"] {
            let other = try IdentityName("bob")
            #expect(
                refusal { _ = try home.keeper.create(other, suite: .mlDSA65, protection: protection(blank)) }
                    == "ledger.blank_passphrase")
        }
        #expect(try home.keeper.names() == ["alice"])
    }

    @Test func `protection is exchanged without changing a key`() throws {
        let made = try home.keeper.create(name, suite: .mlDSA65, protection: .unencrypted)
        #expect(try home.keeper.custody(of: name) == .unencrypted)
        // A clear key file is not taken for the encrypted one that a passphrase belongs to.
        #expect(refusal { _ = try home.keeper.open(name, protection("new")) } == "ledger.key_file_not_encrypted")
        try home.keeper.protect(name, from: .unencrypted, to: protection("new"))
        #expect(try home.keeper.custody(of: name) == .passphrase)
        #expect(refusal { _ = try home.keeper.open(name, .unencrypted) } == "node.passphrase_required")
        #expect(try home.keeper.open(name, protection("new")).keys.root.publicKey == made.rootKey)
        #expect(
            refusal { try home.keeper.protect(name, from: protection("old"), to: protection("x")) } == "ledger.wrong_passphrase"
        )
        #expect(
            refusal { try home.keeper.protect(name, from: protection("new"), to: protection(" ")) } == "ledger.blank_passphrase"
        )
        _ = try home.keeper.open(name, protection("new"))
    }

    @Test func `a removed key is gone and the documents stay`() throws {
        let made = try home.keeper.create(name, suite: .mlDSA65, protection: .unencrypted)
        try home.keeper.removeKey(name)
        #expect(try home.keeper.custody(of: name) == .absent)
        #expect(refusal { _ = try home.keeper.open(name, .unencrypted) } == "node.key_missing")
        #expect(refusal { try home.keeper.removeKey(name) } == "node.key_missing")
        #expect(try home.keeper.documents(of: name).map(\.hash) == [made.hash])
        #expect(home.folder.files(under: "identities").filter { $0.hasSuffix(".chkf") } == [])
    }

    @Test func `an unknown name is node.not_found`() {
        #expect(refusal { _ = try home.keeper.open(name, .unencrypted) } == "node.not_found")
        #expect(refusal { try home.keeper.removeKey(name) } == "node.not_found")
        #expect(refusal { _ = try home.keeper.custody(of: name) } == "node.not_found")
    }

    @Test func `keys of another identity are not opened under a name`() throws {
        _ = try home.identity("alice")
        _ = try home.identity("bob")
        try home.folder.copy("identities/bob/keys-0.chkf", to: "identities/alice/keys-0.chkf")
        #expect(refusal { _ = try home.keeper.open(name, .unencrypted) } == "store.corrupt")
    }

    @Test func `a document that a crash kept from the store gets there at opening`() throws {
        let made = try home.identity()
        let other = try SampleHome(TemporaryFolder(), clock: home.clock)
        try other.identities.create(
            "alice", document: home.folder.read("identities/alice/document-0.json"),
            keyFile: home.folder.read("identities/alice/keys-0.chkf"))
        #expect(try other.registry.history(of: made.document.did).isEmpty)
        _ = try other.keeper.open(name, .unencrypted)
        _ = try other.keeper.open(name, .unencrypted)
        #expect(try other.registry.history(of: made.document.did).count == 1)
    }

    @Test func `adopted AISS keys name the agent they named before`() throws {
        let sample = try SampleKeys.keys(5)
        guard let classical = sample.aiss.parts[0].exportSeed(), let postQuantum = sample.aiss.parts[1].exportSeed() else {
            throw NodeError(.keyMissing, "the sample has seeds")
        }
        let document = try home.keeper.create(
            name, suite: .mlDSA65, adoptingEd25519: classical, mlDSA65: postQuantum, protection: .unencrypted)
        #expect(document.aissKey == sample.aiss.publicKey)
        let opened = try home.keeper.open(name, .unencrypted)
        _ = try home.ledger.stamp(samplePayloads(1), as: opened)
        #expect(try home.audit().failures == [])
    }

    @Test(arguments: ["", ".", "..", ".hidden", "a/b", "../a", "-a", "a b", "ä", "a\u{0}", String(repeating: "a", count: 65)])
    func `names that are no safe file names are refused`(text: String) {
        #expect(refusal { _ = try IdentityName(text) } == "node.invalid_name")
    }

    @Test(arguments: ["a", "A.b-c_1", "0", String(repeating: "a", count: 64)])
    func `plain names are accepted`(text: String) throws {
        #expect(try IdentityName(text).text == text)
    }
}

struct IdentityRegistryTests {
    private let home: SampleHome

    init() throws { home = try SampleHome() }

    @Test func `documents are accepted once`() throws {
        let document = try SampleKeys.document(1)
        #expect(try home.registry.register([document]) == 1)
        #expect(try home.registry.register([document]) == 0)
        #expect(try home.registry.register([]) == 0)
        #expect(try home.registry.identities().map(\.hash) == [document.hash])
    }

    @Test func `a fork is refused, whichever comes first`() throws {
        let (keys, first) = (try SampleKeys.keys(1), try SampleKeys.document(1))
        let one = try first.rotate(from: keys, to: keys.rotated(), at: SampleKeys.time(1), salt: SampleKeys.salt(1))
        let two = try first.rotate(from: keys, to: keys.rotated(), at: SampleKeys.time(1), salt: SampleKeys.salt(2))
        #expect(try home.registry.register([first, one]) == 2)
        #expect(code { _ = try home.registry.register([first, two]) } == "ledger.identity_forked")
        #expect(try home.registry.history(of: first.did).map(\.hash) == [first.hash, one.hash])
        let twin = try SampleKeys.document(1)
        #expect(twin.hash != first.hash)
        #expect(code { _ = try home.registry.register([twin]) } == "ledger.identity_forked")
    }

    @Test func `a record stored twice by two processes does no harm`() throws {
        let document = try SampleKeys.document(1)
        for _ in 0..<2 { _ = try home.store.append([NewRecord(document.record)], moving: []) }
        #expect(try home.registry.history(of: document.did).map(\.hash) == [document.hash])
        #expect(try home.registry.identities().map(\.hash) == [document.hash])
    }

    @Test func `an agent is found by both of its ids, also after a rotation`() throws {
        let (keys, first) = (try SampleKeys.keys(1), try SampleKeys.document(1))
        let second = try first.rotate(from: keys, to: keys.rotated(), at: SampleKeys.time(1), salt: SampleKeys.salt(1))
        try home.registry.register([first, second])
        for document in [first, second] {
            for id in [document.agentID.text, document.classicalAgentID.text] {
                guard case .identity(let found)? = try home.registry.entry(for: id) else {
                    Issue.record("`\(id)` is not found")
                    continue
                }
                #expect(found.hash == document.hash)
            }
            #expect(try home.registry.aissIdentity(document.agentID.text).agentID == document.agentID)
        }
        #expect(code { _ = try home.registry.aissIdentity("nobody") } == "node.unknown_agent")
    }

    @Test func `an agent without a DID is known by its AISS document`() throws {
        let keys = try SampleKeys.keys(1)
        let identity = try AgentIdentity.native(keys.aiss.publicKey, createdAt: 5)
        try home.registry.register(identity)
        try home.registry.register(identity)
        #expect(try home.store.frontier().size == 1)
        #expect(try home.registry.aissIdentity(identity.agentID.text).keys == identity.keys)
        #expect(try home.audit().failures == [])
    }

    @Test func `the latest record of an agent counts`() throws {
        let alice = try home.identity()
        #expect(try home.registry.agent(of: alice.document) == nil)
        for (role, status) in [("reader", AgentRecord.Status.active), ("writer", .active), ("writer", .retired)] {
            _ =
                status == .active
                ? try home.ledger.register(alice, role: role, metadata: ["team": "x"]) : try home.ledger.retire(alice)
            let found = try #require(try home.registry.agent(of: alice.document))
            #expect(found.role == role && found.status == status)
        }
        #expect(code { _ = try home.ledger.retire(alice) } == "node.retired")
        #expect(try home.audit().failures == [])
    }
}

import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Synchronization
import TestKit
import Testing

struct RotationTests {
    private let home: SampleHome
    private let alice: OpenIdentity

    init() throws {
        home = try SampleHome()
        alice = try home.identity()
    }

    private func rotate(_ identity: OpenIdentity) throws -> OpenIdentity {
        try home.ledger.rotate(identity, keeper: home.keeper, protection: .unencrypted)
    }

    @Test func `every chain of an identity ends and goes on under the new keys`() throws {
        let profiles = [StampProfile.aiss1, .aiss21]
        for profile in profiles { _ = try home.ledger.stamp(samplePayloads(2), as: alice, profile: profile) }
        let next = try rotate(alice)
        #expect(next.document.number == 1 && next.document.did == alice.document.did)
        for (old, new) in [
            (alice.document.agentID, next.document.agentID), (alice.document.classicalAgentID, next.document.classicalAgentID),
        ] {
            let ended = try #require(try home.store.chain(old.text))
            #expect(ended.hasEnded && ended.count == 3)
            #expect(try home.store.chain(new.text) == nil)
        }
        for profile in profiles { _ = try home.ledger.stamp(samplePayloads(2), as: next, profile: profile) }
        let last = try #require(try home.store.chain(alice.document.agentID.text))
        let first = try #require(
            try home.store.records(RecordQuery(agent: next.document.agentID.text)).first { $0.sequence == 0 })
        #expect(try Event(decoding: first.bytes).previousHash == last.head)
        #expect(try home.registry.history(of: next.document.did).count == 2)
        #expect(try home.audit().failures == [])
    }

    @Test func `a batch chain ends with a sealed rotation and goes on`() throws {
        _ = try home.ledger.stamp(samplePayloads(2), as: alice, profile: .batch)
        let next = try rotate(alice)
        let last = try #require(try home.store.chain(alice.document.agentID.text))
        #expect(last.hasEnded && last.count == 3 && last.seals == 2)
        _ = try home.ledger.stamp(samplePayloads(2), as: next, profile: .batch)
        let first = try #require(
            try home.store.records(RecordQuery(agent: next.document.agentID.text)).first { $0.sequence == 0 })
        #expect(try BatchEvent(decoding: first.bytes).previousHash == last.head)
        let third = try rotate(next)
        _ = try home.ledger.stamp(samplePayloads(1), as: third, profile: .batch)
        #expect(try home.audit().failures == [])
    }

    @Test(arguments: StampProfile.allCases)
    func `old keys stamp nothing after a rotation`(profile: StampProfile) throws {
        _ = try home.ledger.stamp(samplePayloads(1), as: alice, profile: profile)
        _ = try rotate(alice)
        let before = try home.store.frontier()
        #expect(code { _ = try home.ledger.stamp(samplePayloads(1), as: alice, profile: profile) } == "node.rejected")
        #expect(code { _ = try rotate(alice) } == "node.rejected")
        #expect(try home.store.frontier() == before)
    }

    @Test func `the keys before a rotation are destroyed and the new ones open`() throws {
        let next = try rotate(alice)
        #expect(
            home.folder.files(under: "identities").filter { !$0.contains(".lock") } == [
                "identities/alice/document-0.json", "identities/alice/document-1.json", "identities/alice/keys-1.chkf",
            ])
        let opened = try home.keeper.open(alice.name, .unencrypted)
        #expect(opened.document.hash == next.document.hash)
        #expect(opened.keys.nextRoot.publicKey == next.keys.nextRoot.publicKey)
        let third = try rotate(opened)
        #expect(third.document.number == 2 && third.document.rootKey == opened.keys.nextRoot.publicKey)
        #expect(try home.audit().failures == [])
    }

    @Test func `of two rotations at once one wins and no key is lost`() async throws {
        _ = try home.ledger.stamp(samplePayloads(1), as: alice)
        let (folder, clock, alice) = (home.folder, home.clock, alice)
        let won = await inParallel(Array(0..<3)) { _ -> Bool? in
            let other = try? SampleHome(folder, clock: clock)
            return (try? other?.ledger.rotate(alice, keeper: #require(other?.keeper), protection: .unencrypted)).map { _ in true
            }
        }
        #expect(won.count == 1)
        #expect(try home.registry.history(of: alice.document.did).count == 2)
        let opened = try home.keeper.open(alice.name, .unencrypted)
        #expect(opened.document.number == 1)
        _ = try home.ledger.stamp(samplePayloads(1), as: opened)
        #expect(try home.audit().failures == [])
    }

    @Test(arguments: 0..<8, [false, true])
    func `a crash at any write of a rotation leaves the old identity or the new one`(step: Int, hasActed: Bool) throws {
        _ = try home.ledger.stamp(samplePayloads(1), as: alice)
        let crashing = CrashingIdentityFiles(home.identities, at: step, acting: hasActed)
        let keeper = IdentityKeeper(files: crashing, registry: home.registry, now: home.clock.now)
        let ended = code { _ = try home.ledger.rotate(alice, keeper: keeper, protection: .unencrypted) }
        #expect((ended == nil) == !crashing.hasCrashed)
        // The next process.
        let other = try SampleHome(home.folder, clock: home.clock)
        let opened = try other.keeper.open(alice.name, .unencrypted)
        let history = try other.registry.history(of: alice.document.did)
        #expect(history.last?.hash == opened.document.hash, "step \(step): \(history.count) documents")
        #expect(try other.keeper.documents(of: alice.name).count == history.count)
        _ = try other.ledger.stamp(samplePayloads(1), as: opened)
        let next = try other.ledger.rotate(opened, keeper: other.keeper, protection: .unencrypted)
        _ = try other.ledger.stamp(samplePayloads(1), as: next)
        #expect(try other.keeper.open(alice.name, .unencrypted).document.hash == next.document.hash)
        let keys = home.folder.files(under: "identities").filter { $0.hasSuffix(".chkf") }
        #expect(keys == ["identities/alice/keys-\(next.document.number).chkf"])
        #expect(try other.audit().failures == [])
    }

    @Test func `removing the key after a crash removes the prepared one too`() throws {
        let crashing = CrashingIdentityFiles(home.identities, at: 1, acting: false)
        let keeper = IdentityKeeper(files: crashing, registry: home.registry, now: home.clock.now)
        _ = code { _ = try home.ledger.rotate(alice, keeper: keeper, protection: .unencrypted) }
        #expect(crashing.hasCrashed)
        try home.keeper.removeKey(alice.name)
        #expect(home.folder.files(under: "identities").filter { $0.hasSuffix(".chkf") } == [])
    }
}

/// The identities of a folder, until the process dies at the `at`-th write: before it, or right after it.
private final class CrashingIdentityFiles: IdentityFiles {
    struct Crash: Error {}

    private let files: IdentityFolder
    private let limit: Int
    private let isActing: Bool
    private let writes = Mutex(0)

    init(_ files: IdentityFolder, at limit: Int, acting: Bool) {
        self.files = files
        self.limit = limit
        isActing = acting
    }

    var hasCrashed: Bool { writes.withLock { $0 > limit } }

    private func write(_ body: () throws -> Void) throws {
        let number = writes.withLock { writes in
            writes += 1
            return writes - 1
        }
        guard number >= limit else { return try body() }
        if number == limit, isActing { try body() }
        throw Crash()
    }

    func exclusively<Value>(_ name: String, _ body: () throws -> Value) throws -> Value {
        try files.exclusively(name, body)
    }
    func names() throws -> [String] { try files.names() }
    func documents(of name: String) throws -> [[UInt8]] { try files.documents(of: name) }
    func keyFile(of name: String, number: Int64) throws -> [UInt8]? { try files.keyFile(of: name, number: number) }
    func create(_ name: String, document: [UInt8], keyFile: [UInt8]) throws {
        try write { try files.create(name, document: document, keyFile: keyFile) }
    }
    func writeKeyFile(_ bytes: [UInt8], of name: String, number: Int64, replacing: Bool) throws {
        try write { try files.writeKeyFile(bytes, of: name, number: number, replacing: replacing) }
    }
    func addDocument(_ bytes: [UInt8], of name: String, number: Int64) throws {
        try write { try files.addDocument(bytes, of: name, number: number) }
    }
    func removeKeyFile(of name: String, number: Int64) throws {
        try write { try files.removeKeyFile(of: name, number: number) }
    }
}

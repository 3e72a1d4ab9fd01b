import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct APIKeyRegistryTests {
    private let home: SampleHome
    private let registry: APIKeyRegistry
    private static let now: @Sendable () -> UTCTime = { SampleKeys.time(50) }

    init() throws {
        home = try SampleHome()
        registry = APIKeyRegistry(store: home.store, now: Self.now)
    }

    private func register(
        _ key: SigningKey<Purpose.HTTP>, name: String = "ops", roles: Set<String> = ["operator", "auditor"],
        lifetime: Int64 = 600
    ) throws -> APIKeyStatement {
        try registry.register(key.publicKey, name: name, roles: roles, lifetime: lifetime)
    }

    @Test func `a registered key is found by its id, from another registry of the store too`() throws {
        let key = try APIKeyFile.generate()
        let statement = try register(key)
        #expect(statement.keyID == APIKeyRegistry.keyID(of: key.publicKey.bytes) && statement.keyID.hasPrefix("ak_"))
        let other = APIKeyRegistry(store: home.store, now: Self.now)
        #expect(try other.key(statement.keyID) == statement)
        #expect(statement.roles == ["auditor", "operator"] && statement.notAfter == SampleKeys.time(650))
        #expect(try other.key("ak_00") == nil)
        // Registered elsewhere afterwards, and heard here.
        let second = try other.register(APIKeyFile.generate().publicKey, name: "b", roles: ["agent"], lifetime: 1)
        #expect(try registry.keys().map(\.keyID) == [statement.keyID, second.keyID].sorted())
    }

    @Test func `a revoked key stays revoked`() throws {
        let key = try APIKeyFile.generate()
        let statement = try register(key)
        #expect(try registry.revoke(statement.keyID).status == .revoked)
        #expect(try registry.key(statement.keyID)?.status == .revoked)
        #expect(throws: NodeError.self) { try registry.revoke(statement.keyID) }
        #expect(throws: NodeError.self) { try register(key) }
        // Nor does a statement that somebody else wrote into the store revive it.
        _ = try home.store.append(
            [StoreStatement(APIKeyStatement.kind, Self.now(), statement.members).record()], moving: [])
        #expect(try APIKeyRegistry(store: home.store, now: Self.now).key(statement.keyID)?.status == .revoked)
    }

    @Test func `a key has a holder, a role and an end`() throws {
        let key = try APIKeyFile.generate()
        #expect(throws: NodeError.self) { try register(key, name: "") }
        #expect(throws: NodeError.self) { try register(key, name: "a\nb") }
        #expect(throws: NodeError.self) { try register(key, roles: []) }
        #expect(throws: NodeError.self) { try register(key, lifetime: 0) }
        #expect(throws: NodeError.self) { try register(key, lifetime: APIKeyRegistry.longestLifetime + 1) }
        #expect(try registry.keys().isEmpty)
        #expect(try register(key, lifetime: APIKeyRegistry.longestLifetime).status == .active)
        #expect(throws: NodeError.self) { try registry.revoke("ak_nobody") }
    }

    @Test func `registrations are records of the log that the audit reads`() throws {
        let statement = try register(APIKeyFile.generate())
        _ = try registry.revoke(statement.keyID)
        let records = try home.store.records(RecordQuery(kind: APIKeyStatement.kind))
        #expect(records.count == 2)
        for record in records {
            let again = try NewRecord.derive(kind: record.kind, bytes: record.bytes, sequence: nil)
            #expect(again.id == record.id && again.time == record.time)
        }
    }

    @Test func `a key file gives its key to whoever has the passphrase`() throws {
        let key = try APIKeyFile.generate()
        let protection = KeyProtection(try Passphrase("correct horse battery"))
        let bytes = try APIKeyFile.encode(key, protection)
        #expect(APIKeyFile.custody(of: bytes) == .passphrase)
        #expect(try APIKeyFile.open(bytes, protection).publicKey == key.publicKey)
        #expect(throws: (any Error).self) { try APIKeyFile.open(bytes, KeyProtection(Passphrase("wrong horse battery"))) }
    }
}

import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// One key takes the place of another.
struct APIKeyRotationTests {
    private static let day: Int64 = 86_400
    private let home: SampleHome
    private let registry: APIKeyRegistry

    init() throws {
        home = try SampleHome()
        registry = APIKeyRegistry(store: home.store, now: home.clock.now)
    }

    private func key() throws -> VerifyingKey<Purpose.HTTP> { try APIKeyFile.generate().publicKey }

    private func register(lifetime: Int64 = APIKeyRegistry.longestLifetime) throws -> APIKeyStatement {
        try registry.register(
            key(), name: "ops", roles: ["operator"], quotas: [APIKeyQuota(.requests, 10, each: 60)], lifetime: lifetime)
    }

    private func state(_ keyID: String) throws -> APIKeyState? { try registry.key(keyID)?.state(at: home.clock.now()) }

    @Test func `the new key has what the old one had, and the old one counts until the end of the overlap`() throws {
        let old = try register()
        home.clock.turn(by: 5 * Self.day)
        let (new, replaced) = try registry.rotate(old.keyID, to: key(), overlap: 3 * Self.day)
        #expect(new.name == old.name && new.roles == old.roles && new.quotas == old.quotas && new.replaces == old.keyID)
        #expect(new.line == old.line && new.notAfter == SampleKeys.time(36 * Self.day))
        #expect(replaced.replacedBy == new.keyID && replaced.notAfter == SampleKeys.time(8 * Self.day))
        #expect(try state(old.keyID) == .replaced && state(new.keyID) == .active)
        home.clock.turn(by: 3 * Self.day)
        #expect(try state(old.keyID)?.isUsable == true)
        home.clock.turn(by: 1)
        #expect(try state(old.keyID) == .expired && state(new.keyID) == .active)
        let other = APIKeyRegistry(store: home.store, now: home.clock.now)
        #expect(try other.keys() == registry.keys())
    }

    @Test func `an overlap lengthens no life, and has bounds`() throws {
        let old = try register(lifetime: 600)
        for overlap in [-1, APIKeyRegistry.longestOverlap + 1, .min, .max] {
            #expect(throws: NodeError.self, "\(overlap)") { try registry.rotate(old.keyID, to: key(), overlap: overlap) }
        }
        #expect(try registry.rotate(old.keyID, to: key(), overlap: APIKeyRegistry.longestOverlap).old.notAfter == old.notAfter)
        let second = try register()
        #expect(try registry.rotate(second.keyID, to: key(), overlap: 0).old.notAfter == SampleKeys.time(0))
        home.clock.turn(by: 1)
        #expect(try state(second.keyID) == .expired)
    }

    @Test func `only a key that counts and has no successor is replaced`() throws {
        let first = try register(lifetime: 600)
        let (second, _) = try registry.rotate(first.keyID, to: key())
        #expect(throws: NodeError.self, "replaced") { try registry.rotate(first.keyID, to: key()) }
        #expect(throws: NodeError.self, "registered before") {
            try registry.rotate(second.keyID, to: VerifyingKey(.mlDSA65, first.key))
        }
        #expect(try registry.rotate(second.keyID, to: key()).new.line == first.keyID)
        let expired = try register(lifetime: 60)
        home.clock.turn(by: 61)
        #expect(throws: NodeError.self, "expired") { try registry.rotate(expired.keyID, to: key()) }
        let revoked = try register()
        _ = try registry.revoke(revoked.keyID)
        #expect(throws: NodeError.self, "revoked") { try registry.rotate(revoked.keyID, to: key()) }
        #expect(throws: NodeError.self, "unknown") { try registry.rotate("ak_00", to: key()) }
        #expect(try registry.keys().count == 5)
    }

    @Test func `a key that is revoked in the overlap is out, and its successor stays`() throws {
        let old = try register()
        let (new, _) = try registry.rotate(old.keyID, to: key())
        _ = try registry.revoke(old.keyID)
        #expect(try state(old.keyID) == .revoked && state(new.keyID) == .active)
        #expect(throws: NodeError.self) { try registry.revoke(old.keyID) }
    }

    @Test func `of two processes that replace a key the first one does`() throws {
        let old = try register()
        let late = try key()
        // What a process wrote that had not heard of the other: a second successor, and the old key's end once more.
        let other = APIKeyRegistry(store: home.store, now: home.clock.now)
        let scratch = try SampleHome(clock: home.clock)
        let elsewhere = APIKeyRegistry(store: scratch.store, now: home.clock.now)
        for record in try home.store.records(RecordQuery(kind: APIKeyStatement.kind)) {
            try Self.copy(record, to: scratch)
        }
        _ = try elsewhere.rotate(old.keyID, to: late, overlap: 0)
        let (first, _) = try registry.rotate(old.keyID, to: key(), overlap: 60)
        for record in try scratch.store.records(RecordQuery(kind: APIKeyStatement.kind)).dropFirst() {
            try Self.copy(record, to: home)
        }
        for registry in [registry, other] {
            #expect(try registry.key(old.keyID)?.replacedBy == first.keyID)
            #expect(try registry.key(old.keyID)?.notAfter == SampleKeys.time(60))
            #expect(try registry.key(APIKeyRegistry.keyID(of: late.bytes)) == nil)
        }
    }

    private static func copy(_ record: StoredRecord, to home: SampleHome) throws {
        _ = try home.store.append(
            [NewRecord.derive(kind: record.kind, bytes: record.bytes, sequence: nil)], moving: [])
    }

    @Test func `a key is due half a week before its end, a short one after half of its life`() throws {
        let long = try register()
        let short = try register(lifetime: 600)
        #expect(long.rotateBy == SampleKeys.time(31 * Self.day - Self.day * 7 / 2))
        #expect(short.rotateBy == SampleKeys.time(300))
        #expect(try state(short.keyID) == .active)
        home.clock.turn(by: 300)
        #expect(try state(short.keyID) == .due && state(long.keyID) == .active)
        #expect(try registry.rotate(short.keyID, to: key()).old.state(at: home.clock.now()) == .replaced)
    }

    @Test func `a statement of a store of before reads as before`() throws {
        let statement = try registry.register(key(), name: "old", roles: ["agent"], lifetime: 600)
        let members = try #require(statement.members.object)
        #expect(
            members.names.sorted() == ["key", "key_id", "name", "not_after", "not_before", "roles", "status"])
        #expect(statement.quotas.isEmpty && statement.replaces == nil && statement.line == statement.keyID)
    }

    @Test func `quotas have bounds, and one for each unit and span`() throws {
        for (amount, seconds) in [(0, 1), (1, 0), (-1, 60), (APIKeyQuota.largestAmount + 1, 60), (1, 31 * Self.day + 1)] {
            #expect(throws: NodeError.self) { try APIKeyQuota(.requests, amount, each: seconds) }
        }
        let twice = [try APIKeyQuota(.requests, 1, each: 60), try APIKeyQuota(.requests, 2, each: 60)]
        #expect(throws: NodeError.self) {
            try registry.register(key(), name: "a", roles: ["agent"], quotas: twice, lifetime: 60)
        }
        #expect(try APIKeyQuota(.requests, 1000, each: 3600).text == "1000/1h")
        #expect(try APIKeyQuota(.bytes, 64 << 20, each: 86_400).text == "64MiB/1d")
    }
}

import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Synchronization
import TestKit
import Testing

/// A vault that is held for others: closed, locked and unlocked, and what guessing costs.
struct VaultHostTests {
    /// A home whose vault and its identity have the passphrase `right`.
    private struct House {
        let home: SampleHome
        let files: VaultFolder
        let store: HookedStore
        let host: VaultHost
        let identity: OpenIdentity

        init() throws {
            let (home, name) = (try SampleHome(), try IdentityName("vault"))
            let scrypt = try ScryptParameters(logN: 10, blockSize: 8, parallelism: 1)
            self.home = home
            let store = HookedStore(home.store)
            self.store = store
            @Sendable func protection(_ text: String) throws -> KeyProtection {
                KeyProtection(try Passphrase(text), parameters: scrypt)
            }
            @Sendable func backend(_ text: String) -> PassphraseBackend {
                var bytes = Array(text.utf8)
                return PassphraseBackend(SecretBytes(erasing: &bytes), parameters: scrypt)
            }
            @Sendable func text(_ secret: borrowing SecretBytes) -> String {
                unsafe secret.withBytes { unsafe String(decoding: $0, as: UTF8.self) }
            }
            let clock = home.clock
            let monotonic: @Sendable () -> Int64 = { clock.now().milliseconds }
            let files = try VaultFolder(
                path: home.folder.path + "/vault", statePath: home.folder.path + "/state", store: home.store.storeID())
            _ = try home.keeper.create(name, suite: .mlDSA65, protection: protection("right"))
            identity = try home.keeper.open(name, protection("right"))
            try Vault.create(
                identity: identity, store: home.store, registry: home.registry, files: files, backend: backend("right"),
                now: clock.now)
            let doors = VaultHost.Doors(
                identity: { secret in
                    try Vault(
                        identity: home.keeper.open(name, protection(text(secret))), store: store,
                        registry: home.registry, files: files, authority: nil, now: clock.now, monotonic: monotonic)
                }, custody: { secret in backend(text(secret)) })
            host = VaultHost(
                doors, guardedBy: UnlockGuard(files: files, monotonic: monotonic), store: store, now: clock.now)
            self.files = files
        }

        func unlock(_ text: String, seconds: Int64 = 60) throws {
            var bytes = Array(text.utf8)
            try host.unlock(SecretBytes(erasing: &bytes), seconds: seconds, by: "test")
        }

        func code(_ body: () throws -> Void) -> String? {
            do { try body() } catch { return (error as? any CodedError)?.code }
            return nil
        }

        func payloads(_ type: String) throws -> [JSONObject] {
            try home.store.records(
                RecordQuery(
                    agent: identity.document.agentID.text, eventType: type, kind: BatchEvent.version, limit: 1000)
            ).map { try BatchEvent(decoding: $0.bytes).payload }
        }

        func statements(_ member: String = "what") throws -> [String] {
            try home.store.records(RecordQuery(kind: StoreStatement.refusal, limit: 500)).map {
                try JSONParser.parse($0.bytes)[member]?.string ?? ""
            }
        }
    }

    @Test func `a closed vault shows nothing, and what it refuses is a record of the store`() throws {
        let house = try House()
        #expect(house.code { _ = try house.host.vault() } == "vault.locked")
        let error = VaultError(.locked, "closed")
        #expect(house.code { try house.host.refuse("get", error, by: "uid:1") } == "vault.locked")
        #expect(try house.statements() == ["vault get"])
        // What one caller may write is bounded: of 101 more than that the 1st, 2nd, 4th … 64th stand for all.
        for _ in 0..<200 { _ = house.code { try house.host.refuse("get", error, by: "uid:1") } }
        #expect(try house.statements().count == 107)
        #expect(house.code { try house.host.refuse("get", error, by: "uid:2") } == "vault.locked")
        #expect(try house.statements().count == 108)
        // Who asked, and for whom, is in the words of a record that has no place for it.
        #expect(house.code { try house.host.refuse("get", error, by: "uid:2", for: "clerk") } == "vault.locked")
        #expect(try house.statements("detail").suffix(2) == ["`uid:2`: closed", "`uid:2` for `clerk`: closed"])
    }

    @Test func `a refusal of a closed vault is one also where the store takes no record of it`() throws {
        let house = try House()
        let error = VaultError(.locked, "closed")
        house.store.onAppend { throw NodeError(.storeFull, "full") }
        #expect(house.code { try house.host.refuse("get", error, by: "uid:1") } == "vault.locked")
        house.store.onAppend(nil)
        // It comes with the next one.
        #expect(house.code { try house.host.refuse("get", error, by: "uid:2") } == "vault.locked")
        #expect(try house.statements("detail") == ["`uid:1`: closed", "`uid:2`: closed"])
    }

    @Test func `the roots go before the counts are written, and a full store loses none of them`() async throws {
        let house = try House()
        let error = VaultError(.unknownArtifact, "no")
        func flood() throws {
            try house.unlock("right", seconds: 60)
            for _ in 0..<107 {
                #expect(house.code { try house.host.refuse("get", error, by: "uid:1") } == "vault.unknown_artifact")
            }
            house.home.clock.turn(by: 3600)
        }
        func last() throws -> [JSONObject] {
            try house.home.store.records(
                RecordQuery(agent: house.identity.document.agentID.text, kind: BatchEvent.version, limit: 1000)
            ).suffix(2).map { try BatchEvent(decoding: $0.bytes).payload }
        }
        try flood()
        try await house.host.keepWatch()
        #expect(try last().map { $0["event_type"]?.string } == ["vault_session", "vault_refused"])
        try flood()
        house.store.onAppend { throw NodeError(.storeFull, "full") }
        await #expect(throws: NodeError.self) { try await house.host.keepWatch() }
        house.store.onAppend(nil)
        #expect(try !house.host.vault().status().isUnlocked)
        try await house.host.keepWatch()
        let summaries = try house.payloads("vault_refused").compactMap { $0["detail"]?.string }
            .filter { $0.hasPrefix("7 refusals") }
        #expect(summaries.count == 2)
    }

    @Test func `a flood of refusals is counted on record, and hides nothing that is graver`() async throws {
        let house = try House()
        try house.unlock("right", seconds: 7200)
        func refuse(_ code: String, for agent: String? = nil) throws {
            let error = VaultError(.init(rawValue: code), "no")
            #expect(house.code { try house.host.refuse("get", error, by: "uid:1", for: agent) } == code)
        }
        func refusals(_ code: String) throws -> [String] {
            try house.payloads("vault_refused").filter { $0["codes"] == .array([.string(code)]) }
                .compactMap { $0["detail"]?.string }
        }
        for _ in 0..<110 { try refuse("vault.unknown_artifact", for: "clerk") }
        let flood = try refusals("vault.unknown_artifact")
        #expect(flood.count == 104 && flood.prefix(100).allSatisfy { $0 == "no" })
        for (detail, count) in zip(flood.suffix(4), [1, 2, 4, 8]) {
            #expect(detail.hasPrefix("\(count) refusals of this caller for `clerk` within an hour"), "\(detail)")
        }
        // Another agent, and what is counted apart.
        try refuse("vault.unknown_artifact", for: "planner")
        #expect(try refusals("vault.unknown_artifact").last == "no")
        for code in ["node.retired", "vault.not_an_agent", "vault.owner_only", "vault.unlock_delayed"] {
            try refuse(code, for: "clerk")
            #expect(try refusals(code) == ["no"])
        }
        for _ in 0..<110 { try refuse("vault.not_an_agent", for: "clerk") }
        #expect(try refusals("vault.not_an_agent").count == 104)
        // The rest comes when the hour is over, although nobody asks.
        house.home.clock.turn(by: 3600)
        try await house.host.keepWatch()
        #expect(try refusals("vault.unknown_artifact").last?.hasPrefix("10 refusals of this caller") == true)
        try refuse("vault.unknown_artifact", for: "clerk")
        #expect(try refusals("vault.unknown_artifact").last == "no")
    }

    @Test func `wrong passphrases of the identity cost time, and are on record with the next right one`() throws {
        let house = try House()
        for seconds in [1, 2, 4] {
            #expect(house.code { try house.unlock("wrong") } == "vault.wrong_secret")
            // Nothing is tried before its time: not even the right one.
            #expect(house.code { try house.unlock("right") } == "vault.unlock_delayed")
            house.home.clock.turn(by: Int64(seconds))
        }
        #expect(try house.payloads("vault_refused").isEmpty)
        try house.unlock("right")
        let refusals = try house.payloads("vault_refused")
        #expect(refusals.count == 1 && refusals.first?["codes"] == ["vault.wrong_secret"])
        #expect(refusals.first?["detail"]?.string?.contains("given 3 times") == true)
        #expect(try UnlockThrottle(#require(try house.files.read(.throttle))) == UnlockThrottle())
        // The identity is open now: each wrong one is a record of its own, and no delay is left of before.
        #expect(house.code { try house.unlock("wrong") } == "vault.wrong_secret")
        #expect(try house.payloads("vault_refused").count == 2)
        house.home.clock.turn(by: 1)
        try house.unlock("right")
        #expect(try house.payloads("vault_refused").count == 2)
    }

    @Test func `unlocking twice makes the time neither longer nor shorter`() throws {
        let house = try House()
        try house.unlock("right", seconds: 60)
        house.home.clock.turn(by: 20)
        for seconds in [1, 600_000] as [Int64] {
            try house.unlock("right", seconds: seconds)
            #expect(try house.host.vault().status().remaining == 40)
        }
        #expect(try house.payloads("vault_session").map { $0["change"]?.string } == ["unlocked"])
        #expect(house.code { try house.unlock("right", seconds: 0) } == "vault.custody_malformed")
    }

    @Test func `when its time is over a vault is locked, on record, and opens again`() async throws {
        let house = try House()
        try house.unlock("right", seconds: 60)
        house.home.clock.turn(by: 59)
        try await house.host.keepWatch()
        #expect(try house.host.vault().status().isUnlocked)
        house.home.clock.turn(by: 1)
        try await house.host.keepWatch()
        #expect(try !house.host.vault().status().isUnlocked)
        try house.unlock("right")
        try house.host.lock(by: "test")
        try house.host.lock(by: "test")
        #expect(
            try house.payloads("vault_session").map { $0["change"]?.string } == [
                "unlocked", "expired", "unlocked", "locked", "locked",
            ])
        // Who asked for it, where somebody did.
        #expect(
            try house.payloads("vault_session").map { $0["principal"] } == ["test", .null, "test", "test", "test"])
    }

    @Test func `a process that begins long after a wrong secret tries the right one at once`() throws {
        let house = try House()
        let boot = [UInt8](repeating: 1, count: 16)
        func process(_ moment: Int64, boot: [UInt8]) -> UnlockGuard {
            UnlockGuard(files: house.files, monotonic: { moment }, boot: boot)
        }
        let wrong = { throw VaultError(.wrongSecret, "no") }
        #expect(house.code { try process(0, boot: boot).attempt(waits: false, wrong) } == "vault.wrong_secret")
        #expect(house.code { try process(999, boot: boot).attempt(waits: false) {} } == "vault.unlock_delayed")
        // The clock of another run of the machine says nothing.
        let other = [UInt8](repeating: 2, count: 16)
        #expect(house.code { try process(5000, boot: other).attempt(waits: false) {} } == "vault.unlock_delayed")
        #expect(house.code { try process(1000, boot: boot).attempt(waits: false) {} } == nil)
        #expect(try UnlockThrottle(#require(try house.files.read(.throttle))).failures == 0)
    }

    @Test func `another process learns of wrong secrets, and what says nothing about them does not count`() throws {
        let house = try House()
        #expect(house.code { try house.unlock("wrong") } == "vault.wrong_secret")
        let other = UnlockGuard(files: house.files, monotonic: { 0 })
        #expect(house.code { try other.attempt(waits: false) {} } == "vault.unlock_delayed")
        house.home.clock.turn(by: 1)
        try house.unlock("right", seconds: 60)
        // Success of a part says nothing about the whole.
        try other.attempt(isWhole: false) {}
        #expect(
            house.code { try other.attempt(isWhole: false) { throw VaultError(.wrongSecret, "no") } } == "vault.wrong_secret")
        #expect(try UnlockThrottle(#require(try house.files.read(.throttle))).failures == 1)
        // What says nothing about the secret does not count.
        let later = UnlockGuard(files: house.files, monotonic: { 1_000 })
        #expect(house.code { try later.attempt(waits: false) {} } == "vault.unlock_delayed")
        let moment = Mutex<Int64>(0)
        let turning = UnlockGuard(files: house.files, monotonic: { moment.withLock { $0 } })
        #expect(house.code { try turning.attempt(waits: false) {} } == "vault.unlock_delayed")
        moment.withLock { $0 = 5_000 }
        #expect(house.code { try turning.attempt { throw NodeError(.storeBusy, "busy") } } == "store.busy")
        #expect(try UnlockThrottle(#require(try house.files.read(.throttle))).failures == 1)
    }
}

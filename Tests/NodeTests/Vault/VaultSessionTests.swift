import ChanceryNode
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Synchronization
import TestKit
import Testing

/// What a session rests on is looked at when it counts, whoever else is at work on the vault.
struct VaultSessionTests {
    private let sample: SampleVaultHome

    init() throws { sample = try SampleVaultHome() }

    private func sessions() throws -> [String] {
        try sample.payloads("vault_session").compactMap { $0["change"]?.string }
    }

    @Test func `an unlock that cannot be put on record opens nothing`() async throws {
        let store = HookedStore(sample.home.store)
        let clock = sample.home.clock
        let vault = try Vault(
            identity: sample.identity, store: store, registry: sample.home.registry, files: sample.files, authority: nil,
            now: clock.now, monotonic: { clock.now().milliseconds })
        let known = try sessions().count
        store.onAppend { throw NodeError(.storeFull, "full") }
        #expect(code { try vault.unlock(sample.backend, by: "test") } == "store.full")
        store.onAppend(nil)
        #expect(try !vault.status().isUnlocked)
        #expect(try sessions().count == known)
        try vault.unlock(sample.backend, by: "test")
        #expect(try vault.status().isUnlocked && sessions().count == known + 1)
    }

    @Test func `a lock elsewhere is never swallowed by an unlock, whenever it comes`() async throws {
        let entry = try sample.put()
        try sample.grant(entry, lifetime: 100_000)
        let other = try sample.process()
        let moments = Moments(sample.home.clock)
        let vault = try sample.process({ nil }, monotonic: { moments.now() })
        var tried = 0
        for moment in 1...1000 {
            try vault.unlock(sample.backend, by: "test")
            let opening = try await vault.open(entry, by: sample.caller())
            moments.act(at: moment) { _ = try? other.lock(by: "elsewhere") }
            try vault.unlock(sample.backend, by: "test")
            // It was tried at each look at the clock.
            guard moments.hasActed else { break }
            tried = moment
            let last = try sessions().last
            #expect(try !vault.status().isUnlocked || last == "unlocked", "moment \(moment)")
            #expect(await refusal { try await opening.confirm() } == "vault.locked", "moment \(moment)")
        }
        #expect(tried > 3 && tried < 1000)
    }

    @Test(arguments: ["rotate", "attest"])
    func `what waits while another process locks the vault is refused`(what: String) throws {
        let (watched, other, clock) = (WatchedFiles(sample.files), try sample.process(), sample.home.clock)
        let vault = try Vault(
            identity: sample.identity, store: sample.home.store, registry: sample.home.registry, files: watched,
            authority: nil, now: clock.now, monotonic: { clock.now().milliseconds })
        let entry = try sample.put()
        try vault.unlock(sample.backend, by: "test")
        let root = try vault.catalogue { $0.keys.root }
        watched.meanwhile.withLock { $0 = { _ = try? other.lock(by: "elsewhere") } }
        let refused = code {
            switch what {
            case "rotate": _ = try vault.rotateRoot(sample.backend, by: "test")
            default:
                _ = try vault.attest(
                    entry, nonce: [UInt8](repeating: 5, count: 32), lifetime: 300,
                    device: DeviceDescription(model: "rack", vendor: "none"), by: "test")
            }
        }
        #expect(refused == "vault.locked")
        #expect(try vault.catalogue { $0.keys.root } == root)
        #expect(try sample.refusals() == ["vault.locked"] && sample.payloads("vault_attest").isEmpty)
    }
}

/// A clock that does something when it is looked at for the n-th time.
private final class Moments: Sendable {
    private struct State {
        var left = 0
        var action: (@Sendable () -> Void)?
    }

    private let clock: SampleClock
    private let state = Mutex(State())

    init(_ clock: SampleClock) { self.clock = clock }

    func act(at moment: Int, _ action: @escaping @Sendable () -> Void) {
        state.withLock { $0 = State(left: moment, action: action) }
    }

    var hasActed: Bool { state.withLock { $0.action == nil } }

    func now() -> Int64 {
        let action = state.withLock { state -> (@Sendable () -> Void)? in
            state.left -= 1
            guard state.left == 0 else { return nil }
            defer { state.action = nil }
            return state.action
        }
        action?()
        return clock.now().milliseconds
    }
}

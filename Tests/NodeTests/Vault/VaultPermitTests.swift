import ChanceryNode
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Synchronization
import TestKit
import Testing

/// A permit is as old as the first question about it, and ends where a question has no answer.
struct VaultPermitTests {
    private let sample: SampleVaultHome

    init() throws { sample = try SampleVaultHome() }

    @Test func `a permit is as old as the first question about it`() async throws {
        let committee = SlowCommittee(sample.home.clock)
        let vault = try sample.process({ committee })
        try vault.unlock(sample.backend, by: "test")
        let entry = try sample.put()
        let opening = try await vault.open(entry, by: sample.caller())
        // It answered a second ago, as things were then.
        committee.answer(isFrozen: true)
        #expect(await refusal { _ = try await SampleVaultHome.read(opening, "model.bin") } == "vault.frozen")
    }

    @Test func `a committee that takes long for each answer delays a reader and stops nobody`() async throws {
        let committee = SlowCommittee(sample.home.clock)
        let vault = try sample.process({ committee })
        try vault.unlock(sample.backend, by: "test")
        let content = [UInt8](repeating: 7, count: 3_000_000)
        let entry = try sample.put("llama", ["model.bin": content])
        #expect(try await sample.read(entry, from: vault) == content)
    }

    @Test func `a committee that cannot be asked ends the permit, on record`() async throws {
        let committee = SlowCommittee(sample.home.clock)
        let vault = try sample.process({ committee })
        try vault.unlock(sample.backend, by: "test")
        let entry = try sample.put()
        let opening = try await vault.open(entry, by: sample.caller())
        committee.answer(failure: NodeError(.storeBusy, "busy"))
        #expect(await refusal { try await opening.confirm() } == "store.busy")
        #expect(opening.hasEnded)
        committee.answer()
        #expect(await refusal { try await opening.confirm() } == "vault.grant_changed")
        #expect(try sample.refusals() == ["store.busy", "vault.grant_changed"])
    }
}

/// Votes for everything as things stand when it is asked, and answers a second later.
private final class SlowCommittee: VaultAuthority {
    private struct Mood {
        var isFrozen = false
        var failure: NodeError?
    }

    private let clock: SampleClock
    private let mood = Mutex(Mood())

    init(_ clock: SampleClock) { self.clock = clock }

    func answer(isFrozen: Bool = false, failure: NodeError? = nil) {
        mood.withLock { $0 = Mood(isFrozen: isFrozen, failure: failure) }
    }

    func word(on manifest: ManifestDigest, for agent: String, at _: UTCTime) async throws -> VaultWord {
        let mood = mood.withLock { $0 }
        clock.turn(by: 1)
        if let failure = mood.failure { throw failure }
        return VaultWord(writ: Committee.writ, isFrozen: mood.isFrozen)
    }
}

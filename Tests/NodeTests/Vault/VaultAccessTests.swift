import ChanceryNode
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Foundation
import Synchronization
import TestKit
import Testing

/// Nothing opens but under a rule, a writ and an open vault, and whatever was asked is on record.
struct VaultAccessTests {
    @Test(arguments: [0, 1, 16_383, 16_384, 16_385, 1 << 20, (1 << 20) + 1, 3_000_000])
    func `what was put comes back, whole and in ranges`(count: Int) async throws {
        let sample = try SampleVaultHome()
        var numbers = SplitNumbers(seed: UInt64(count))
        let content = (0..<count).map { _ in numbers.next() }
        let entry = try sample.put("llama", ["weights/model.bin": content, "config.json": [1]])
        try sample.grant(entry)
        #expect(try await sample.read(entry, "weights/model.bin") == content)
        let opening = try await sample.vault.open(entry, by: sample.caller())
        for (first, length) in [(0, 1), (16_380, 10), (count / 2, 5000), (max(0, count - 1), 1), (0, count)] {
            guard first + length <= count else { continue }
            let range = UInt64(first)..<UInt64(first + length)
            let path = try FilePath("weights/model.bin")
            #expect(try await opening.bytes(range, of: path) == Array(content[first..<first + length]))
        }
        let code = await refusal { _ = try await opening.bytes(0..<UInt64(count + 1), of: FilePath("weights/model.bin")) }
        #expect(code == "vault.body_length")
        #expect(try sample.home.audit().isClean)
    }

    @Test func `nobody reads without a rule, a writ and an open vault, and each refusal is on record`() async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        let none = await refusal { _ = try await sample.read(entry) }
        #expect(none == "vault.writ_required")
        try sample.grant(entry)
        let stranger = await refusal { _ = try await sample.vault.open(entry, by: sample.caller("intruder")) }
        #expect(stranger == "vault.bundle_not_allowed")
        let other = try sample.put("other", ["model.bin": [1]], kind: .tokenizer)
        let unruled = await refusal { _ = try await sample.read(other) }
        #expect(unruled == "vault.no_rule")
        try sample.vault.lock(by: "test")
        let locked = await refusal { _ = try await sample.read(entry) }
        #expect(locked == "vault.locked")
        #expect(
            try sample.refusals() == [
                "vault.writ_required", "vault.bundle_not_allowed", "vault.no_rule", "vault.writ_required", "vault.locked",
            ])
        #expect(try sample.payloads("vault_access").isEmpty)
    }

    @Test(arguments: ["manifest.json", "sealing.json", "keyring.json"])
    func `a record that is missing or exchanged is refused on record`(name: String) async throws {
        let sample = try SampleVaultHome()
        let (entry, other) = (try sample.put(), try sample.put("other", ["model.bin": [9]]))
        try sample.grant(entry)
        let foreign = try sample.home.folder.read(sample.path(other, name))
        try sample.damage(sample.path(entry, name)) { $0 = foreign }
        let exchanged = await refusal { _ = try await sample.read(entry) }
        try FileManager.default.removeItem(atPath: sample.home.folder.path + "/" + sample.path(entry, name))
        let missing = await refusal { _ = try await sample.read(entry) }
        #expect(missing == "vault.record_mismatch")
        #expect(try sample.refusals() == [exchanged, missing].compactMap(\.self))
    }

    @Test func `a lock ends the sessions of others also where nothing was open to forget`() async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        try sample.grant(entry)
        // Another process that never unlocked.
        try sample.process().lock(by: "test")
        let locked = await refusal { _ = try await sample.read(entry) }
        #expect(locked == "vault.locked")
        #expect(try sample.payloads("vault_session").last?["backend"] == .null)
        // What was locked is unlocked anew, with its own time and on record.
        try sample.vault.unlock(sample.backend, seconds: 60, by: "test")
        #expect(try sample.payloads("vault_session").last?["change"]?.string == "unlocked")
        #expect(try await sample.read(entry) == [1, 2, 3])
    }

    @Test func `a right that no rule gives is refused`() async throws {
        let sample = try SampleVaultHome()
        try sample.vault.setPolicy(SampleVaultHome.policy(rights: [.read]), by: "test")
        let entry = try sample.put()
        try sample.grant(entry)
        _ = try await sample.read(entry)
        let code = await refusal { _ = try await sample.vault.open(entry, by: sample.caller(), right: .export) }
        #expect(code == "vault.right_not_allowed")
    }

    @Test func `a limit counts uses of other processes, and forgets none at a restart`() async throws {
        let sample = try SampleVaultHome()
        try sample.vault.setPolicy(SampleVaultHome.policy(limit: RateLimit(uses: 3, seconds: 60)), by: "test")
        let entry = try sample.put()
        try sample.grant(entry)
        _ = try await sample.read(entry)
        let other = try sample.process()
        try other.unlock(sample.backend, by: "test")
        _ = try await sample.read(entry, from: other)
        _ = try await sample.read(entry)
        let code = await refusal { _ = try await sample.read(entry, from: other) }
        #expect(code == "vault.rate_exceeded")
        sample.home.clock.turn(by: 61)
        _ = try await sample.read(entry, from: other)
        #expect(try sample.payloads("vault_access").count == 4)
    }

    @Test func `whoever reads is stopped when the grant is taken back, its time is over, or the vault is locked`() async throws
    {
        for ending in ["vault.grant_changed", "vault.locked"] {
            let sample = try SampleVaultHome()
            let entry = try sample.put()
            try sample.grant(entry, lifetime: 100)
            let opening = try await sample.vault.open(entry, by: sample.caller())
            #expect(try await SampleVaultHome.read(opening, "model.bin") == [1, 2, 3])
            if ending == "vault.locked" {
                try sample.vault.lock(by: "test")
            } else {
                try sample.vault.revoke(entry, from: SampleVaultHome.planner, by: "test")
            }
            // The next look is due after a quarter of a second.
            sample.home.clock.turn(by: 1)
            for _ in 0..<2 {
                let code = await refusal { _ = try await SampleVaultHome.read(opening, "model.bin") }
                #expect(code == ending)
            }
            #expect(try sample.refusals().last == ending)
        }
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        try sample.grant(entry, lifetime: 100)
        let opening = try await sample.vault.open(entry, by: sample.caller())
        sample.home.clock.turn(by: 101)
        let code = await refusal { _ = try await SampleVaultHome.read(opening, "model.bin") }
        #expect(code == "vault.grant_changed" || code == "vault.lease_ended")
    }

    @Test(arguments: ["lock", "another process", "expiry"])
    func `what was opened before a lock is not read after the next unlock, and the attempt is on record`(
        how: String
    ) async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        try sample.grant(entry, lifetime: 100_000)
        let opening = try await sample.vault.open(entry, by: sample.caller())
        _ = try await opening.bytes(0..<1, of: FilePath("model.bin"))
        switch how {
        case "lock": try sample.vault.lock(by: "test")
        case "another process": try sample.process().lock(by: "test")
        default: sample.home.clock.turn(by: UnlockWindow.standardSeconds)
        }
        try sample.vault.unlock(sample.backend, by: "test")
        #expect(try await sample.read(entry) == [1, 2, 3])
        // No look at the permit is due yet.
        #expect(opening.hasEnded)
        let code = await refusal { _ = try await opening.bytes(1..<2, of: FilePath("model.bin")) }
        #expect(code == "vault.locked")
        #expect(try sample.refusals() == ["vault.locked"])
    }

    @Test(arguments: ["vault.locked", "vault.writ_required"])
    func `what another process decides while an access is decided counts`(code: String) async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        try sample.grant(entry)
        let other = try sample.process()
        var looks = 0
        let refused = await refusal {
            _ = try await sample.vault.open(entry, by: sample.caller()) { _ in
                looks += 1
                guard looks == 1 else { return }
                if code == "vault.locked" {
                    try other.lock(by: "test")
                } else {
                    try other.revoke(entry, from: SampleVaultHome.planner, by: "test")
                }
            }
        }
        #expect(refused == code && looks == 1)
        #expect(try sample.refusals() == [code])
        #expect(try sample.payloads("vault_access").isEmpty)
    }

    @Test func `a version that is deleted while an access is decided gets none`() async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        try sample.grant(entry)
        let other = try sample.process()
        var looks = 0
        let refused = await refusal {
            _ = try await sample.vault.open(entry, by: sample.caller()) { _ in
                looks += 1
                if looks == 1 { try other.delete(entry.artifact, by: "test") }
            }
        }
        #expect(refused == "vault.unknown_artifact" && looks == 1)
        #expect(try sample.refusals() == ["vault.unknown_artifact"])
        #expect(try sample.payloads("vault_access").isEmpty)
    }

    @Test func `a long range is given out a mebibyte at a time`() async throws {
        let sample = try SampleVaultHome()
        var numbers = SplitNumbers(seed: 1)
        let content = (0..<3_000_000).map { _ in numbers.next() }
        let entry = try sample.put("llama", ["model.bin": content])
        try sample.grant(entry)
        let opening = try await sample.vault.open(entry, by: sample.caller())
        for range in [100..<2_900_000, 0..<3_000_000, 1_048_576..<1_048_577] {
            let pieces = Mutex<[[UInt8]]>([])
            try await opening.read(UInt64(range.lowerBound)..<UInt64(range.upperBound), of: FilePath("model.bin")) { bytes in
                let piece = bytes.indices.map { bytes[$0] }
                pieces.withLock { $0.append(piece) }
            }
            let given = pieces.withLock { $0 }
            #expect(given.flatMap(\.self) == Array(content[range]), "\(range)")
            #expect(given.allSatisfy { $0.count <= 1 << 20 }, "\(range)")
        }
        let code = await refusal { try await opening.read(2_999_999..<3_000_001, of: FilePath("model.bin")) { _ in } }
        #expect(code == "vault.body_length")
    }

    @Test func `a policy that is taken away and put back ends what was open, whoever reads it or not`() async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        try sample.grant(entry)
        let opening = try await sample.vault.open(entry, by: sample.caller())
        try await sample.vault.keepWatch()
        #expect(!opening.hasEnded)
        try sample.vault.setPolicy(.closed, by: "test")
        try await sample.vault.keepWatch()
        try sample.vault.setPolicy(SampleVaultHome.policy(), by: "test")
        #expect(try await sample.read(entry) == [1, 2, 3])
        #expect(await refusal { _ = try await SampleVaultHome.read(opening, "model.bin") } == "vault.grant_changed")
        #expect(try sample.refusals() == ["vault.grant_changed"])
    }

    @Test func `a freeze ends what was open although it is over when the reader comes back`() async throws {
        let (sample, committee) = (try SampleVaultHome(), FreezingCommittee())
        let vault = try sample.process({ committee })
        try vault.unlock(sample.backend, by: "test")
        let entry = try sample.put()
        let opening = try await vault.open(entry, by: sample.caller())
        committee.freeze(true)
        try await vault.keepWatch()
        committee.freeze(false)
        #expect(await refusal { _ = try await SampleVaultHome.read(opening, "model.bin") } == "vault.frozen")
        #expect(try sample.refusals() == ["vault.frozen"])
    }

    @Test func `where a committee votes nobody grants alone`() async throws {
        let sample = try SampleVaultHome(isGoverned: true)
        let entry = try sample.put()
        let code = await refusal { try sample.grant(entry) }
        #expect(code == "vault.committee_decides")
        #expect(try await sample.read(entry) == [1, 2, 3])
        let access = try #require(try sample.payloads("vault_access").first)
        #expect(access["writ"] == .string(Hex.encode(Committee.writ.id)))
        #expect(access["manifest"] == .string(entry.manifest.text))
    }

    @Test func `a tier that this host cannot keep takes nothing`() async throws {
        let sample = try SampleVaultHome()
        // Custody in memory does not outlive the process.
        for tier in [PrivacyTier.sealed, .attested, .accelerated, .isolated] {
            let code = await refusal { try sample.put(tier: tier) }
            #expect(code == "vault.attestation_required", "\(tier)")
        }
        #expect(try sample.vault.catalogue { $0.live }.isEmpty)
        #expect(!sample.home.folder.files().contains { $0.hasSuffix(".body") })
    }

    @Test func `the wrong secret opens nothing and is on record`() async throws {
        let sample = try SampleVaultHome()
        let other = try sample.process()
        let code = await refusal { try other.unlock(MemoryBackend(), by: "test") }
        #expect(code == "vault.wrong_secret")
        #expect(try other.status().isUnlocked == false)
        #expect(try sample.refusals() == ["vault.wrong_secret"])
    }
}

/// Bytes that look random and are the same for one seed.
struct SplitNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed &+ 0x9e37_79b9_7f4a_7c15 }

    mutating func next() -> UInt8 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 33)
    }
}

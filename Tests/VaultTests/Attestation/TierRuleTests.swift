import ChancerySuite
import ChanceryVault
import ChanceryWire
import TestKit
import Testing

/// No tier is given without what it needs, and nothing pretends.
struct TierRuleTests {
    private let key = Sample.bytes(1)
    private let now = Sample.after(100)

    private func evidence(_ kind: EvidenceKind, nonce: Int = 5, key: [UInt8]? = nil, at seconds: Int64 = 50)
        -> AppraisedEvidence
    {
        AppraisedEvidence(kind, nonce: Sample.bytes(nonce), boundKey: key ?? self.key, appraised: Sample.after(seconds))
    }

    private func verdict(_ tier: PrivacyTier, _ evidence: [AppraisedEvidence], custody: CustodyCapabilities? = nil)
        -> TierVerdict
    {
        TierRule.verdict(
            on: tier, custody: custody ?? SampleProvider.capabilities, evidence: evidence, for: key, at: now)
    }

    @Test func `without evidence tiers 0 and 1 are open, and 2 to 4 are refused`() {
        for tier in PrivacyTier.allCases {
            let verdict = verdict(tier, [])
            #expect(verdict.isSatisfied == (tier <= .sealed), "\(tier)")
            let expected = tier <= .sealed ? nil : "vault.attestation_required"
            #expect(code { try verdict.require() } == expected, "\(tier)")
        }
    }

    @Test func `custody that dies with the process is enough for tier 0 only`() {
        let everything = EvidenceKind.allCases.map { evidence($0) }
        for tier in PrivacyTier.allCases {
            #expect(verdict(tier, everything, custody: MemoryBackend().capabilities).isSatisfied == (tier == .open))
        }
    }

    @Test(arguments: EvidenceKind.allCases)
    func `tier 2 takes a processor's evidence and no other, a TPM quote neither`(kind: EvidenceKind) {
        #expect(verdict(.attested, [evidence(kind)]).isSatisfied == (kind == .sevSNP || kind == .tdx))
    }

    @Test func `tier 3 takes processor and GPU over one nonce`() {
        #expect(verdict(.accelerated, [evidence(.tdx), evidence(.nvidiaGPU)]).isSatisfied)
        #expect(!verdict(.accelerated, [evidence(.tdx), evidence(.nvidiaGPU, nonce: 6)]).isSatisfied)
        for alone in [[evidence(.tdx)], [evidence(.nvidiaGPU)], [evidence(.nvidiaGPU), evidence(.tpmQuote)]] {
            #expect(!verdict(.accelerated, alone).isSatisfied)
        }
    }

    @Test func `tier 4 is refused whatever is shown`() {
        #expect(!verdict(.isolated, EvidenceKind.allCases.map { evidence($0) }).isSatisfied)
    }

    @Test func `evidence counts for its key, for an hour, and not before it was appraised`() {
        #expect(!verdict(.attested, [evidence(.tdx, key: Sample.bytes(2))]).isSatisfied)
        #expect(!verdict(.attested, [evidence(.tdx, key: [])]).isSatisfied)
        for (seconds, counts) in [(Int64(100), true), (101, false), (100 - 3599, true), (100 - 3600, false)] {
            #expect(verdict(.attested, [evidence(.tdx, at: seconds)]).isSatisfied == counts, "\(seconds)")
        }
        let endless = AppraisedEvidence(
            .tdx, nonce: Sample.bytes(5), boundKey: key, appraised: Sample.after(-3600), lifetime: .max)
        #expect(!verdict(.attested, [endless]).isSatisfied)
        let blank = AppraisedEvidence(.tdx, nonce: [], boundKey: key, appraised: now)
        #expect(!verdict(.attested, [blank]).isSatisfied)
    }

    @Test func `what a report covers changes with every part, and parts never run into each other`() throws {
        func data(
            nonce: [UInt8] = [1, 2], key: [UInt8] = [3], manifest: Int = 1, tier: PrivacyTier = .attested,
            federation: [UInt8] = [4],
            requester: String = "ab", writ: [UInt8] = [5]
        ) throws -> [UInt8] {
            ReleaseBinding(
                nonce: nonce, kemKey: key, manifest: try Sample.manifest(manifest), tier: tier, federation: federation,
                requester: requester, writ: writ
            ).reportData
        }
        let all = try [
            data(), data(nonce: [1]), data(nonce: [1, 2, 3], key: []), data(key: [9]), data(manifest: 2),
            data(tier: .accelerated),
            data(federation: [6]), data(requester: "a", writ: [98, 5]), data(requester: "abc"), data(writ: []),
        ]
        #expect(Set(all).count == all.count && all.allSatisfy { $0.count == 64 })
        let parts: [[UInt8]] = [
            Array("chancery/kbs/v1".utf8), [1, 2], [3], try Sample.manifest(1).bytes, [2], [4], Array("ab".utf8), [5],
        ]
        #expect(all[0] == Digest.sha512(parts.flatMap { [0, 0, 0, UInt8($0.count)] + $0 }))
    }
}

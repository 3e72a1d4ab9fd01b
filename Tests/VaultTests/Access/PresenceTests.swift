import ChancerySuite
import ChanceryVault
import ChanceryWire
import TestKit
import Testing

/// Presence is the signature of an enrolled person under a fresh question about exactly this request, once.
struct PresenceTests {
    private let policy: AccessPolicy
    private let ann: SamplePerson
    private let eve: SamplePerson

    init() throws {
        policy = try AccessPolicy([AccessRule(.biometricTemplate, bundles: ["com.a"], rights: [.read, .export])])
        (ann, eve) = (try SamplePerson(1), try SamplePerson(2))
    }

    private func access() throws -> SampleAccess {
        var access = try SampleAccess()
        access.kind = .biometricTemplate
        return access
    }

    private func ask(
        _ desk: inout AccessDesk, _ access: SampleAccess, nonce: Int = 1, monotonic: Int64 = 0
    ) throws -> PresenceChallenge {
        try desk.presence.ask(
            access.caller, artifact: access.artifact, manifest: access.manifest, right: access.right, vault: Sample.vault(),
            nonce: Sample.bytes(nonce), now: Sample.start, monotonic: monotonic)
    }

    @Test func `a signed answer counts once`() throws {
        var (desk, access) = (AccessDesk(), try access())
        access.presence = try ask(&desk, access).answer(as: ann.id, by: ann.signer)
        #expect(access.ask(&desk, policy, [ann.enrolled]).permit != nil)
        #expect(access.ask(&desk, policy, [ann.enrolled]) == .denied([.presence]))
        #expect(desk.presence.count == 0)
    }

    @Test func `a true answer of a request that is denied for another reason is not spent`() throws {
        let limited = try AccessPolicy([
            AccessRule(
                .biometricTemplate, bundles: ["com.a"], rights: [.read], limit: RateLimit(uses: 1, seconds: 10))
        ])
        let changes: [(AccessRefusal, (inout SampleAccess) throws -> Void)] = [
            (.locked, { $0.isUnlocked = false }), (.writ, { $0.writ = nil }), (.frozen, { $0.isFrozen = true }),
            (.bundle, { $0.caller = try AuthenticatedCaller(principal: "ak_1", bundle: "com.c") }),
            (.tier, { $0.tier = .refused("no evidence") }),
        ]
        var (desk, access) = (AccessDesk(), try access())
        access.presence = try ask(&desk, access).answer(as: ann.id, by: ann.signer)
        for (reason, change) in changes {
            var denied = access
            try change(&denied)
            #expect(denied.ask(&desk, limited, [ann.enrolled]) == .denied([reason]))
            #expect(desk.presence.count == 1, "\(reason)")
        }
        #expect(access.ask(&desk, limited, [ann.enrolled]).permit?.present == ann.id)
        access.presence = try ask(&desk, access, nonce: 2).answer(as: ann.id, by: ann.signer)
        #expect(access.ask(&desk, limited, [ann.enrolled]) == .denied([.rate]))
        #expect(desk.presence.count == 1)
    }

    @Test func `it counts for 60 seconds on the monotonic clock`() throws {
        for (now, counts) in [(Int64(60_000), true), (60_001, false), (-1, false), (.max, false), (.min, false)] {
            var (desk, access) = (AccessDesk(), try access())
            access.presence = try ask(&desk, access).answer(as: ann.id, by: ann.signer)
            #expect((access.ask(&desk, policy, [ann.enrolled], monotonic: now).permit != nil) == counts, "\(now)")
        }
    }

    @Test func `an answer about something else does not count`() throws {
        let changes: [(inout SampleAccess) throws -> Void] = [
            { $0.right = .export }, { $0.manifest = try Sample.manifest(2) }, { $0.artifact = try Sample.artifact(2) },
            { $0.caller = try AuthenticatedCaller(principal: "ak_9", bundle: "com.a") },
        ]
        for change in changes {
            var (desk, access) = (AccessDesk(), try access())
            access.presence = try ask(&desk, access).answer(as: ann.id, by: ann.signer)
            var other = access
            try change(&other)
            #expect(other.ask(&desk, policy, [ann.enrolled]) == .denied([.presence]))
            // The question stays open for whom it was asked.
            #expect(access.ask(&desk, policy, [ann.enrolled]).permit != nil)
        }
    }

    @Test func `a stranger, a stolen name, an ended enrolment and a question of our own making do not count`() throws {
        var (desk, access) = (AccessDesk(), try access())
        let challenge = try ask(&desk, access)
        access.presence = try challenge.answer(as: eve.id, by: eve.signer)
        #expect(access.ask(&desk, policy, [ann.enrolled]) == .denied([.presence]))
        access.presence = try challenge.answer(as: ann.id, by: eve.signer)
        #expect(access.ask(&desk, policy, [ann.enrolled, eve.enrolled]) == .denied([.presence]))
        access.presence = try challenge.answer(as: ann.id, by: ann.signer)
        #expect(access.ask(&desk, policy, []) == .denied([.presence]))
        let ended = EnrolledPerson(
            id: ann.id, key: RecordVerifier(ann.key.publicKey), notBefore: Sample.start, notAfter: Sample.start)
        var late = access
        late.now = Sample.after(1)
        #expect(late.ask(&desk, policy, [ended]) == .denied([.presence]))
        // Another desk never asked.
        var elsewhere = AccessDesk()
        #expect(access.ask(&elsewhere, policy, [ann.enrolled]) == .denied([.presence]))
        // After all that the person's own answer still counts.
        #expect(access.ask(&desk, policy, [ann.enrolled]).permit != nil)
    }

    @Test func `every flipped byte of an answer voids it`() throws {
        var (desk, access) = (AccessDesk(), try access())
        let answer = try ask(&desk, access).answer(as: ann.id, by: ann.signer)
        guard case .signed(let bytes) = answer else { Issue.record("not signed"); return }
        for index in stride(from: 0, to: bytes.count, by: 11) {
            access.presence = .signed(bytes.flipping(index, UInt8(index % 7)))
            #expect(access.ask(&desk, policy, [ann.enrolled]) == .denied([.presence]), "byte \(index)")
        }
        access.presence = .signed([])
        #expect(access.ask(&desk, policy, [ann.enrolled]) == .denied([.presence]))
    }

    @Test func `a device that the operator trusts may ask the person, and no other`() throws {
        var (desk, access) = (AccessDesk(), try access())
        let provider = SampleProvider.backend(1)
        access.presence = .confirmed(try provider.confirm(ask(&desk, access)))
        #expect(access.ask(&desk, policy) == .denied([.presence]))
        desk.presence.trustedDevices = [provider.capabilities.name]
        #expect(access.ask(&desk, policy).permit != nil)
        #expect(access.ask(&desk, policy) == .denied([.presence]))
        let silent = SampleProvider.backend(1, confirms: false)
        let challenge = try ask(&desk, access, nonce: 2)
        #expect(code { _ = try silent.confirm(challenge) } == "vault.custody_unavailable")
    }

    @Test func `a question is lent to nobody but who asked it`() throws {
        var (desk, access) = (AccessDesk(), try access())
        access.presence = try ask(&desk, access).answer(as: ann.id, by: ann.signer)
        var stranger = access
        stranger.caller = try AuthenticatedCaller(principal: "ak_9", bundle: "com.a")
        let nothing = desk.presence.lend(for: stranger.request)
        #expect(nothing.count == 0 && desk.presence.count == 1)
        let lent = desk.presence.lend(for: access.request)
        #expect(lent.count == 1 && desk.presence.count == 0)
        desk.presence.takeBack(lent)
        #expect(access.ask(&desk, policy, [ann.enrolled]).permit != nil)
    }

    @Test func `nobody's questions keep others from asking`() throws {
        var (desk, access) = (AccessDesk(), try access())
        for number in 0..<PresenceDesk.mostOpenOfOne { _ = try ask(&desk, access, nonce: number) }
        #expect(code { _ = try ask(&desk, access, nonce: 5000) } == "vault.presence_busy")
        access.caller = try AuthenticatedCaller(principal: "ak_other", bundle: "com.a")
        #expect(throws: Never.self) { try ask(&desk, access, nonce: 5000) }
    }

    @Test func `a question that travels is read as it was asked, and nothing else is`() throws {
        var (desk, access) = (AccessDesk(), try access())
        let challenge = try ask(&desk, access)
        #expect(try PresenceChallenge(challenge.json) == challenge)
        for name in try #require(challenge.json.object).names {
            var cut = try #require(challenge.json.object)
            cut = cut.removing([name])
            #expect(throws: (any Error).self, "\(name)") { try PresenceChallenge(.object(cut)) }
            cut[name] = .integer(1)
            #expect(throws: (any Error).self, "\(name)") { try PresenceChallenge(.object(cut)) }
        }
        var more = try #require(challenge.json.object)
        more["more"] = .null
        #expect(throws: (any Error).self) { try PresenceChallenge(.object(more)) }
    }

    @Test func `open questions are bounded, and old ones make room`() throws {
        var (desk, access) = (AccessDesk(), try access())
        for number in 0..<PresenceDesk.mostOpen {
            if number % PresenceDesk.mostOpenOfOne == 0 {
                access.caller = try AuthenticatedCaller(principal: "ak_\(number)", bundle: "com.a")
            }
            _ = try ask(&desk, access, nonce: number)
        }
        access.caller = try AuthenticatedCaller(principal: "ak_last", bundle: "com.a")
        #expect(code { _ = try ask(&desk, access, nonce: 5000) } == "vault.presence_busy")
        #expect(throws: Never.self) { try ask(&desk, access, nonce: 5000, monotonic: 60_001) }
        #expect(code { _ = try ask(&desk, access, nonce: 5000, monotonic: 60_001) } == "vault.policy_malformed")
        #expect(desk.presence.count == 1)
        access.right = .export
        #expect(
            code {
                _ = try desk.presence.ask(
                    access.caller, artifact: access.artifact, manifest: access.manifest, vault: Sample.vault(), nonce: [1],
                    now: Sample.start, monotonic: 0)
            } == "vault.policy_malformed")
    }
}

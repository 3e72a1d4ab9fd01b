import ChanceryAPI
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct RequestVerifierTests {
    let samples: RequestSamples
    let facts: RequestFacts

    init() throws {
        samples = try RequestSamples()
        facts = try RequestSamples.facts()
    }

    @Test(arguments: RequestSamples.Form.allCases)
    func `a signed request has the principal of its key, in both forms the same`(form: RequestSamples.Form) async throws {
        let request = try samples.verify(facts, samples.headers(form, for: facts)).get()
        let principal = try await request.admit(by: MemoryNonceStore(), at: RequestSamples.now).get()
        #expect(principal == Principal(name: "did:alice", keyID: "alice", roles: [.operator]))
    }

    @Test func `a request without a signature, or with two, is nobody's`() throws {
        #expect(try samples.refusal(facts, []) == .unsigned)
        #expect(try samples.refusal(facts, [RequestFacts.Header("Content-Digest", "sha-256=:AA==:")]) == .unsigned)
        let both =
            try samples.headers(.message, for: facts) + samples.headers(.envelope, for: facts, keyID: "bob", by: samples.bob)
        #expect(try samples.refusal(facts, both) == .malformedSignature)
    }

    @Test(arguments: RequestSamples.Form.allCases)
    func `another method, host, path, query or body is another request`(form: RequestSamples.Form) throws {
        let headers = try samples.headers(form, for: facts)
        let digest: RequestRefusal = form == .message ? .contentMismatch : .invalidSignature
        #expect(try samples.refusal(RequestSamples.facts(method: "PUT"), headers) == .invalidSignature)
        #expect(try samples.refusal(RequestSamples.facts(authority: "other.example"), headers) == .otherAuthority)
        #expect(try samples.refusal(RequestSamples.facts(target: "/v1/Proposals?dry=1"), headers) == .invalidSignature)
        #expect(try samples.refusal(RequestSamples.facts(target: "/v1/proposals?dry=0"), headers) == .invalidSignature)
        #expect(try samples.refusal(RequestSamples.facts(target: "/v1/proposals"), headers) == .invalidSignature)
        #expect(try samples.refusal(RequestSamples.facts(body: #"{"kind":"authorize-agent"}"#), headers) == digest)
        #expect(try samples.refusal(RequestSamples.facts(body: ""), headers) == digest)
    }

    @Test(arguments: RequestSamples.Form.allCases)
    func `a request signed for another server of ours verifies there and not here`(form: RequestSamples.Form) throws {
        let elsewhere = try RequestSamples.facts(authority: "node-2.example:8420")
        let headers = try samples.headers(form, for: elsewhere)
        #expect(try samples.refusal(elsewhere, headers) == .otherAuthority)
        #expect(try samples.refusal(facts, headers) == .invalidSignature)
    }

    @Test(arguments: RequestSamples.Form.allCases)
    func `a request is fresh from one window before to one window after its time`(form: RequestSamples.Form) throws {
        for (age, fresh) in [(0, true), (300, true), (301, false), (-300, true), (-301, false), (1_000_000, false)]
            as [(Int64, Bool)]
        {
            let headers = try samples.headers(form, for: facts, age: age, lifetime: 10_000)
            #expect(try samples.refusal(facts, headers) == (fresh ? nil : .notFresh), "\(age)")
        }
    }

    @Test func `the end that the signer sets holds too`() throws {
        let headers = try samples.headers(.message, for: facts, age: 10, lifetime: 10)
        #expect(try samples.refusal(facts, headers) == nil)
        #expect(try samples.refusal(facts, headers, at: RequestSamples.now.advanced(bySeconds: 1)) == .notFresh)
        #expect(try samples.refusal(facts, samples.headers(.message, for: facts, lifetime: 0)) == .notFresh)
        #expect(try samples.refusal(facts, samples.headers(.message, for: facts, lifetime: -5)) == .notFresh)
    }

    @Test(arguments: RequestSamples.Form.allCases)
    func `only a known, active key of ML-DSA-65 counts, and only for itself`(form: RequestSamples.Form) throws {
        var samples = samples
        #expect(try samples.refusal(facts, samples.headers(form, for: facts, keyID: "carol")) == .unknownKey)
        #expect(try samples.refusal(facts, samples.headers(form, for: facts, keyID: "bob")) == .invalidSignature)
        let headers = try samples.headers(form, for: facts)
        samples.keys["alice"] = samples.register("alice", samples.alice, [], revoked: true)
        #expect(try samples.refusal(facts, headers) == .inactiveKey)
        samples.keys["alice"] = samples.register("alice", samples.alice, [], from: 1)
        #expect(try samples.refusal(facts, headers) == .inactiveKey)
        samples.keys["alice"] = samples.register("alice", samples.alice, [], to: -1)
        #expect(try samples.refusal(facts, headers) == .inactiveKey)
        samples.keys["alice"] = samples.register("alice", try RequestSamples.key(1, .mlDSA87), [])
        #expect(try samples.refusal(facts, headers) == .wrongAlgorithm)
        // A lookup that answers with another key than the one asked for.
        samples.keys["alice"] = samples.keys["bob"]
        #expect(try samples.refusal(facts, headers) == .unknownKey)
    }

    @Test func `only ML-DSA-65 keys sign`() throws {
        let key = try RequestSamples.key(1, .mlDSA87)
        for form in RequestSamples.Form.allCases {
            #expect(code { _ = try samples.headers(form, for: facts, by: key) } == "suite.unknown_algorithm")
        }
    }

    @Test func `the signature of one form is none of the other`() throws {
        // The same bytes signed without the envelope's context.
        let header = try samples.headers(.envelope, for: facts)[0]
        let envelope = try JSONParser.parse(Base64.url.decode(header.value))
        let text = [
            "HIP5-API-AUTH-V1", "alice", "1790000000", RequestSamples.nonceText(), "POST", "node-1.example:8420",
            "/v1/proposals?dry=1", "sha-256=:\(Base64.standard.encode(Digest.sha256(facts.body))):",
        ].joined(separator: "\n")
        for (context, expected) in [("", RequestRefusal.invalidSignature), ("hip5-api-auth/v1", nil)]
            as [(String, RequestRefusal?)]
        {
            let value = try samples.alice.parts[0].sign(Array(text.utf8), context: Array(context.utf8))
            var altered = try #require(envelope.object)
            altered["signature"] = ["algorithm": "ML-DSA-65", "value": .string(Base64.standard.encode(value))]
            let bytes = try CanonicalForm.jcs.encode(altered)
            #expect(try samples.refusal(facts, [RequestFacts.Header(header.name, Base64.url.encode(bytes))]) == expected)
        }
    }
}

struct RequestReplayTests {
    let samples: RequestSamples
    let facts: RequestFacts

    init() throws {
        samples = try RequestSamples()
        facts = try RequestSamples.facts()
    }

    private func admit(
        _ headers: [RequestFacts.Header], _ store: MemoryNonceStore, at now: UTCTime = RequestSamples.now
    ) async throws -> RequestRefusal? {
        let request = try samples.verify(facts, headers, at: now).get()
        if case .failure(let refusal) = try await request.admit(by: store, at: now) { return refusal }
        return nil
    }

    @Test func `a request is admitted once, whichever form its nonce came in`() async throws {
        let store = MemoryNonceStore()
        let message = try samples.headers(.message, for: facts)
        #expect(try await admit(message, store) == nil)
        #expect(try await admit(message, store) == .replayed)
        #expect(try await admit(samples.headers(.envelope, for: facts), store) == .replayed)
        let other = try samples.headers(.message, for: facts, nonce: [UInt8](repeating: 8, count: 64))
        #expect(try await admit(other, store) == nil)
    }

    @Test func `two keys may use one nonce`() async throws {
        let store = MemoryNonceStore()
        #expect(try await admit(samples.headers(.message, for: facts), store) == nil)
        #expect(try await admit(samples.headers(.message, for: facts, keyID: "bob", by: samples.bob), store) == nil)
    }

    @Test func `of many copies at once one is admitted`() async throws {
        let store = MemoryNonceStore()
        let request = try samples.verify(facts, samples.headers(.message, for: facts)).get()
        let admitted = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    if case .success = try await request.admit(by: store, at: RequestSamples.now) { true } else { false }
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(admitted == 1)
    }

    @Test func `a full store refuses, and forgets only what is too old to be replayed`() async throws {
        let store = MemoryNonceStore(limit: 1)
        let first = try samples.headers(.envelope, for: facts)
        #expect(try await admit(first, store) == nil)
        let second = try samples.headers(.envelope, for: facts, age: -299, nonce: [UInt8](repeating: 9, count: 16))
        #expect(try await admit(second, store) == .nonceStoreFull)
        let lastMoment = RequestSamples.now.advanced(bySeconds: 300)
        #expect(try await admit(first, store, at: lastMoment) == .replayed)
        let after = RequestSamples.now.advanced(bySeconds: 301)
        #expect(try samples.refusal(facts, first, at: after) == .notFresh)
        #expect(try await admit(second, store, at: after) == nil)
    }

    @Test func `a clock that steps back revives no request that the store forgot`() async throws {
        let store = MemoryNonceStore(limit: 2)
        let old = try [1, 2].map { try samples.headers(.envelope, for: facts, nonce: [UInt8](repeating: $0, count: 16)) }
        for headers in old { #expect(try await admit(headers, store) == nil) }
        let after = RequestSamples.now.advanced(bySeconds: 301)
        let fresh = try samples.headers(.envelope, for: facts, age: -301, nonce: [UInt8](repeating: 3, count: 16))
        #expect(try await admit(fresh, store, at: after) == nil)
        for headers in old { #expect(try await admit(headers, store) == .nonceStoreFull) }
        #expect(try await admit(fresh, store, at: after) == .replayed)
    }

    @Test func `a use is kept for as long as its request is fresh`() throws {
        for (form, age, until) in [(.message, 0, 60), (.envelope, 0, 300), (.envelope, 100, 200), (.message, 50, 10)]
            as [(RequestSamples.Form, Int64, Int64)]
        {
            let use = try samples.verify(facts, samples.headers(form, for: facts, age: age)).get().use
            #expect(use.until == RequestSamples.now.advanced(bySeconds: until))
            #expect(use.keyID == "alice" && use.nonce.bytes == RequestSamples.nonce)
        }
    }
}

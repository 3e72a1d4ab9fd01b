import ChanceryVault
import ChanceryWire
import TestKit
import Testing

/// A policy has one form, one hash, and limits.
struct AccessPolicyTests {
    private func sample() throws -> AccessPolicy {
        try AccessPolicy([
            AccessRule(
                .credential, bundles: ["com.b", "com.a"], rights: [.read, .export], requiresPresence: true,
                limit: RateLimit(uses: 3, seconds: 60)),
            AccessRule(.modelWeights, bundles: []),
        ])
    }

    @Test func `it is read as it was written, and its hash is that of its canonical bytes`() throws {
        let policy = try sample()
        #expect(try AccessPolicy(policy.json) == policy)
        #expect(try AccessPolicy(JSONParser.parse(policy.bytes)).hash == policy.hash)
        #expect(policy.hash != AccessPolicy.closed.hash && policy.hash.count == 32)
        #expect(policy.rules[0].bundles == ["com.a", "com.b"])
    }

    @Test func `every damaged member is refused`() throws {
        let policy = try sample()
        try eachDamage(of: #require(policy.json.object)) { damaged, what in
            #expect(throws: (any Error).self, "\(what)") { try AccessPolicy(.object(damaged)) }
        }
        try eachDamage(of: #require(policy.rules[0].json.object)) { damaged, what in
            #expect(throws: (any Error).self, "\(what)") { try AccessRule(.object(damaged)) }
        }
    }

    @Test func `limits hold`() throws {
        let malformed = "vault.policy_malformed"
        for (uses, seconds) in [(0, 1), (-1, 1), (65_537, 1), (1, 0), (1, 86_401), (Int64.max, .max), (.min, .min)]
            as [(Int64, Int64)]
        {
            #expect(code { _ = try RateLimit(uses: uses, seconds: seconds) } == malformed, "\(uses) in \(seconds)")
        }
        #expect(code { _ = try AccessRule(.other, bundles: ["a", "a"]) } == malformed)
        #expect(code { _ = try AccessRule(.other, bundles: [""]) } == malformed)
        #expect(code { _ = try AccessRule(.other, bundles: (0...256).map { "b\($0)" }) } == malformed)
        #expect(code { _ = try AccessRule(.other, bundles: ["a"], rights: []) } == malformed)
        let rule = try AccessRule(.other, bundles: ["a"])
        #expect(code { _ = try AccessPolicy(Array(repeating: rule, count: 257)) } == malformed)
    }

    @Test func `biometric templates need a person whatever the rule says`() throws {
        let lax = try AccessPolicy([AccessRule(.biometricTemplate, bundles: ["com.a"], requiresPresence: false)])
        #expect(lax.requiresPresence(.biometricTemplate) && !lax.requiresPresence(.credential))
        var access = try SampleAccess()
        access.kind = .biometricTemplate
        #expect(access.ask(lax) == .denied([.presence]))
    }
}

import ChanceryVault
import ChanceryWire
import TestKit
import Testing

/// Default deny: everything must hold at once, and every reason that does not is named.
struct AccessDeskTests {
    private let policy: AccessPolicy
    private let good: SampleAccess

    init() throws {
        policy = try AccessPolicy([AccessRule(.credential, bundles: ["com.a", "com.b"], rights: [.read])])
        good = try SampleAccess()
    }

    @Test func `a request that everything allows gets a permit with what it is bound to`() throws {
        let permit = try #require(good.ask(policy).permit)
        #expect(permit.principal == "ak_1" && permit.manifest == good.manifest && permit.artifact == good.artifact)
        #expect(permit.writ == Sample.bytes(9) && permit.generation == 4 && permit.leaseEnd == Sample.after(60))
        #expect(permit.right == .read)
    }

    @Test func `each thing that is missing is a reason, and all are named together`() throws {
        var changes: [(AccessRefusal, (inout SampleAccess) throws -> Void)] = []
        changes.append((.locked, { $0.isUnlocked = false }))
        changes.append((.bundle, { $0.caller = try AuthenticatedCaller(principal: "ak_1", bundle: "com.c") }))
        changes.append((.right, { $0.right = .export }))
        changes.append((.writ, { $0.writ = nil }))
        changes.append((.frozen, { $0.isFrozen = true }))
        changes.append((.tier, { $0.tier = .refused("no evidence") }))
        for (reason, change) in changes {
            var bad = good
            try change(&bad)
            #expect(bad.ask(policy) == .denied([reason]))
        }
        var worst = good
        for (_, change) in changes { try change(&worst) }
        // A freeze takes the writ too, so it is the reason and not the other.
        #expect(worst.ask(policy) == .denied(changes.map(\.0).filter { $0 != .writ }))
    }

    @Test func `what no rule names is denied, for every kind`() throws {
        for kind in ArtifactKind.allCases {
            var access = good
            access.kind = kind
            #expect(access.ask(.closed).reasons.first == .noRule)
            let others = try AccessPolicy(
                ArtifactKind.allCases.filter { $0 != kind }.map { try AccessRule($0, bundles: ["com.a"]) })
            #expect(access.ask(others).reasons.first == .noRule, "\(kind)")
        }
    }

    @Test(arguments: ["COM.A", "com.a ", " com.a", "com.a.helper", "com.", "com.á", "com.a\u{301}"])
    func `bundles are compared exactly`(name: String) throws {
        var access = good
        access.caller = try AuthenticatedCaller(principal: "ak_1", bundle: name)
        #expect(access.ask(policy) == .denied([.bundle]))
    }

    @Test func `an empty list allows nobody`() throws {
        let nobody = try AccessPolicy([AccessRule(.credential, bundles: [])])
        #expect(good.ask(nobody) == .denied([.bundle]))
    }

    @Test func `all rules of a kind hold together, whatever their order`() throws {
        let wide = try AccessRule(.credential, bundles: ["com.a", "com.b"], rights: [.read, .export])
        let narrow = try AccessRule(.credential, bundles: ["com.b"])
        for rules in [[wide, narrow], [narrow, wide]] {
            let policy = try AccessPolicy(rules)
            #expect(good.ask(policy) == .denied([.bundle]))
            var other = good
            other.caller = try AuthenticatedCaller(principal: "ak_1", bundle: "com.b")
            #expect(other.ask(policy).permit != nil)
            other.right = .export
            #expect(other.ask(policy) == .denied([.right]))
        }
    }

    @Test func `a lease that is over gives nothing, to the millisecond`() throws {
        var access = good
        access.now = UTCTime(milliseconds: Sample.after(60).milliseconds - 1)
        #expect(access.ask(policy).permit != nil)
        access.now = Sample.after(60)
        #expect(access.ask(policy) == .denied([.writ]))
    }

    @Test func `only allowed uses count, each principal for itself, and the count survives a restart`() throws {
        let limited = try AccessPolicy([
            AccessRule(.credential, bundles: ["com.a"], limit: RateLimit(uses: 2, seconds: 10)),
            AccessRule(.credential, bundles: ["com.a"], limit: RateLimit(uses: 3, seconds: 100)),
        ])
        var desk = AccessDesk()
        var access = good
        access.isFrozen = true
        for _ in 0..<9 { #expect(access.ask(&desk, limited).permit == nil) }
        access.isFrozen = false
        for _ in 0..<2 { #expect(access.ask(&desk, limited).permit != nil) }
        #expect(access.ask(&desk, limited) == .denied([.rate]))
        // Another principal.
        var other = access
        other.caller = try AuthenticatedCaller(principal: "ak_2", bundle: "com.a")
        #expect(other.ask(&desk, limited).permit != nil)
        // After a restart.
        desk = AccessDesk(uses: try RateBook(desk.uses.bytes))
        #expect(access.ask(&desk, limited) == .denied([.rate]))
        access.now = Sample.after(10)
        #expect(access.ask(&desk, limited).permit != nil)
        // The longer window.
        access.now = Sample.after(30)
        #expect(access.ask(&desk, limited) == .denied([.rate]))
        // The clock goes back: what lies in the future counts.
        access.now = Sample.start
        #expect(access.ask(&desk, limited) == .denied([.rate]))
    }

    @Test func `uses that the chain tells of count like those that were seen`() throws {
        let limited = try AccessPolicy([
            AccessRule(.credential, bundles: ["com.a"], limit: RateLimit(uses: 1, seconds: 10))
        ])
        var desk = AccessDesk()
        desk.recall(.credential, "ak_1", at: Sample.start)
        #expect(good.ask(&desk, limited) == .denied([.rate]))
        #expect(desk.uses.window(.credential, "ak_1").count(within: 10, at: Sample.start.milliseconds) == 1)
    }

    @Test func `names of callers are bounded`() {
        for name in ["", String(repeating: "a", count: 257), "a\u{0}", "a\n"] {
            #expect(code { _ = try AuthenticatedCaller(principal: name, bundle: "b") } == "vault.policy_malformed")
            #expect(code { _ = try AuthenticatedCaller(principal: "b", bundle: name) } == "vault.policy_malformed")
        }
    }
}

import ChanceryVault
import ChanceryWire
import Testing

/// A permit is looked at again every 64 MiB or 250 ms, and what ended never begins again.
struct PermitWatchTests {
    private let access: SampleAccess
    private let permit: Permit

    init() throws {
        access = try SampleAccess()
        permit = try #require(access.ask(AccessPolicy([AccessRule(.credential, bundles: ["com.a"])])).permit)
    }

    @Test func `64 MiB pass, and not one byte more`() {
        var watch = PermitWatch(permit, at: 0)
        #expect(watch.read(PermitWatch.checkBytes - 1, at: 0) == .proceed && watch.bytesBeforeCheck == 1)
        #expect(watch.read(2, at: 0) == .check)
        #expect(watch.read(1, at: 0) == .proceed && watch.bytesBeforeCheck == 0)
        #expect(watch.read(1, at: 0) == .check && watch.read(1, at: 0) == .check)
        #expect(watch.check(access.standing, at: 1, now: Sample.start) == .proceed)
        #expect(watch.read(PermitWatch.checkBytes, at: 1) == .proceed)
        #expect(watch.read(.max, at: 1) == .check)
    }

    @Test func `250 ms pass, and a clock that goes back asks`() {
        var watch = PermitWatch(permit, at: 1000)
        #expect(watch.read(1, at: 1249) == .proceed && watch.read(1, at: 1250) == .check && watch.read(1, at: 999) == .check)
        #expect(watch.check(access.standing, at: 1250, now: Sample.start) == .proceed)
        #expect(watch.read(1, at: 1499) == .proceed)
        for now in [Int64.min, .max] { #expect(watch.read(1, at: now) == .check) }
    }

    @Test func `a span begins when it was asked, and not when the answer came`() {
        var watch = PermitWatch(permit, at: 0)
        #expect(watch.read(1, at: 300) == .check)
        #expect(watch.check(access.standing, at: 300, now: Sample.start) == .proceed)
        // The answer came at 900: what it was asked for goes out, and nothing after it.
        #expect(watch.read(1, at: 300) == .proceed && watch.read(1, at: 900) == .check)
    }

    @Test func `a change ends it for ever`() throws {
        var changes: [(PermitWatch.Ending, (inout SampleAccess) -> Void)] = []
        changes.append((.locked, { $0.isUnlocked = false }))
        changes.append((.frozen, { $0.isFrozen = true }))
        changes.append((.changed, { $0.writ = nil }))
        changes.append((.changed, { $0.writ = .init(id: Sample.bytes(9), generation: 5, leaseEnd: Sample.after(60)) }))
        changes.append((.changed, { $0.writ = .init(id: Sample.bytes(8), generation: 4, leaseEnd: Sample.after(60)) }))
        changes.append((.lease, { $0.now = Sample.after(60) }))
        for (ending, change) in changes {
            var watch = PermitWatch(permit, at: 0)
            var later = access
            change(&later)
            #expect(watch.check(later.standing, at: 10, now: later.now) == .stop(ending))
            #expect(watch.read(1, at: 10) == .stop(ending) && watch.bytesBeforeCheck == 0)
            #expect(watch.check(access.standing, at: 11, now: Sample.start) == .stop(ending), "\(ending) began again")
        }
    }

    @Test func `a renewed lease goes on`() {
        var watch = PermitWatch(permit, at: 0)
        var later = access
        later.writ = .init(id: Sample.bytes(9), generation: 4, leaseEnd: Sample.after(600))
        #expect(watch.check(later.standing, at: 10, now: Sample.after(120)) == .proceed)
    }
}

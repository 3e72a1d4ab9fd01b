internal import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// What a federation has decided, and that nothing newer was decided before ``since``: the strength that lets things happen
/// (rules G1 and G6). Only verification makes one.
///
/// It says "no freeze known to the beat quorum" beside those it names, and nothing about decisions after ``since``.
public struct InForce: Sendable {
    /// How far clocks may differ, in seconds.
    public static let skewSeconds: Int64 = 60

    public let head: Head<GovernanceState>
    /// The earliest time of the members that more than two thirds of the weight take: leases count from here.
    public let since: UTCTime
    /// The proposals of the freezes that any of the beats names and nobody lifted.
    public let freezes: Set<[UInt8]>

    public var state: GovernanceState { head.state }

    /// Counts `beats` about `head`: each member once, by its latest.
    ///
    /// - Parameters:
    ///   - now: the verifier's clock.
    ///   - age: how old a beat may be, in seconds (Δ).
    /// - Throws: `governance.not_fresh` when members with more than two thirds of the weight do not say so within `age`; what
    ///   ``Beat/verify(_:of:)`` throws for the first that does not hold.
    public init(
        _ head: Head<GovernanceState>, beats: [UnverifiedRecord], at now: UTCTime, within age: Int64
    ) throws {
        guard beats.count <= 2 * ConsensusMembers.maximumMembers else {
            throw GovernanceError(.beatInvalid, "there are more beats than members")
        }
        let earliest = now.advanced(bySeconds: -age)
        let latest = now.advanced(bySeconds: Self.skewSeconds)
        var times: [(member: DIDBytes, weight: Int64, time: UTCTime)] = []
        var named: Set<[UInt8]> = []
        for record in beats {
            let beat = try Beat.verify(record, of: head)
            named.formUnion(beat.freezes)
            guard beat.time >= earliest, beat.time <= latest else { continue }
            let weight = head.members.weight(of: beat.member)
            if let known = times.firstIndex(where: { $0.member == beat.member.bytes }) {
                times[known].time = max(times[known].time, beat.time)
            } else {
                times.append((beat.member.bytes, weight, beat.time))
            }
        }
        times.sort { $0.time > $1.time }
        var weight: Int64 = 0
        var since: UTCTime?
        for entry in times where !head.members.isQuorum(weight) {
            weight += entry.weight
            since = entry.time
        }
        guard let since, head.members.isQuorum(weight) else {
            throw GovernanceError(
                .notFresh,
                "members with \(weight) of \(head.members.total) say within \(age) seconds that slot \(head.slot) is the latest"
            )
        }
        self.head = head
        self.since = since
        freezes = named.filter { !head.state.isLifted($0) }
    }

    private typealias DIDBytes = [UInt8]

    /// Refuses where work in `room` and `scope` stands still.
    ///
    /// - Parameter seen: freezes whose certificates the caller verified.
    /// - Throws: `governance.frozen`, also for a freeze of which nothing is known but that members name it.
    public func requireRunning(_ room: Room, in scope: Scope, seen: some Collection<Freeze>) throws(GovernanceError) {
        guard !state.isFrozen(scope, in: room, seen: seen) else {
            throw GovernanceError(.frozen, "a freeze is in force there")
        }
        try requireKnown(seen)
    }

    /// Refuses when members name a freeze that is neither ordered nor among `seen`: what it stops is not known.
    ///
    /// - Throws: `governance.frozen`.
    public func requireKnown(_ seen: some Collection<Freeze>) throws(GovernanceError) {
        let known = Set(state.freezes.map(\.proposal)).union(seen.map(\.proposal))
        guard freezes.isSubset(of: known) else {
            throw GovernanceError(.frozen, "members name a freeze whose certificate is not at hand")
        }
    }
}

extension GovernanceError.Reason {
    /// Too few members said lately that nothing newer was decided.
    public static let notFresh = Self(rawValue: "governance.not_fresh")
}

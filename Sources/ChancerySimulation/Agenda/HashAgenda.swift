internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// The smallest agenda: there is always a number to decide, and one slot may bring in other members. Cheap, so that tens of
/// thousands of schedules of consensus alone can run.
struct HashAgenda: Agenda {
    struct Desk: Sendable {}
    struct Paper: Sendable {}
    struct Audit: AgendaAudit {
        func judge(_: Decision, from _: Head<SimulatedLog>, to _: Head<SimulatedLog>) -> Violation? { nil }
    }

    static var names: [DID] { Company.nameless }
    static var variants: Int? { nil }
    static var hasPeople: Bool { false }

    static func secrets(of members: [DID], _ random: inout SimulatedRandom) -> [DID: UInt64] {
        Dictionary(uniqueKeysWithValues: members.map { ($0, random.next()) })
    }

    let head: Head<SimulatedLog>
    let committees: [ConsensusMembers]
    var audit: Audit { Audit() }

    init(_ company: Company, _ options: SimulationOptions, _ random: inout SimulatedRandom) {
        let (dids, byzantine) = (company.dids, company.byzantine)
        let genesis = Self.members(0, dids, company.weights)
        var changes: [Int64: ConsensusMembers] = [:]
        if options.slots > 1, random.chance(60) {
            for _ in 0..<8 {
                let next = dids.indices.map { _ in random.chance(25) ? 0 : random.chance(60) ? 1 : random.within(1...4) }
                let total = next.reduce(0, +)
                guard next.count(where: { $0 > 0 }) >= 4, byzantine.reduce(0, { $0 + next[$1] }) * 3 < total else { continue }
                changes[random.within(1...options.slots - 1)] = Self.members(1, dids, next)
                break
            }
        }
        head = Head(
            slot: 0, id: genesis.federation, time: UTCTime(milliseconds: Company.start - 1000), root: genesis.federation,
            state: SimulatedLog(root: genesis.federation, changes: changes), members: genesis)
        committees = [genesis] + changes.values
    }

    private static func members(_ epoch: Int64, _ dids: [DID], _ weights: [Int64]) -> ConsensusMembers {
        let listed = zip(dids, weights).filter { $0.1 > 0 }.map { ConsensusMembers.Member($0.0, weight: $0.1, key: nil) }
        let text = Array("epoch \(epoch) of \(weights)".utf8)
        // The scenario draws its weights itself: a failure here is a defect of the simulator, never of what it simulates.
        guard let federation = Digest256(Digest.sha256(Array("federation".utf8))),
            let committee = Digest256(Digest.sha256(text)),
            let members = try? ConsensusMembers(federation: federation, epoch: epoch, committee: committee, listed)
        else { fatalError("a scenario has members of positive weight") }
        return members
    }

    func desk(of _: Int, _: SimulatedMember) -> Desk { Desk() }

    func hasItems(_: inout Desk, _: Head<SimulatedLog>, at _: UTCTime) -> Bool { true }

    func items(
        _: inout Desk, _ head: Head<SimulatedLog>, at _: UTCTime, _ random: inout SimulatedRandom
    ) -> [JSONValue] {
        let item = SimulatedLog.item(random.next())
        return head.state.changes[head.slot + 1] != nil && random.chance(85) ? [item, SimulatedLog.rosterItem] : [item]
    }

    func falseItems(_: Desk, _: Head<SimulatedLog>, _: inout SimulatedRandom) -> [JSONValue] { ["nonsense"] }

    func act(
        _: inout Desk, _: Head<SimulatedLog>, isCalm _: Bool, _: inout SimulatedRandom
    ) -> [Posting<Paper>] { [] }

    func take(_: [Paper], _: inout Desk, _: Head<SimulatedLog>) -> [Paper] { [] }

    func take(_: ConsensusEquivocation, _: inout Desk, _: Head<SimulatedLog>) {}

    func resume(_: inout Desk, _: Head<SimulatedLog>, afterCrash _: Bool) {}

    func violation(_: Desk, _: Head<SimulatedLog>) -> Violation? { nil }
}

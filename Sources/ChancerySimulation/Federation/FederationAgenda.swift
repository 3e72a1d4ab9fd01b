internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// The shipped state of a federation: people propose and vote, nodes order what they passed, and members come, go, change
/// their keys and contradict themselves.
struct FederationAgenda: Agenda {
    typealias State = SimulatedFederation
    typealias Desk = MemberDesk

    static var names: [DID] { World.shared.people.map(\.did) }
    /// Few, so that what was signed for one seed is signed for others too.
    static var variants: Int? { 2 }
    static var hasPeople: Bool { true }

    static func secrets(of _: [DID], _: inout SimulatedRandom) -> [DID: UInt64] { World.shared.secrets }

    let head: Head<SimulatedFederation>
    let committees: [ConsensusMembers]
    let plan: RosterPlan
    let company: Company
    let slots: Int64

    var audit: FederationAudit { FederationAudit(byzantine: Set(company.byzantine.map { company.dids[$0] })) }

    init(_ company: Company, _ options: SimulationOptions, _ random: inout SimulatedRandom) {
        self.company = company
        slots = options.slots
        let time = UTCTime(milliseconds: Company.start - 1000)
        plan = RosterPlan(company, &random)
        let members = zip(World.shared.people, company.weights).filter { $0.1 > 0 }.map {
            $0.0.enrolments[0].member(weight: $0.1)
        }
        // The scenario draws its weights itself: a failure here is a defect of the simulator, never of what it simulates.
        guard
            let federation = try? FederationID(String(repeating: "fe", count: 32)),
            let committee = try? Committee(
                federation: federation, epoch: 0, members: members, thresholds: Thresholds(), toleratesNoFault: true),
            let id = Digest256(federation.bytes), let deciders = try? ConsensusMembers(committee)
        else { fatalError("a federation begins with a committee") }
        let state = GovernanceState(committee, at: time)
        guard let root = Digest256(state.stateRoot) else { fatalError("a state has a root") }
        head = Head(
            slot: 0, id: id, time: time, root: root,
            state: SimulatedFederation(governance: state, rules: options.governanceRules), members: deciders)
        committees = plan.rosters.compactMap { weights in
            let listed = zip(company.dids, weights).filter { $0.1 > 0 }
                .map { ConsensusMembers.Member($0.0, weight: $0.1, key: nil) }
            return try? ConsensusMembers(federation: id, epoch: 0, committee: id, listed)
        }
    }

    func desk(of node: Int, _ member: SimulatedMember) -> MemberDesk {
        MemberDesk(node, member.misbehaviour, head.state)
    }

    // MARK: blocks

    func hasItems(_ desk: inout MemberDesk, _ head: Head<SimulatedFederation>, at time: UTCTime) -> Bool {
        if let known = desk.hasItems { return known }
        let found = !desk.items(head, at: time).isEmpty
        desk.hasItems = found
        return found
    }

    func items(
        _ desk: inout MemberDesk, _ head: Head<SimulatedFederation>, at time: UTCTime, _ random: inout SimulatedRandom
    ) -> [JSONValue] {
        var items = desk.items(head, at: time)
        if desk.misbehaviour?.contains(.withholds) ?? false, items.count > 1, random.chance(50) {
            items.remove(at: random.below(items.count))
        }
        let values = items.compactMap { try? $0.json }
        for value in values where value["type"]?.string == BallotCertificate.type && desk.certificates.count < 8 {
            desk.certificates.append(value)
        }
        return values
    }

    /// A certificate of long ago, one that lacks ballots, or nonsense.
    func falseItems(
        _ desk: MemberDesk, _ head: Head<SimulatedFederation>, _ random: inout SimulatedRandom
    ) -> [JSONValue] {
        guard !desk.certificates.isEmpty else { return ["nonsense"] }
        let old = desk.certificates[random.below(desk.certificates.count)]
        guard random.chance(50), var certificate = old.object, let ballots = certificate["ballots"]?.array else { return [old] }
        certificate["ballots"] = .array(Array(ballots.prefix(1)))
        return [.object(certificate)]
    }

    // MARK: papers

    func take(_ papers: [Paper], _ desk: inout MemberDesk, _ head: Head<SimulatedFederation>) -> [Paper] {
        papers.filter { desk.take($0, head.state.governance) }
    }

    func take(_ proof: ConsensusEquivocation, _ desk: inout MemberDesk, _ head: Head<SimulatedFederation>) {
        desk.take(proof, head.members)
    }

    func resume(_ desk: inout MemberDesk, _ head: Head<SimulatedFederation>, afterCrash: Bool) {
        if afterCrash { desk.restart(head) } else { desk.resume(head) }
    }

    /// Whoever saw a freeze answers nothing but that there is one, until it was lifted.
    func violation(_ desk: MemberDesk, _ head: Head<SimulatedFederation>) -> Violation? {
        let state = head.state.governance
        for (id, freeze) in desk.seen where !state.isLifted(id) {
            let answer = state.isAuthorized(
                .model(Menu.models[0]), in: freeze.scope, at: head.time, seen: desk.freezes.values)
            guard answer.denial == .frozen else {
                return Violation(kind: .freeze, detail: "a node saw a freeze of `\(freeze.scope)` and answers otherwise")
            }
        }
        return nil
    }
}

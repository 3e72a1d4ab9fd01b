internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// What people may ask for. Few subjects and scopes, so that grants, revocations and freezes meet.
enum Menu {
    static let models = [Digest.sha3_256([1]), Digest.sha3_256([2])]
    static let agents = Company.nameless.prefix(3).map { $0 }
    /// Where the audit asks; every scope below covers it.
    static let place = scope("prod/eu")

    private static func scope(_ text: String) -> Scope {
        // Texts of this file: a failure here is a defect of the simulator, never of what it simulates.
        guard let scope = try? Scope(text) else { fatalError("`\(text)` is a scope") }
        return scope
    }

    /// What person `number` asks for. Everybody has subjects and places of its own: the fewer proposals there are in the world,
    /// the fewer have to be signed.
    static func parameters(
        of number: Int, _ state: GovernanceState, _ plan: RosterPlan, _ random: inout SimulatedRandom
    ) -> ProposalParameters? {
        let model = models[number % models.count]
        let agent = agents[number % agents.count]
        let place = number % 4 < 2 ? place : scope("prod")
        switch random.below(16) {
        case 0...2: return .authorizeModel(manifest: model, scope: place, constraints: .none)
        case 3, 4: return .authorizeAgent(agent, role: "clerk", scope: place, constraints: .none)
        case 5, 6: return .revokeModel(manifest: model, scope: number % 4 < 2 ? .everything : scope("prod"))
        case 7: return .revokeAgent(agent, scope: .everything)
        case 8: return .updatePolicy(Digest.sha3_256([9, UInt8(random.below(4))]))
        case 9:
            let end = UTCTime(milliseconds: Company.start + 3_600_000)
            let terms = try? DelegationTerms(
                from: agents[0], to: agents[1 + number % 2], scope: place, constraints: .none, until: end, depth: 1)
            return terms.map { .delegation($0) }
        case 10:
            return .emergencyFreeze(
                scope: number % 3 == 0 ? .everything : scope("prod"), rooms: Set(Room.allCases), reason: "drill")
        case 11, 12:
            let freezes = state.freezes.map(\.proposal).sorted { $0.lexicographicallyPrecedes($1) }
            return freezes.isEmpty ? .revokeModel(manifest: model, scope: scope("prod")) : .unfreeze(freezes)
        default: return change(state, plan, &random)
        }
    }

    /// A change of members that the plan allows and that did not happen yet.
    private static func change(
        _ state: GovernanceState, _ plan: RosterPlan, _ random: inout SimulatedRandom
    ) -> ProposalParameters? {
        let people = World.shared.people
        switch random.below(3) {
        case 0:
            guard let (node, weight) = plan.addition, state.committee[people[node].did] == nil else { return nil }
            return .addNode(people[node].enrolments[0], weight: weight)
        case 1:
            guard let node = plan.removal, state.committee[people[node].did] != nil else { return nil }
            return .removeNode(people[node].did)
        default:
            guard let node = plan.rotation,
                state.committee[people[node].did]?.keys == people[node].keys[0].publicKeys
            else { return nil }
            return .rotateKey(people[node].enrolments[1])
        }
    }
}

import ChanceryGovernance
import ChanceryLedger
import ChanceryWire
import TestKit

/// A state that is led from block to block, one minute after another.
struct StateScenario {
    static let models = (1...4).map { SampleProposal.hash(UInt8($0)) }
    let federation: SampleFederation
    var state: GovernanceState
    private var number: UInt8 = 0

    init(members: Int = 5) throws {
        try self.init(SampleFederation(weights: [Int64](repeating: 1, count: members)))
    }

    init(_ federation: SampleFederation) {
        self.federation = federation
        state = GovernanceState(federation.genesis)
    }

    static func agent(_ number: UInt8) throws -> DID { try SampleProposal.agent(number) }

    /// The time of the next block.
    var now: UTCTime { state.time.advanced(bySeconds: 60) }

    /// A proposal made for the state as it is, unless `basis` says otherwise.
    mutating func terms(
        _ parameters: ProposalParameters, basis: Basis? = nil, in committee: Committee? = nil, notBefore: UTCTime? = nil,
        life: Int64 = 3600
    ) throws -> ProposalTerms {
        number += 1
        return try ProposalTerms(
            parameters, basis: basis ?? state.basis(for: parameters), in: committee ?? state.committee, title: "sample",
            proposer: federation.dids[0], created: state.time, notBefore: notBefore,
            expires: state.time.advanced(bySeconds: life), salt: SampleKeys.salt(number))
    }

    /// Begins the next block, `seconds` after the latest.
    mutating func next(after seconds: Int64 = 60) throws {
        try state.begin(
            slot: state.slot + 1, at: state.time.advanced(bySeconds: seconds),
            after: SampleProposal.hash(UInt8(truncatingIfNeeded: state.slot)))
    }

    /// Carries out `parameters` in a block of their own and gives the id of the proposal.
    @discardableResult
    mutating func decide(_ parameters: ProposalParameters) throws -> [UInt8] {
        let terms = try terms(parameters)
        try decide(terms)
        return terms.id
    }

    mutating func decide(_ terms: ProposalTerms) throws {
        try next()
        try state.apply(terms)
    }

    /// The code with which the next block refuses `terms`. Nothing of the refused proposal may stay.
    mutating func refusal(of terms: ProposalTerms) throws -> String? {
        try next()
        let before = state
        let refusal = code { try state.apply(terms) }
        if refusal != nil, state != before || state.stateRoot != before.stateRoot { return "a refused proposal left a trace" }
        return refusal
    }

    mutating func refusal(of parameters: ProposalParameters) throws -> String? { try refusal(of: terms(parameters)) }

    @discardableResult
    mutating func grant(
        _ agent: UInt8, _ scope: String = "*", role: String = "clerk", rate: Int64? = nil, notAfter: UTCTime? = nil
    ) throws -> [UInt8] {
        try decide(
            .authorizeAgent(
                Self.agent(agent), role: role, scope: Scope(scope),
                constraints: Constraints(maxRateQPS: rate, notAfter: notAfter)))
    }

    mutating func revoke(_ agent: UInt8, _ scope: String = "*") throws {
        try decide(.revokeAgent(Self.agent(agent), scope: Scope(scope)))
    }

    func delegation(
        _ from: UInt8, _ to: UInt8, _ scope: String = "*", depth: Int64 = 0, rate: Int64? = nil, life: Int64 = 86_400
    ) throws -> ProposalParameters {
        .delegation(
            try DelegationTerms(
                from: Self.agent(from), to: Self.agent(to), scope: Scope(scope), constraints: Constraints(maxRateQPS: rate),
                until: state.time.advanced(bySeconds: life), depth: depth))
    }

    func answer(
        _ agent: UInt8, _ scope: String = "*", at time: UTCTime? = nil, room: Room? = nil, seen: [Freeze] = []
    ) throws -> AuthorizationAnswer {
        state.isAuthorized(try .agent(Self.agent(agent)), in: try Scope(scope), at: time ?? state.time, room: room, seen: seen)
    }

    func denial(_ agent: UInt8, _ scope: String = "*", at time: UTCTime? = nil) throws -> Denial? {
        try answer(agent, scope, at: time).denial
    }
}

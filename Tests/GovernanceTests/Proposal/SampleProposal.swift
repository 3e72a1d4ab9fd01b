import ChanceryGovernance
import ChanceryLedger
import ChanceryWire
import TestKit

/// Proposals of every kind in one federation.
struct SampleProposal {
    let federation: SampleFederation
    var committee: Committee { federation.committee }

    init() throws { federation = try SampleFederation(weights: [1, 1, 1, 1]) }

    static func hash(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

    static func agent(_ number: UInt8) throws -> DID { try DID(DID.prefix + Hex.encode(hash(number))) }

    /// One of each kind, with its basis.
    func parameters(_ kind: ProposalKind) throws -> (ProposalParameters, Basis) {
        let scope = try Scope("prod/eu")
        let constraints = try Constraints(environment: "production", maxRateQPS: 50, notAfter: SampleKeys.time(9_000_000))
        return switch kind {
        case .authorizeModel:
            (.authorizeModel(manifest: Self.hash(1), scope: scope, constraints: constraints), .generation(3))
        case .revokeModel: (.revokeModel(manifest: Self.hash(1), scope: scope), .none)
        case .authorizeAgent:
            (.authorizeAgent(try Self.agent(2), role: "clerk", scope: scope, constraints: constraints), .generation(0))
        case .revokeAgent: (.revokeAgent(try Self.agent(2), scope: .everything), .none)
        case .updatePolicy: (.updatePolicy(Self.hash(3)), .policy(Self.hash(4)))
        case .addNode:
            (.addNode(try SampleKeys.enrolment(9, keys: SampleKeys.memberKeys(9)), weight: 1), .none)
        case .removeNode: (.removeNode(federation.dids[1]), .none)
        case .emergencyFreeze: (.emergencyFreeze(scope: scope, rooms: [.gate, .vault], reason: "drill"), .none)
        case .delegation:
            (
                .delegation(
                    try DelegationTerms(
                        from: Self.agent(2), to: Self.agent(5), scope: scope, constraints: constraints,
                        until: SampleKeys.time(8_000_000), depth: 1)), .delegation(delegator: 1, delegate: 0)
            )
        case .unfreeze: (.unfreeze([Self.hash(6), Self.hash(7)]), .none)
        case .rotateKey:
            (
                .rotateKey(try SampleKeys.enrolment(1, keys: SampleKeys.memberKeys(1, rotations: 1))),
                .keys(federation.keys[0].publicKeys.hash)
            )
        case .activateProgram:
            (
                .activateProgram(
                    try ProgramTerms(
                        program: Self.hash(8), version: "1.4.0", policy: Self.hash(3),
                        custodians: [Self.agent(12), Self.agent(10), Self.agent(11)], threshold: 2)), .generation(1)
            )
        }
    }

    func terms(_ kind: ProposalKind, life: Int64 = 3600) throws -> ProposalTerms {
        let (parameters, basis) = try parameters(kind)
        return try ProposalTerms(
            parameters, basis: basis, in: committee, title: "Sample of \(kind.rawValue)", description: "Only a test.",
            proposer: federation.dids[0], created: SampleKeys.time(100), notBefore: SampleKeys.time(160),
            expires: SampleKeys.time(100 + life), salt: SampleKeys.salt(5))
    }

    func proposal(_ kind: ProposalKind) throws -> Proposal {
        try .make(terms(kind), in: committee, key: federation.keys[0].ballot)
    }
}

/// Whether `body` throws an error with a code of ours.
func isRefused(_ body: () throws -> Void) -> Bool {
    code(of: body).map { code in ["wire.", "suite.", "ledger.", "governance."].contains { code.hasPrefix($0) } } ?? false
}

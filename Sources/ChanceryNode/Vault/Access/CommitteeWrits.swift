internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
public import ChanceryVault
public import ChanceryWire

/// Writs as a committee voted them: the version's manifest is authorised as a model, and the agent as an agent.
public struct CommitteeWrits: VaultAuthority {
    /// How long an answer may be relied on without asking again, in seconds (rule G6).
    private static let lease: Int64 = 300

    private let desk: FederationDesk
    private let scope: Scope

    public init(_ desk: FederationDesk) {
        self.desk = desk
        scope = .everything
    }

    public func word(on manifest: ManifestDigest, for agent: String, at time: UTCTime) async throws -> VaultWord {
        let view = try desk.view()
        let isFrozen = view.state.isFrozen(scope, in: .vault, seen: view.seenFreezes)
        func authority(_ subject: Subject) -> Authority? {
            view.state.isAuthorized(subject, in: scope, at: time, room: .vault, seen: view.seenFreezes).authority
        }
        guard let did = try? DID(agent), let model = authority(.model(manifest.bytes)), let runner = authority(.agent(did))
        else { return VaultWord(writ: nil, isFrozen: isFrozen) }
        let ends = [model, runner].compactMap(\.constraints.notAfter) + [time.advanced(bySeconds: Self.lease)]
        // Whatever is voted anew is another writ.
        let id = Digest.sha3_256(
            Array("chancery/vault-writ/v1".utf8) + [0] + model.proposal + runner.proposal + runner.chain.flatMap { $0 })
        return VaultWord(
            writ: .init(id: id, generation: 1, leaseEnd: ends.min() ?? time), isFrozen: isFrozen)
    }
}

internal import ChancerySuite
public import ChanceryWire

/// The federation's state as consensus orders it.
extension GovernanceState: ReplicatedState {
    /// The state after `items`: evidence first, then certificates; a change of members closes the block (rule G2).
    public func applying(
        _ items: [JSONValue], in context: Block.Context
    ) throws(GovernanceError) -> Transition<GovernanceState> {
        try applying(items, in: context) { try BlockItem(verifying: $0, after: $1) }
    }

    /// As ``applying(_:in:)``, with items that `read` verifies after the state that the items before it came to: simulations
    /// remember what they verified.
    package func applying(
        _ items: [JSONValue], in context: Block.Context, reading read: (JSONValue, GovernanceState) throws -> BlockItem
    ) throws(GovernanceError) -> Transition<GovernanceState> {
        var next = self
        try next.begin(slot: context.slot, at: context.time, after: context.parent.bytes)
        var hasCertificates = false
        for (index, value) in items.enumerated() {
            do {
                let item = try read(value, next)
                if let culprit = item.culprit {
                    guard !hasCertificates else {
                        throw GovernanceError(.blockInvalid, "evidence stands before what it excludes")
                    }
                    try next.exclude(culprit, evidence: Digest.sha3_256(CanonicalForm.jcs.encode(value)))
                } else if case .certificate(let certificate) = item {
                    hasCertificates = true
                    try next.apply(certificate.proposal)
                }
            } catch {
                throw GovernanceError(.blockInvalid, "\(error)", index: index)
            }
        }
        guard let root = Digest256(next.stateRoot) else {
            throw GovernanceError(.blockInvalid, "the state has no root")
        }
        return Transition(
            state: next, root: root, members: next.committee == committee ? nil : try ConsensusMembers(next.committee))
    }
}

extension Head<GovernanceState> {
    /// Where the decision log of a federation begins.
    public init(_ genesis: Genesis) throws(GovernanceError) {
        let state = GovernanceState(genesis)
        guard let federation = Digest256(genesis.federation.bytes), let root = Digest256(state.stateRoot) else {
            throw GovernanceError(.genesisInvalid, "a federation is named by 32 bytes")
        }
        self.init(
            slot: 0, id: federation, time: genesis.time, root: root, state: state,
            members: try ConsensusMembers(genesis.committee))
    }

    /// The head after a decision, recomputed: its certificate, its block and every ballot in it.
    ///
    /// - Throws: what the certificate throws, and `governance.block_invalid`.
    public func following(_ decision: Decision) throws(GovernanceError) -> Head {
        try decision.verify(against: members)
        return try following(decision.block)
    }
}

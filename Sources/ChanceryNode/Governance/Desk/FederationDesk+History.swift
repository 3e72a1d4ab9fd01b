public import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// What happened in a federation, in the order in which this home learned of it.
extension FederationDesk {
    /// One thing that happened, under the names of pqc-ai-governance.
    public struct Operation: Sendable {
        public let operation: ReferenceAuditOperation
        /// When a signed record or block says that it was.
        public let time: UTCTime?
        /// The position of its record: its leaf in the log.
        public let position: UInt64
        public let proposal: [UInt8]?
        public let kind: ProposalKind?
        public let subject: String?
        public let actor: String
        public let choice: Choice?
    }

    /// Every operation on record.
    public func operations() throws -> [Operation] {
        let view = try view()
        let known = Dictionary(view.proposals.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var operations: [Operation] = []
        try store.records(Proposal.type) { record in
            guard let proposal = known[record.id] else { return }
            operations.append(Self.operation(.proposalCreated, record, proposal.terms))
        }
        try store.records(Ballot.type) { record in
            let body = try UnverifiedRecord(decoding: record.bytes).body
            let id = try Hex.decode(body["proposal"]?.string ?? "", count: 32)
            operations.append(
                Operation(
                    operation: .voteCast, time: nil, position: record.position, proposal: id, kind: known[id]?.kind,
                    subject: nil, actor: record.agent, choice: Choice(rawValue: body["choice"]?.string ?? "")))
        }
        try store.records(Decision.type) { record in
            for terms in try Decision(decoding: record.bytes).certifiedProposals {
                operations.append(Self.operation(.consensusReached, record, terms))
                if let effect = Self.effect(of: terms.kind) { operations.append(Self.operation(effect, record, terms)) }
            }
        }
        operations += try contradictions().map { member, position in
            Operation(
                operation: .byzantineDetected, time: nil, position: position, proposal: nil, kind: nil, subject: nil,
                actor: member, choice: nil)
        }
        return operations.sorted { $0.position < $1.position }
    }

    /// A member that contradicted itself.
    public struct Equivocation: Sendable {
        public let member: String
        /// Empty for one that is no member any more.
        public let name: String
        /// Whether its contradiction is ordered, so that its weight is gone everywhere.
        public let isExcluded: Bool
        /// The position of the proof.
        public let position: UInt64
    }

    /// Every proof of a contradiction on record.
    public func equivocations() throws -> [Equivocation] {
        let state = try view().state
        return try contradictions().sorted { $0.position < $1.position }.map { member, position in
            let did = try? DID(member)
            return Equivocation(
                member: member, name: did.flatMap { state.committee[$0]?.name } ?? "",
                isExcluded: did.map { state.isExcluded($0) } ?? false, position: position)
        }
    }

    private func contradictions() throws -> [(member: String, position: UInt64)] {
        var found: [(String, UInt64)] = []
        for kind in [BallotEquivocation.type, ConsensusEquivocation.type] {
            try store.records(kind) { found.append((Self.culprit($0), $0.position)) }
        }
        return found
    }

    private static func operation(
        _ operation: ReferenceAuditOperation, _ record: StoredRecord, _ terms: ProposalTerms
    ) -> Operation {
        Operation(
            operation: operation, time: UTCTime(milliseconds: record.time), position: record.position, proposal: terms.id,
            kind: terms.kind, subject: terms.parameters.subject?.text, actor: record.agent, choice: nil)
    }

    private static func effect(of kind: ProposalKind) -> ReferenceAuditOperation? {
        switch kind {
        case .addNode: .nodeAdded
        case .removeNode: .nodeRemoved
        case .authorizeModel, .authorizeAgent, .delegation, .activateProgram: .authorizationGranted
        case .revokeModel, .revokeAgent: .authorizationRevoked
        default: nil
        }
    }

    static func culprit(_ record: StoredRecord) -> String {
        let value = try? JSONParser.parse(record.bytes)
        return value?["ballots"]?.array?.first?["body"]?["voter"]?.string ?? value?["first"]?["body"]?["voter"]?.string ?? ""
    }
}

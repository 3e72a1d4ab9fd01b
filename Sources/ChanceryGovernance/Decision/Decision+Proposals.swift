internal import ChanceryWire

extension Decision {
    /// Whether this decision orders the proposal with this id.
    public func orders(_ proposal: [UInt8]) -> Bool { certifiedProposals.contains { $0.id == proposal } }

    /// The terms of the proposals that it orders, in their order.
    public var certifiedProposals: [ProposalTerms] {
        block.items.compactMap { item in
            item["proposal"]?["body"]?.object.flatMap { try? ProposalTerms($0) }
        }
    }
}

internal import ChanceryLedger

/// The parties of handshakes and sessions as the registered identity documents describe them.
struct PartyDirectory {
    private let registry: IdentityRegistry
    private var known: [[UInt8]: RecordParty] = [:]

    init(_ registry: IdentityRegistry) { self.registry = registry }

    /// The party under the document that `claim` names, which may be an old one: for what was signed in the past.
    ///
    /// - Throws: `node.unknown_agent`.
    mutating func party(_ claim: PartyStatement) throws -> RecordParty {
        if let party = known[claim.identityHash], party.did == claim.did { return party }
        guard let document = try registry.history(of: claim.did).first(where: { $0.hash == claim.identityHash }) else {
            throw unknown(claim.did)
        }
        let party = try RecordParty(document)
        known[claim.identityHash] = party
        return party
    }

    /// The party under its latest document: for what is signed now.
    ///
    /// - Throws: `node.unknown_agent`.
    func current(_ did: DID) throws -> (party: RecordParty, document: IdentityDocument) {
        guard let document = try registry.history(of: did).last else { throw unknown(did) }
        return (try RecordParty(document), document)
    }

    private func unknown(_ did: DID) -> NodeError {
        NodeError(
            .unknownAgent,
            "`\(did)` or this document of it is not registered; pass its document with --identity or import it first")
    }
}

internal import ChanceryLedger
internal import ChanceryWire

extension DocumentVerifier {
    /// The four messages of a handshake; only the last one is an agreement.
    static let handshakeTypes: Set<String> = [HandshakeProposal.type, Handshake.type, HandshakeRefusal.type]

    func handshake(_ bytes: [UInt8], _ verdict: inout DocumentVerdict) throws {
        func party(_ claim: PartyStatement) throws -> RecordParty {
            guard let party = try keys.parties([claim])[claim.did] else {
                throw NodeError(.unknownAgent, "`\(claim.did)` is not pinned; pass its document with --identity or import it")
            }
            return party
        }
        switch try HandshakeMessage(claimedBy: bytes) {
        case .proposal(let by):
            verdict.kind = "handshake proposal"
            let proposal = try HandshakeProposal(verifying: bytes, by: party(by))
            verdict.subject = proposal.terms.session.description
            verdict.checked.append("signature of \(by.did)")
            verdict.notes.append("an offer: nothing is agreed before both sides have signed")
            verdict.notes.append("it ends at \(proposal.terms.expires.text)")
        case .response(_, _, let by):
            verdict.kind = "handshake response"
            let response = try HandshakeResponse(verifying: bytes, by: party(by))
            verdict.subject = response.terms.session.description
            verdict.checked.append("signature of \(by.did), who accepts")
            verdict.notes.append("the initiator has not confirmed: nothing is agreed yet")
        case .refusal(_, let by):
            verdict.kind = "handshake refusal"
            let refusal = try HandshakeRefusal(verifying: bytes, by: party(by))
            verdict.subject = refusal.session.description
            verdict.checked.append("signature of \(by.did), who refuses: \(refusal.reason)")
            verdict.notes.append("nothing was agreed")
        case .handshake(let initiator, let responder):
            verdict.kind = "handshake"
            let handshake = try Handshake(
                verifying: bytes, initiator: party(initiator), responder: party(responder))
            verdict.subject = handshake.terms.session.description
            verdict.checked.append("one transcript, signed by \(initiator.did) and \(responder.did)")
            let names = handshake.capabilities.names.joined(separator: ", ")
            verdict.checked.append("agreed capabilities: \(names.isEmpty ? "none" : names)")
            verdict.notes.append("it ends at \(handshake.terms.expires.text)")
        }
    }
}

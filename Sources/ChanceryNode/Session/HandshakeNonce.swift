internal import ChanceryLedger
internal import ChanceryWire

/// How the store remembers which proposals were answered: the nonce column of every answer, yes or no, names the
/// proposal's author and nonce, so that a copy of the proposal is known again after a restart.
enum HandshakeNonce {
    static func word(_ initiator: String, _ nonce: String) -> String { "\(initiator) \(nonce)" }

    static func word(of proposal: HandshakeProposal) -> String {
        word(proposal.initiator.did.text, Base64.url.encode(proposal.nonce))
    }

    /// The nonce that a record of `type` answers; nil for records that answer none.
    static func answered(by type: String, _ body: JSONObject) -> String? {
        switch type {
        case Handshake.type:
            guard let initiator = body["initiator"], let did = initiator["agent"]?["did"]?.string,
                let nonce = initiator["nonce"]?.string
            else { return nil }
            return word(did, nonce)
        case HandshakeRefusal.type:
            guard let did = body["initiator"]?.string, let nonce = body["nonce"]?.string else { return nil }
            return word(did, nonce)
        default: return nil
        }
    }
}

internal import ChanceryLedger
internal import ChanceryWire

/// Where a chain starts whose agent had other keys before: at the rotation event that ended the chain of the same
/// profile under those keys. Without such a chain it starts at its genesis.
enum ChainAnchor {
    /// The head of the chain before, as `state` tells of it; nil when the chain starts at its genesis.
    static func head(
        before agentID: String, profile: String, of document: IdentityDocument,
        in history: @autoclosure () throws -> [IdentityDocument], state: (String) throws -> ChainState?
    ) throws -> String? {
        guard document.number > 0,
            let previous = predecessor(of: agentID, document, in: try history()),
            let state = try state(previous.agentID), state.hasEnded, state.profile == profile
        else { return nil }
        return state.head
    }

    /// The document before `document`, and the id that the agent `agentID` had under it.
    static func predecessor(
        of agentID: String, _ document: IdentityDocument, in history: [IdentityDocument]
    ) -> (document: IdentityDocument, agentID: String)? {
        guard let before = history.first(where: { $0.number == document.number - 1 }) else { return nil }
        return (before, document.agentID.text == agentID ? before.agentID.text : before.classicalAgentID.text)
    }
}

/// The rotation event at which an exported chain starts, so that a stranger sees that nothing was cut off its front.
///
/// An AISS event travels as its text, a batch event as a sealed event document.
struct RotationProof {
    let value: JSONValue

    init(_ value: JSONValue) { self.value = value }

    init(aiss event: [UInt8]) { value = .string(String(decoding: event, as: UTF8.self)) }

    init(sealed document: [UInt8]) throws {
        value = try JSONParser.parse(document, limits: .init(bytes: 2 << 20, depth: 68))
    }

    /// The start of `agentID`'s chain under `document`, proven by the keys of the document before.
    ///
    /// - Throws: `ledger.rotation_…` or what is wrong with the event.
    func start(
        of agentID: String, profile: String, _ document: IdentityDocument, in history: [IdentityDocument]
    ) throws -> ChainStart {
        guard let before = ChainAnchor.predecessor(of: agentID, document, in: history)?.document else {
            throw LedgerError(.rotationMismatch, "the first keys of an identity follow no rotation")
        }
        if profile == BatchEvent.version {
            let sealed = try SealedEvent.verify(CanonicalForm.jcs.encode(value), by: before)
            let rotation = try HybridRotation(
                verifying: sealed.event.payload["attestation"] ?? .null, of: before.aissIdentity())
            guard sealed.event.eventType == RotationEvent.eventType, rotation.newAgentID == document.agentID else {
                throw LedgerError(.rotationMismatch, "the rotation names agent `\(rotation.newAgentID)`")
            }
            return .rotation(hash: sealed.event.hash)
        }
        guard let text = value.string else { throw LedgerError(.rotationMalformed, "a rotation event is a text") }
        let event = try Event(decoding: Array(text.utf8))
        let isClassical = document.classicalAgentID.text == agentID
        let view = try isClassical ? before.classicalIdentity() : before.aissIdentity()
        try view.keys.verify(event)
        let rotation = try RotationEvent(event, of: view)
        try rotation.verifySuccessor(isClassical ? document.classicalIdentity() : document.aissIdentity())
        return .rotation(hash: rotation.hash)
    }
}

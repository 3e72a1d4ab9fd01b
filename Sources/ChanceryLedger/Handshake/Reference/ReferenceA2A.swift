package import ChancerySuite
package import ChanceryWire

/// Reads the reference's A2A proposals, responses and confirmations, whose keys and signatures are Base58.
///
/// Two answers: ``verdict(_:)`` is the reference's own; the `strict` checks also demand what it forgets. Neither makes a
/// ``Handshake``: these messages prove that a key answered, and nothing about what was agreed.
package enum ReferenceA2A {
    /// How much later than the proposal a response may be, in seconds.
    package static let window: Int64 = 300

    /// The reference's answer to what `check` found; other errors than the ledger's pass through.
    package static func verdict(_ check: () throws -> Void) throws -> ReferenceA2AVerdict {
        do {
            try check()
            return .accepted
        } catch is LedgerError {
            return ReferenceA2AVerdict(error: "A2AHandshakeError")
        }
    }

    /// The bytes that are hashed and signed.
    package static func signedBytes(_ message: JSONObject) throws(LedgerError) -> [UInt8] {
        do {
            return try CanonicalForm.aiss1.encode(message.removing(["signature"]))
        } catch {
            throw LedgerError(.handshakeMalformed, error)
        }
    }

    /// Hexadecimal SHA-256 of the signed bytes: how messages name each other.
    package static func hash(_ message: JSONObject) throws(LedgerError) -> String {
        Hex.encode(Digest.sha256(try signedBytes(message)))
    }

    /// Base58(SHA-256(key)), 32 characters.
    package static func agentID(_ key: PublicSignatureKey) -> String {
        String(Base58.encode(Digest.sha256(key.bytes)).prefix(32))
    }

    // MARK: as the reference checks

    /// The proposal's key fits its agent id and signed it.
    package static func check(proposal: JSONObject) throws(LedgerError) { _ = try author(proposal) }

    /// The response answers `proposal` (nonce and hash) and its key fits its id and signed it.
    package static func check(response: JSONObject, to proposal: JSONObject) throws(LedgerError) {
        guard let nonce = proposal["session_nonce"], response["session_nonce"] == nonce else {
            throw LedgerError(.handshakeChanged, "the response echoes another nonce")
        }
        guard response["proposal_hash"] == .string(try hash(proposal)) else {
            throw LedgerError(.handshakeChanged, "the response answers another proposal")
        }
        _ = try author(response)
    }

    // MARK: as it should be

    /// Also the right kind of message, with members of the right types.
    package static func checkStrictly(proposal: JSONObject) throws(LedgerError) {
        _ = try author(proposal)
        _ = try Message(proposal, "a2a_identity_proposal")
    }

    /// Also accepted, addressed to the proposer, by another agent, and no earlier than the proposal nor more than
    /// ``window`` seconds later.
    package static func checkStrictly(response: JSONObject, to proposal: JSONObject) throws(LedgerError) {
        try checkStrictly(proposal: proposal)
        try check(response: response, to: proposal)
        let asked = try Message(proposal, "a2a_identity_proposal")
        let answer = try Message(response, "a2a_identity_response")
        guard response["accepted"] == true else { throw LedgerError(.handshakeNotAccepted, "the peer refused") }
        guard answer.agentID != asked.agentID else {
            throw LedgerError(.handshakeWithSelf, "the agent answers itself")
        }
        guard response["peer_agent_id"] == .string(asked.agentID) else {
            throw LedgerError(.handshakeWrongAudience, "the response is addressed to somebody else")
        }
        let (later, overflow) = answer.timestamp.subtractingReportingOverflow(asked.timestamp)
        guard !overflow, (0...window).contains(later) else {
            throw LedgerError(.handshakeNotFresh, "the response is not of the time of the proposal")
        }
    }

    /// The confirmation closes exactly this exchange and the proposer signed it. The reference has no such check.
    package static func check(
        confirmation: JSONObject, of response: JSONObject, to proposal: JSONObject
    ) throws(LedgerError) {
        try checkStrictly(response: response, to: proposal)
        guard confirmation["message_type"] == "a2a_session_confirmation", confirmation["version"] == "AISS-1.0",
            confirmation["agent_id"] == proposal["agent_id"], confirmation["peer_agent_id"] == response["agent_id"],
            confirmation["session_id"] == response["session_id"], confirmation["response_hash"] == .string(try hash(response))
        else {
            throw LedgerError(.handshakeChanged, "the confirmation belongs to another exchange")
        }
        try requireSignature(confirmation, by: author(proposal))
    }

    // MARK: parts

    /// The key in the message, once it is known to fit the agent id and to have signed.
    private static func author(_ message: JSONObject) throws(LedgerError) -> PublicSignatureKey {
        guard let text = message["public_key"]?.string, text.utf8.count <= 44, let bytes = try? Base58.decode(text),
            let key = try? PublicSignatureKey.cached(.ed25519, bytes)
        else {
            throw LedgerError(.handshakeMalformed, "the message has no usable public key")
        }
        guard message["agent_id"] == .string(agentID(key)) else {
            throw LedgerError(.handshakeUnknownParty, "the agent id does not belong to the public key")
        }
        try requireSignature(message, by: key)
        return key
    }

    private static func requireSignature(_ message: JSONObject, by key: PublicSignatureKey) throws(LedgerError) {
        guard let text = message["signature"]?.string, let signature = ReferenceEncoding.base58.decode(text),
            key.isValid(signature, for: try signedBytes(message))
        else {
            throw LedgerError(.handshakeSignature, "the message is not signed by its key")
        }
    }

    /// The members that strict reading needs.
    private struct Message {
        let agentID: String
        let timestamp: Int64

        init(_ message: JSONObject, _ type: String) throws(LedgerError) {
            guard message["version"] == "AISS-1.0", message["message_type"] == .string(type),
                let id = message["agent_id"]?.string, let time = message["timestamp"]?.integer,
                let capabilities = message["capabilities"]?.array, capabilities.allSatisfy({ $0.string != nil })
            else {
                throw LedgerError(.handshakeMalformed, "the message is not a well-formed `\(type)`")
            }
            agentID = id
            timestamp = time
        }
    }
}

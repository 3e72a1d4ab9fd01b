internal import ChanceryWire

/// The members that every event must have, with their limits.
struct EventFields {
    static let maximumNonce = 128

    let profile: EventProfile
    let agentID: AgentID
    let timestamp: Int64
    let nonce: String
    let previousHash: String?
    let payload: JSONObject

    init(
        profile: EventProfile, agentID: AgentID, timestamp: Int64, nonce: String, previousHash: String?, payload: JSONObject
    ) throws(LedgerError) {
        guard (0...CanonicalForm.largestSafeInteger).contains(timestamp) else {
            throw LedgerError(.eventMalformed, "`timestamp` must lie in 0…\(CanonicalForm.largestSafeInteger)")
        }
        guard (1...Self.maximumNonce).contains(nonce.utf8.count), nonce.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw LedgerError(.eventMalformed, "`nonce` must be 1…\(Self.maximumNonce) printable ASCII characters")
        }
        if let previousHash, previousHash.utf8.count > 128 {
            throw LedgerError(.eventMalformed, "`previous_hash` is longer than a hash")
        }
        self.profile = profile
        self.agentID = agentID
        self.timestamp = timestamp
        self.nonce = nonce
        self.previousHash = previousHash
        self.payload = payload
    }

    init(_ object: JSONObject) throws(LedgerError) {
        var version: String?
        var agent: String?
        var timestamp: Int64?
        var nonce: String?
        var previous: JSONValue?
        var payload: JSONObject?
        // One pass: names are distinct.
        for member in object.members {
            switch member.name {
            case "version": version = member.value.string
            case "agent_id": agent = member.value.string
            case "timestamp": timestamp = member.value.integer
            case "nonce": nonce = member.value.string
            case "previous_hash": previous = member.value
            case "payload": payload = member.value.object
            default: break
            }
        }
        guard let version else { throw Self.missing("version", "a string") }
        guard let profile = EventProfile(rawValue: version) else {
            throw LedgerError(.eventVersionUnknown, "`\(version.prefix(40))` is not a known version")
        }
        guard let agent else { throw Self.missing("agent_id", "a string") }
        guard let timestamp else { throw Self.missing("timestamp", "an integer") }
        guard let nonce else { throw Self.missing("nonce", "a string") }
        guard let payload else { throw Self.missing("payload", "an object") }
        guard let previous, previous.isNull || previous.string != nil else {
            throw Self.missing("previous_hash", "a string or null")
        }
        try self.init(
            profile: profile, agentID: AgentID(agent), timestamp: timestamp, nonce: nonce, previousHash: previous.string,
            payload: payload)
    }

    private static func missing(_ name: String, _ kind: String) -> LedgerError {
        LedgerError(.eventMalformed, "the event needs `\(name)`, \(kind)")
    }

    /// The event without signatures.
    var object: JSONObject {
        [
            "version": .string(profile.rawValue),
            "agent_id": .string(agentID.text),
            "timestamp": .integer(timestamp),
            "nonce": .string(nonce),
            "payload": .object(payload),
            "previous_hash": previousHash.map(JSONValue.string) ?? .null,
        ]
    }
}

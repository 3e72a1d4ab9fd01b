internal import ChanceryLedger
internal import ChanceryWire

/// What the AISS reference answers about a chain, which is less than a sound verifier asks.
///
/// A type of its own: it never becomes a verified value and opens nothing (rule L7).
public struct CompatVerdict: Sendable {
    /// The agent that the first event names.
    public let agentID: String
    public let events: Int
    /// Why the reference refuses; nil when it accepts.
    public let refusal: String?
    /// The event at fault, where the reference names one.
    public let index: Int?

    public var isAccepted: Bool { refusal == nil }

    /// The reference's verdict on the chain or audit export in `bytes`.
    ///
    /// - Throws: `wire.invalid_value` for other documents, `node.unknown_agent` for a chain without its identity.
    public init(on bytes: [UInt8], keys: PinnedKeys) throws {
        let value = try JSONParser.parse(bytes, limits: .document)
        guard let events = value.array ?? value["events"]?.array, let agent = events.first?["agent_id"]?.string else {
            throw WireError(.invalidValue, "the reference's verdicts exist for chains and audit exports")
        }
        let identity = try value["agent_identity"] ?? .object(keys.aissIdentity(agent).document)
        let answer = ReferenceVerifier.verifyChain(events, identity: identity)
        agentID = agent
        self.events = events.count
        refusal = answer.error
        index = answer.error == nil ? nil : answer.eventIndex
    }
}

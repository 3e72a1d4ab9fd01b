public import ChancerySuite
public import ChanceryWire

/// Makes signed events for one agent: pure, so time, nonce and the hash of the event before are handed in.
///
/// The events are byte-compatible with the reference (2.3). Cost: one Ed25519 signature, plus one ML-DSA-65
/// signature for AISS-2.1.
public struct EventStamper: Sendable {
    public let agentID: AgentID
    public let keys: AISSKeys
    private let classical: PrivateSignatureKey
    private let postQuantum: PrivateSignatureKey?

    /// A stamper for `agentID`, or for the native AISS-2.1 id of `key` when none is given.
    ///
    /// - Throws: `ledger.stamp_refused` when the id derives from other keys.
    public init(_ key: SigningKey<Purpose.AISS>, agentID: AgentID? = nil) throws(LedgerError) {
        guard key.suite == .hybrid else {
            throw LedgerError(.stampRefused, "an AISS key is of the suite Ed25519+ML-DSA-65")
        }
        try self.init(classical: key.parts[0], postQuantum: key.parts[1], agentID: agentID)
    }

    package init(
        classical: PrivateSignatureKey, postQuantum: PrivateSignatureKey?, agentID: AgentID? = nil
    ) throws(LedgerError) {
        guard classical.algorithm == .ed25519, (postQuantum?.algorithm ?? .mlDSA65) == .mlDSA65 else {
            throw LedgerError(.stampRefused, "AISS signs with Ed25519 and ML-DSA-65")
        }
        let native = postQuantum.map { AgentID(classical: classical.publicKey, postQuantum: $0.publicKey) }
        let chosen = agentID ?? native ?? AgentID(classical: classical.publicKey)
        guard chosen == native || chosen == AgentID(classical: classical.publicKey) else {
            throw LedgerError(.stampRefused, "agent id `\(chosen)` does not derive from the key")
        }
        do {
            keys = try AISSKeys(classical: classical.publicKey, postQuantum: postQuantum?.publicKey)
        } catch {
            throw LedgerError(.stampRefused, error.description)
        }
        self.agentID = chosen
        self.classical = classical
        self.postQuantum = postQuantum
    }

    /// Whether the id commits to both keys, so that only AISS-2.1 events are allowed.
    public var isNative: Bool { agentID != AgentID(classical: keys.classical) }

    /// The `previous_hash` of a first event.
    public func genesisHash(_ profile: EventProfile) -> String {
        profile.genesisHash(of: agentID, classicalKey: keys.classical)
    }

    /// Signs one event.
    ///
    /// - Parameters:
    ///   - timestamp: Unix seconds.
    ///   - nonce: unique for the agent; a version 4 UUID in lower case, as the reference makes them.
    ///   - previousHash: the hash of the event before, or ``genesisHash(_:)``.
    ///   - extra: further top-level members, which the signatures cover.
    /// - Throws: `ledger.stamp_refused` for AISS-2.0, for a profile that the key or id does not allow and for
    ///   members that AISS names; `ledger.event_malformed` for a value outside the limits of ``Event``.
    public func stamp(
        _ payload: JSONObject, profile: EventProfile, timestamp: Int64, nonce: String, previousHash: String?,
        extra: [JSONObject.Member] = []
    ) throws(LedgerError) -> StampedEvent {
        try seal(draft(payload, profile, timestamp, nonce, previousHash, extra))
    }

    /// Signs a run of events, each continuing the one before; the first continues `previousHash`.
    ///
    /// Hashes do not cover signatures, so the run is linked first and signed on all cores.
    ///
    /// - Parameter nonces: one per payload.
    /// - Throws: as ``stamp(_:profile:timestamp:nonce:previousHash:extra:)``.
    public func stamp(
        _ payloads: [JSONObject], profile: EventProfile, timestamp: Int64, nonces: [String], previousHash: String
    ) throws(LedgerError) -> [StampedEvent] {
        guard nonces.count == payloads.count else {
            throw LedgerError(.stampRefused, "\(payloads.count) events need as many nonces, found \(nonces.count)")
        }
        var drafts: [Draft] = []
        drafts.reserveCapacity(payloads.count)
        var head = previousHash
        for (payload, nonce) in zip(payloads, nonces) {
            let draft = try draft(payload, profile, timestamp, nonce, head, [])
            head = draft.hash
            drafts.append(draft)
        }
        return try Parallel.map(
            drafts, chunk: profile == .aiss1 ? 32 : 1,
            throwing: { (_, draft) throws(LedgerError) in
                try seal(draft)
            })
    }

    /// An event before its signatures.
    private struct Draft: Sendable {
        let object: JSONObject
        let fields: EventFields
        let body: [UInt8]
        let hash: String
    }

    private func draft(
        _ payload: JSONObject, _ profile: EventProfile, _ timestamp: Int64, _ nonce: String, _ previousHash: String?,
        _ extra: [JSONObject.Member]
    ) throws(LedgerError) -> Draft {
        let fields = try EventFields(
            profile: profile, agentID: agentID, timestamp: timestamp, nonce: nonce, previousHash: previousHash,
            payload: payload)
        var object = fields.object
        for member in extra {
            guard object[member.name] == nil, !Self.reserved.contains(member.name) else {
                throw LedgerError(.stampRefused, "`\(member.name.prefix(64))` cannot be an extra member")
            }
            object[member.name] = member.value
        }
        guard !JSONValue.object(object).nests(deeperThan: Event.maximumDepth) else {
            throw LedgerError(.eventMalformed, "the event nests more than \(Event.maximumDepth) levels deep")
        }
        guard profile == .aiss1 || !JSONValue.object(object).holdsUnreadableNumber else {
            throw LedgerError(.eventMalformed, JSONValue.unreadableNumberDetail)
        }
        let body = try Event.canonical(object, profile)
        return Draft(object: object, fields: fields, body: body, hash: Event.hash(body, profile))
    }

    private func seal(_ draft: Draft) throws(LedgerError) -> StampedEvent {
        let profile = draft.fields.profile
        let signatures = try sign(draft.body, profile)
        var object = draft.object
        switch signatures {
        case .classical(let signature): object["signature"] = .string(Base64.standard.encode(signature))
        case .hybrid(let classical, let postQuantum):
            object["signatures"] = [
                "classical": SignatureText.entry(.ed25519, classical),
                "post_quantum": SignatureText.entry(.mlDSA65, postQuantum),
            ]
            object["trusted_timestamp"] = ["status": "pending"]
        }
        let bytes = try Event.canonical(object, profile)
        guard bytes.count <= Event.maximumBytes else {
            throw LedgerError(.eventMalformed, "the event exceeds \(Event.maximumBytes) bytes")
        }
        return StampedEvent(
            event: Event(object, draft.fields, signatures, draft.body, draft.hash),
            bytes: bytes, keys: keys)
    }

    private static let reserved: Set<String> = ["signature", "signatures", "trusted_timestamp"]

    private func sign(_ body: [UInt8], _ profile: EventProfile) throws(LedgerError) -> EventSignatures {
        do {
            switch profile {
            case .aiss1:
                guard !isNative else {
                    throw LedgerError(.stampRefused, "the id of a native AISS-2.1 agent signs no AISS-1.0 events")
                }
                return .classical(try classical.sign(body))
            case .aiss20: throw LedgerError(.stampRefused, "AISS-2.0 is read, never written")
            case .aiss21:
                guard let postQuantum else { throw LedgerError(.stampRefused, "AISS-2.1 needs an ML-DSA-65 key") }
                let message = HybridDomain.event.message(body)
                return .hybrid(classical: try classical.sign(message), postQuantum: try postQuantum.sign(message))
            }
        } catch let error as LedgerError {
            throw error
        } catch {
            throw LedgerError(.stampRefused, "signing failed: \(error)")
        }
    }
}

/// An event that this process signed a moment ago, so its signatures need no verification.
public struct StampedEvent: Sendable {
    public let event: Event
    /// The whole event in the canonical form of its profile (AISS-1 form or RFC 8785).
    public let bytes: [UInt8]
    let keys: AISSKeys

    /// The event hash, which the next event names.
    public var hash: String { event.hash }

    init(event: Event, bytes: [UInt8], keys: AISSKeys) {
        self.event = event
        self.bytes = bytes
        self.keys = keys
    }
}

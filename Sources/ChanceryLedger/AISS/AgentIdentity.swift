internal import ChancerySuite
public import ChanceryWire

/// An AISS identity document whose agent id was derived again from the keys in it.
///
/// There are three forms (reference 2.4): classical (AISS-1.0), native (AISS-2.1, the id commits to both keys) and
/// upgraded (an AISS-1.0 id to which a binding adds an ML-DSA-65 key). A document that could be read as two forms
/// is refused, and so are members that no form knows.
public struct AgentIdentity: Sendable, Equatable {
    public enum Form: Sendable, Equatable {
        /// Ed25519 only: not post-quantum.
        case classical
        /// The id commits to both keys; only AISS-2.1 events.
        case native
        /// The ML-DSA-65 key is bound by a statement that is only as strong as Ed25519 (`classical_only`).
        case upgraded
    }

    public let form: Form
    public let agentID: AgentID
    public let keys: AISSKeys
    /// Unix seconds.
    public let createdAt: Int64
    public let metadata: JSONValue?
    /// The document as it came.
    public let document: JSONObject

    /// `classical_only` for an upgraded identity, otherwise nil.
    public var bindingAssurance: String? { form == .upgraded ? IdentityBinding.assurance : nil }

    /// The versions of events that may stand under this identity.
    public func allows(_ profile: EventProfile) -> Bool {
        switch form {
        case .classical: profile == .aiss1
        case .native: profile == .aiss21
        case .upgraded: true
        }
    }

    /// The `previous_hash` of a first event.
    public func genesisHash(_ profile: EventProfile) -> String {
        profile.genesisHash(of: agentID, classicalKey: keys.classical)
    }

    /// Reads the JSON text of a document.
    public init(decoding bytes: [UInt8]) throws(LedgerError) {
        do {
            try self.init(JSONParser.parse(bytes, limits: .init(bytes: 1 << 16, depth: 32)))
        } catch let error as WireError {
            throw LedgerError(.identityMalformed, error)
        } catch let error as LedgerError {
            throw error
        } catch {
            throw LedgerError(.identityMalformed, "\(error)")
        }
    }

    /// Reads a document and checks it completely.
    ///
    /// - Throws: `ledger.identity_malformed`, `ledger.identity_mismatch`, `ledger.identity_ambiguous` or
    ///   `ledger.identity_binding_invalid`.
    public init(_ value: JSONValue) throws(LedgerError) {
        guard let object = value.object else {
            throw LedgerError(.identityMalformed, "an identity must be an object, found \(value.kind)")
        }
        let native = object["public_key_classical"] != nil
        guard !native || (object["binding"] == nil && object["public_key"] == nil) else {
            throw LedgerError(.identityAmbiguous, "`public_key_classical` cannot stand beside `public_key` or `binding`")
        }
        do {
            if native {
                try self.init(native: object)
            } else {
                try self.init(classical: object)
            }
        } catch let error as WireError {
            throw LedgerError(.identityMalformed, error)
        } catch let error as SuiteError {
            throw LedgerError(.identityMalformed, error.description)
        } catch let error as LedgerError {
            throw error
        } catch {
            throw LedgerError(.identityMalformed, "\(error)")
        }
    }

    private init(native object: JSONObject) throws {
        var reader = RecordReader(object, "identity")
        try Self.expect(&reader, "version", EventProfile.aiss21.rawValue)
        let keys = try AISSKeys(
            classical: SignatureText.decodePrefixed(reader.string("public_key_classical"), count: 32),
            postQuantum: SignatureText.decodePrefixed(reader.string("public_key_pq"), count: 1952))
        guard try reader.array("algorithms", limit: 2) == ["Ed25519", "ML-DSA-65"] else {
            throw LedgerError(.identityMalformed, "`algorithms` must name Ed25519 and ML-DSA-65")
        }
        try self.init(
            .native, keys, &reader, object, derived: AgentID(classical: keys.classical, postQuantum: keys.postQuantum ?? []))
    }

    private init(classical object: JSONObject) throws {
        var reader = RecordReader(object, "identity")
        try Self.expect(&reader, "version", EventProfile.aiss1.rawValue)
        try Self.expect(&reader, "algorithm", SignatureAlgorithm.ed25519.rawValue)
        let publicKey = try SignatureText.decodeBase64(reader.string("public_key"), count: 32)
        let postQuantum = reader.optional("public_key_pq")
        let binding = reader.optional("binding")
        guard (postQuantum == nil) == (binding == nil) else {
            throw LedgerError(.identityBindingInvalid, "`public_key_pq` and `binding` come together or not at all")
        }
        guard let binding else {
            try self.init(
                .classical, AISSKeys(classical: publicKey), &reader, object, derived: AgentID(classical: publicKey))
            return
        }
        let keys = try AISSKeys(
            classical: publicKey,
            postQuantum: SignatureText.decodePrefixed(reader.string("public_key_pq"), count: 1952))
        try IdentityBinding.verify(binding, agentID: AgentID(classical: publicKey), keys)
        try self.init(.upgraded, keys, &reader, object, derived: AgentID(classical: publicKey))
    }

    private init(
        _ form: Form, _ keys: AISSKeys, _ reader: inout RecordReader, _ object: JSONObject, derived: AgentID
    ) throws {
        guard try reader.string("agent_id", limit: 64).utf8.elementsEqual(derived.text.utf8) else {
            throw LedgerError(.identityMismatch, "`agent_id` does not derive from the keys of the identity")
        }
        createdAt = try reader.integer("created_at")
        metadata = reader.optional("metadata")
        try reader.finish()
        self.form = form
        self.keys = keys
        agentID = derived
        document = object
    }

    private static func expect(_ reader: inout RecordReader, _ name: String, _ text: String) throws(WireError) {
        guard try reader.string(name, limit: 64).utf8.elementsEqual(text.utf8) else {
            throw WireError(.invalidValue, "identity member `\(name)` must be `\(text)`")
        }
    }

    /// The document in RFC 8785 form.
    public func encoded() throws(LedgerError) -> [UInt8] {
        do {
            return try CanonicalForm.jcs.encode(document)
        } catch {
            throw LedgerError(.identityMalformed, error)
        }
    }

    public static func == (left: AgentIdentity, right: AgentIdentity) -> Bool { left.document == right.document }
}

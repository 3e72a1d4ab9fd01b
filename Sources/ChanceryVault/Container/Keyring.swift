public import ChancerySuite
internal import ChanceryWire

/// Who can open an artifact's data key, under which policy. It changes without the bodies and without the manifest, so it
/// names the manifest and is numbered by its vault (rule V1).
///
/// A keyring is signed together with others, as a ``KeyringBatch``: see ``SignedKeyring``.
public struct Keyring: Sendable, Equatable {
    public static let type = "chancery/vault-keyring/v1"
    public static let maximumRecipients = 64

    public let context: WrapContext
    /// The vault's number of this keyring. It never decreases, so of two keyrings the later one is known.
    public let counter: Int64
    /// SHA3-256 of the access policy under which the keys are released; nil for the vault's default.
    public let policy: [UInt8]?
    /// In ascending order of the recipients, each once.
    public let wraps: [WrappedKey]
    /// The canonical form.
    public let bytes: [UInt8]
    /// The hash under which a batch holds it.
    public var leaf: Digest256 { TreeHash.leaf(bytes) }

    /// Sorts `wraps`.
    ///
    /// - Throws: `vault.invalid_record` for no recipient, too many or a repeated one, `vault.parameter_set_too_weak` and
    ///   `vault.recipient_unsuitable` for one that the tier does not take.
    public init(_ context: WrapContext, counter: Int64, policy: [UInt8]? = nil, wraps: [WrappedKey]) throws {
        guard (1...Self.maximumRecipients).contains(wraps.count), Set(wraps.map(\.recipient)).count == wraps.count else {
            throw VaultError(.invalidRecord, "a keyring has 1 to \(Self.maximumRecipients) recipients, each once")
        }
        guard (1...CanonicalForm.largestSafeInteger).contains(counter), policy == nil || policy?.count == 32 else {
            throw VaultError(.invalidRecord, "a keyring has a number from 1 and a policy of 32 bytes")
        }
        for wrap in wraps { _ = try WrapAlgorithm.of(context.tier, for: wrap.algorithm.encapsulation) }
        self.context = context
        self.counter = counter
        self.policy = policy
        self.wraps = wraps.sorted { $0.recipient.bytes.lexicographicallyPrecedes($1.recipient.bytes) }
        let json: JSONObject = [
            "counter": .integer(counter), "data_key": .string(context.dataKey.text),
            "manifest": .string(context.manifest.text), "policy": policy.map { .string(Hex.encode($0)) } ?? .null,
            "tier": .integer(Int64(context.tier.rawValue)), "type": .string(Self.type),
            "wraps": .array(self.wraps.map(\.json)),
        ]
        bytes = try CanonicalForm.jcs.encode(json)
    }

    /// Reads a keyring. Nobody's signature is checked here.
    init(_ json: JSONValue) throws {
        var reader = try RecordReader(json, "keyring")
        guard try reader.string("type", limit: 64) == Self.type else {
            throw WireError(.invalidValue, "a keyring has the type `\(Self.type)`")
        }
        let context = try WrapContext(
            manifest: ManifestDigest(reader.string("manifest", limit: 64)),
            dataKey: DataKeyID(reader.string("data_key", limit: 32)),
            tier: reader.tier("tier"))
        try self.init(
            context, counter: reader.integer("counter"),
            policy: reader.value("policy").isNull ? nil : reader.hex("policy", count: 32),
            wraps: reader.array("wraps", limit: Self.maximumRecipients).map(WrappedKey.init))
        try reader.finish()
        guard try CanonicalForm.jcs.encode(json) == bytes else {
            throw WireError(.notCanonical, "the recipients of a keyring do not ascend")
        }
    }

    /// The data key.
    ///
    /// - Throws: `vault.no_recipient` when none of the wraps is for this key, `vault.unwrap_failed` when it does not open.
    public func dataKey(with key: DecapsulationKey) throws(VaultError) -> SecretBytes {
        let recipient = RecipientID(key)
        guard let wrap = wraps.first(where: { $0.recipient == recipient }) else {
            throw VaultError(.noRecipient, "the data key was not wrapped for this key")
        }
        return try wrap.unwrap(in: context, with: key)
    }
}

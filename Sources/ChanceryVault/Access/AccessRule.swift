public import ChanceryWire

/// What somebody may do with an artifact.
public enum AccessRight: String, Sendable, CaseIterable, Comparable {
    /// Read under a permit that is checked again and again.
    case read
    /// Take a copy that cannot be called back.
    case export

    public static func < (left: AccessRight, right: AccessRight) -> Bool { left == .read && right == .export }
}

/// At most so many uses within any span of so many seconds.
public struct RateLimit: Sendable, Hashable {
    public static let mostUses: Int64 = 65_536
    public static let longestSeconds: Int64 = 86_400

    public let uses: Int64
    public let seconds: Int64

    /// - Throws: `vault.policy_malformed` outside 1…65,536 uses and 1…86,400 seconds.
    public init(uses: Int64, seconds: Int64) throws(VaultError) {
        guard (1...Self.mostUses).contains(uses), (1...Self.longestSeconds).contains(seconds) else {
            throw VaultError(
                .policyMalformed, "a limit is 1 to \(Self.mostUses) uses in 1 to \(Self.longestSeconds) seconds")
        }
        self.uses = uses
        self.seconds = seconds
    }
}

/// Who may use artifacts of one kind, and how. All rules of a kind hold together.
public struct AccessRule: Sendable, Equatable {
    public static let mostBundles = 256
    public static let bundleBytes = 256

    public let kind: ArtifactKind
    /// Exact names; nobody when empty.
    public let bundles: [String]
    public let rights: Set<AccessRight>
    /// Whether a person must be there. Biometric templates need one whatever is said here.
    public let requiresPresence: Bool
    public let limit: RateLimit?

    /// - Throws: `vault.policy_malformed` for too many, empty, long or repeated names, or no right at all.
    public init(
        _ kind: ArtifactKind, bundles: [String], rights: Set<AccessRight> = [.read], requiresPresence: Bool = false,
        limit: RateLimit? = nil
    ) throws(VaultError) {
        let sorted = bundles.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        guard sorted.count <= Self.mostBundles,
            sorted.allSatisfy({ name in
                (1...Self.bundleBytes).contains(name.utf8.count) && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
            }), !zip(sorted, sorted.dropFirst()).contains(where: { $0.utf8.elementsEqual($1.utf8) })
        else {
            throw VaultError(
                .policyMalformed, "a rule names at most \(Self.mostBundles) bundles of at most \(Self.bundleBytes) bytes")
        }
        guard !rights.isEmpty else { throw VaultError(.policyMalformed, "a rule gives a right") }
        self.kind = kind
        self.bundles = sorted
        self.rights = rights
        self.requiresPresence = requiresPresence
        self.limit = limit
    }

    /// Exactly: no case, space or prefix is forgiven.
    package func names(_ bundle: String) -> Bool { bundles.contains { $0.utf8.elementsEqual(bundle.utf8) } }

    public var json: JSONValue {
        [
            "bundles": .array(bundles.map { .string($0) }), "kind": .string(kind.rawValue),
            "limit": limit.map { ["seconds": .integer($0.seconds), "uses": .integer($0.uses)] } ?? .null,
            "presence": .bool(requiresPresence), "rights": .array(rights.sorted().map { .string($0.rawValue) }),
        ]
    }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "access rule")
        let kind = try reader.string("kind", limit: 64)
        guard let kind = ArtifactKind(rawValue: kind) else {
            throw VaultError(.policyMalformed, "`\(kind)` is no kind of artifact")
        }
        let bundles = try reader.array("bundles", limit: Self.mostBundles).map { value in
            guard let bundle = value.string else { throw VaultError(.policyMalformed, "a bundle is a text") }
            return bundle
        }
        var rights: Set<AccessRight> = []
        for value in try reader.array("rights", limit: 2) {
            guard let right = value.string.flatMap(AccessRight.init(rawValue:)), rights.insert(right).inserted else {
                throw VaultError(.policyMalformed, "rights are `read` and `export`, each once")
            }
        }
        var limit: RateLimit?
        let stated = try reader.value("limit")
        if !stated.isNull {
            var parts = try RecordReader(stated, "limit")
            limit = try RateLimit(uses: parts.integer("uses"), seconds: parts.integer("seconds"))
            try parts.finish()
        }
        try self.init(
            kind, bundles: bundles, rights: rights, requiresPresence: reader.bool("presence"), limit: limit)
        try reader.finish()
    }
}

extension VaultError.Reason {
    /// An access policy, rule or request is not in order.
    public static let policyMalformed = Self(rawValue: "vault.policy_malformed")
}

public import ChanceryWire

/// The access policy of pqc-enclave-sdk 0.1.0, profile `pqaid-v0`: what it does, its holes included.
///
/// For comparison only. Whatever no rule names is allowed, an empty list allows all, the last rule of a kind replaces the
/// others, and neither presence nor limits are looked at. The vault never asks it; see ``AccessPolicy``.
public struct SeedAccessPolicy: Sendable {
    public struct Rule: Sendable, Equatable {
        public let kind: ArtifactKind
        public let bundles: [String]
        public let requiresBiometric: Bool
        /// Any number; never read by the package.
        public let usesPerHour: Int64?

        public init(_ value: JSONValue) throws {
            var reader = try RecordReader(value, "rule of the seed")
            guard let kind = ArtifactKind(rawValue: try reader.string("kind", limit: 64)) else {
                throw VaultError(.seedUnknownKind, "a rule names an unknown kind")
            }
            self.kind = kind
            bundles = try reader.array("allowed_bundle_ids").compactMap(\.string)
            requiresBiometric = try reader.optional("require_biometric") == nil ? false : reader.bool("require_biometric")
            let safe = CanonicalForm.largestSafeInteger
            usesPerHour =
                try reader.optional("max_uses_per_hour").map(\.isNull) ?? true
                ? nil : reader.integer("max_uses_per_hour", in: -safe...safe)
            try reader.finish()
        }
    }

    private var rules: [ArtifactKind: Rule] = [:]

    public init() {}

    public mutating func add(_ rule: Rule) { rules[rule.kind] = rule }

    /// nil when `caller` may read artifacts of `kind`, else the package's exact message.
    public func refusal(of caller: String, reading kind: ArtifactKind) -> String? {
        guard let rule = rules[kind], !rule.bundles.isEmpty,
            !rule.bundles.contains(where: { $0.utf8.elementsEqual(caller.utf8) })
        else { return nil }
        return "caller \(caller) not allowed to read \(kind.rawValue)"
    }

    /// The same rule as ours reads it; empty lists then allow nobody.
    ///
    /// - Throws: `vault.policy_malformed` for a limit or names that no rule of ours has.
    public static func translated(_ rule: Rule) throws(VaultError) -> AccessRule {
        try AccessRule(
            rule.kind, bundles: rule.bundles, requiresPresence: rule.requiresBiometric,
            limit: try rule.usesPerHour.map { uses throws(VaultError) in try RateLimit(uses: uses, seconds: 3600) })
    }
}

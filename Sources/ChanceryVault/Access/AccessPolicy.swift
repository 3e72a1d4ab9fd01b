internal import ChancerySuite
public import ChanceryWire

/// Who may use what in a vault. What no rule names is denied.
public struct AccessPolicy: Sendable, Equatable {
    public static let type = "chancery/vault-policy/v1"
    public static let mostRules = 256

    public let rules: [AccessRule]

    /// Denies everything.
    public static let closed = AccessPolicy(trusted: [])

    private init(trusted rules: [AccessRule]) { self.rules = rules }

    /// - Throws: `vault.policy_malformed` for more than ``mostRules``.
    public init(_ rules: [AccessRule]) throws(VaultError) {
        guard rules.count <= Self.mostRules else {
            throw VaultError(.policyMalformed, "a policy has at most \(Self.mostRules) rules")
        }
        self.init(trusted: rules)
    }

    /// The rules of `kind`; all of them must allow.
    public func rules(for kind: ArtifactKind) -> [AccessRule] { rules.filter { $0.kind == kind } }

    /// Whether a person must be there for an artifact of `kind`.
    public func requiresPresence(_ kind: ArtifactKind) -> Bool {
        kind == .biometricTemplate || rules(for: kind).contains(where: \.requiresPresence)
    }

    public var json: JSONValue { ["rules": .array(rules.map(\.json)), "type": .string(Self.type)] }

    /// RFC 8785 of ``json``.
    public var bytes: [UInt8] {
        do { return try CanonicalForm.jcs.encode(json) } catch {
            preconditionFailure("texts and small integers have a canonical form")
        }
    }

    /// SHA3-256 of ``bytes``: how events and keyrings name a policy.
    public var hash: [UInt8] { Digest.sha3_256(bytes) }

    /// - Throws: `vault.policy_malformed`, and the errors of a strict reader.
    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "access policy")
        guard try reader.string("type", limit: 64) == Self.type else {
            throw VaultError(.policyMalformed, "the document is no access policy of a vault")
        }
        let rules = try reader.array("rules", limit: Self.mostRules).map { try AccessRule($0) }
        try reader.finish()
        try self.init(rules)
    }
}

public import ChanceryWire

/// What somebody wants to do with a key.
public enum KeyUse: Sendable, Equatable {
    /// Wrap the seed of another key.
    case wrapSeed
    /// Open the seed of another key.
    case unwrapSeed
    /// Wrap the data key of a version at a tier.
    case wrapDataKey(KeySubject, PrivacyTier)
    /// Open the data key of a version at a tier.
    case unwrapDataKey(KeySubject, PrivacyTier)
    /// Open what the key wraps, only to wrap it under its successor. The one use that is left after expiry and
    /// compromise: else what was wrapped would be lost.
    case move
    /// Sign, or count the signature of, a request.
    case authenticate
    /// Seal to a service key.
    case seal
    /// Open what was sealed to a service key.
    case open
    /// Seal or open within one connection.
    case converse(KeySubject)

    /// Whether the use makes something new that the key protects.
    var protects: Bool {
        switch self {
        case .wrapSeed, .wrapDataKey, .seal, .converse: true
        case .unwrapSeed, .unwrapDataKey, .move, .authenticate, .open: false
        }
    }

    func allows(_ record: KeyRecord) -> Bool {
        switch self {
        case .wrapSeed, .unwrapSeed: record.kind == .root
        case .wrapDataKey(let subject, let tier), .unwrapDataKey(let subject, let tier):
            (record.kind == .model || record.kind == .data) && record.statement.subject == subject
                && record.algorithm == VaultKeyKind.wrappingAlgorithm(for: tier)
        case .move: [.root, .model, .data].contains(record.kind)
        case .authenticate: record.kind == .api
        case .seal, .open: record.kind == .service
        case .converse(let subject): record.kind == .session && record.statement.subject == subject
        }
    }
}

extension KeyLedger {
    /// The key `id`, if it may serve `use` at `now`. Every use of a key asks here first.
    ///
    /// - Throws: `vault.key_unknown`, `vault.key_purpose`, `vault.key_compromised`, `vault.key_state`,
    ///   `vault.key_expired`; `vault.parameter_set_too_weak` for a key below what a tier needs.
    public func key(_ id: VaultKeyID, for use: KeyUse, at now: UTCTime) throws(VaultError) -> KeyRecord {
        let record = try known(id)
        switch use {
        case .wrapDataKey(_, let tier) where tier >= .accelerated, .unwrapDataKey(_, let tier) where tier >= .accelerated:
            if record.algorithm == .xWing {
                throw VaultError(.parameterSetTooWeak, "tier \(tier.rawValue) needs ML-KEM-1024, `\(id)` is of X-Wing")
            }
        default: break
        }
        guard use.allows(record) else {
            throw VaultError(.keyPurpose, "`\(id)` is a key of the kind `\(record.kind.rawValue)` and not for that")
        }
        if use == .move { return try movable(record) }
        guard record.compromised == nil else { throw VaultError(.keyCompromised, "somebody else may have `\(id)`") }
        switch record.state {
        case .active: break
        case .decryptOnly where !use.protects, .verifyOnly where !use.protects:
            // Outsiders must have heard by then; what the vault itself wrapped opens until the key ends.
            if use == .authenticate || use == .open, let end = record.overlapEnds, end <= now {
                throw VaultError(.keyExpired, "`\(id)` was replaced, and the overlap is over")
            }
        default: throw VaultError(.keyState, "`\(id)` is \(record.state.rawValue)")
        }
        guard now < record.statement.expires else {
            throw VaultError(.keyExpired, "`\(id)` ended at \(record.statement.expires.text)")
        }
        guard record.statement.activates <= now else {
            throw VaultError(.keyExpired, "`\(id)` begins at \(record.statement.activates.text)")
        }
        return record
    }

    private func movable(_ record: KeyRecord) throws(VaultError) -> KeyRecord {
        guard record.state != .destroyed, record.state != .preActive else {
            throw VaultError(.keyState, "`\(record.id)` is \(record.state.rawValue)")
        }
        return record
    }
}

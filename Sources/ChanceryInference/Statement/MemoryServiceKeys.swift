public import ChancerySuite
public import ChanceryVault
public import ChanceryWire
internal import Synchronization

/// Service keys that exist in the memory of one process and nowhere else: what was sealed to them can be opened by nobody
/// once it has ended, or once their time is over.
public final class MemoryServiceKeys: ServiceKeys {
    /// What all statements have in common.
    public struct Service: Sendable {
        public let did: String
        public let model: ManifestDigest
        public let name: ArtifactName
        public let tier: PrivacyTier

        public init(did: String, model: ManifestDigest, name: ArtifactName, tier: PrivacyTier) {
            self.did = did
            self.model = model
            self.name = name
            self.tier = tier
        }
    }

    public static let standardLifetime: Int64 = 86_400

    private let service: Service
    private let signer: SigningKey<Purpose.Record>
    private let lifetime: Int64
    /// Oldest first; the last one is current.
    private let held = Mutex<[ServiceKey]>([])

    /// - Parameters:
    ///   - signer: the service's identity key.
    ///   - lifetime: seconds of each key, at least 2. A key is replaced when half of it is over, so what clients hold of a
    ///     statement is good for the other half.
    /// - Throws: `inference.statement_malformed` for a lifetime that service keys do not have.
    public init(
        _ service: Service, signer: SigningKey<Purpose.Record>, lifetime: Int64 = standardLifetime
    ) throws(InferenceError) {
        guard (2...VaultKeyKind.service.longestLifetime).contains(lifetime) else {
            throw InferenceError(
                .statementMalformed, "a service key lives 2 to \(VaultKeyKind.service.longestLifetime) seconds")
        }
        self.service = service
        self.signer = signer
        self.lifetime = lifetime
    }

    public func current(at now: UTCTime) async throws -> ServiceKeyStatement {
        try held.withLock { keys in
            keys.removeAll { $0.statement.terms.until <= now }
            // A clock that went back finds no key in force either.
            if let last = keys.last?.statement, last.terms.from <= now,
                now < last.terms.from.advanced(bySeconds: (lifetime + 1) / 2)
            {
                return last
            }
            let new = try make(after: keys.last?.statement.terms.generation ?? 0, at: now)
            keys.append(new)
            return new.statement
        }
    }

    public func key(stated digest: [UInt8], at now: UTCTime) async throws -> ServiceKey {
        let found = held.withLock { keys in
            keys.removeAll { $0.statement.terms.until <= now }
            return keys.first { $0.statement.digest == digest }
        }
        guard let found, (try? found.statement.requireInForce(at: now)) != nil else {
            throw InferenceError(.keyUnknown, "the service has no key of this statement, or has it no more")
        }
        return found
    }

    private func make(after generation: Int64, at now: UTCTime) throws -> ServiceKey {
        let key = try DecapsulationKey.generate(.xWing)
        let terms = try ServiceKeyStatement.Terms(
            service: service.did, key: EncapsulationKey(.xWing, key.publicKey), model: service.model, name: service.name,
            tier: service.tier, generation: generation + 1, from: now, until: now.advanced(bySeconds: lifetime))
        return try ServiceKey(ServiceKeyStatement.sign(terms, by: signer), key)
    }
}

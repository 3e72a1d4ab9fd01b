public import ChancerySuite
public import ChanceryVault
public import ChanceryWire
internal import Synchronization

/// Service keys that exist in the memory of one process and nowhere else: what was sealed to them can be opened by nobody
/// once it has ended, or once their time is over. That they exist is on record.
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
    /// Half of it is the overlap of a key with its successor, which is two days at most.
    public static let longestLifetime = 2 * VaultKeyKind.service.longestOverlap

    private let service: Service
    private let signer: SigningKey<Purpose.Record>
    private let lifetime: Int64
    private let book: any ServiceKeyBook
    /// Oldest first; the last one is current.
    private let held = Mutex<[ServiceKey]>([])

    /// - Parameters:
    ///   - signer: the service's identity key.
    ///   - lifetime: seconds of each key, 2 to ``longestLifetime``. A key is replaced when half of it is over, so what clients
    ///     hold of a statement is good for the other half.
    ///   - book: hears of each key before a client does.
    /// - Throws: `inference.statement_malformed` for another lifetime.
    public init(
        _ service: Service, signer: SigningKey<Purpose.Record>, lifetime: Int64 = standardLifetime,
        book: any ServiceKeyBook
    ) throws(InferenceError) {
        guard (2...Self.longestLifetime).contains(lifetime) else {
            throw InferenceError(.statementMalformed, "a service key lives 2 to \(Self.longestLifetime) seconds")
        }
        self.service = service
        self.signer = signer
        self.lifetime = lifetime
        self.book = book
    }

    public func current(at now: UTCTime) async throws -> ServiceKeyStatement {
        try held.withLock { keys in
            try Self.drop(&keys, book) { $0.statement.terms.until <= now }
            // A clock that went back finds no key in force either.
            if let last = keys.last?.statement, last.terms.from <= now,
                now < last.terms.from.advanced(bySeconds: (lifetime + 1) / 2), try book.serves(last.terms.keyID)
            {
                return last
            }
            let last = keys.last?.statement.terms
            let new = try make(after: last?.generation ?? 0, at: now)
            try book.made(new.statement.terms.key, after: last?.keyID, until: new.statement.terms.until)
            keys.append(new)
            return new.statement
        }
    }

    public func key(stated digest: [UInt8], at now: UTCTime) async throws -> ServiceKey {
        let found = try held.withLock { keys in
            try Self.drop(&keys, book) { $0.statement.terms.until <= now }
            return keys.first { $0.statement.digest == digest }
        }
        guard let found, (try? found.statement.requireInForce(at: now)) != nil,
            try book.serves(found.statement.terms.keyID)
        else {
            throw InferenceError(.keyUnknown, "the service has no key of this statement, or has it no more")
        }
        return found
    }

    /// Forgets every key. What was sealed to them opens nowhere.
    public func end() throws {
        try held.withLock { keys in try Self.drop(&keys, book) { _ in true } }
    }

    private static func drop(
        _ keys: inout [ServiceKey], _ book: any ServiceKeyBook, _ isOver: (ServiceKey) -> Bool
    ) throws {
        let over = keys.filter(isOver).map(\.statement.terms.keyID)
        guard !over.isEmpty else { return }
        // The keys go first: a record that cannot be written keeps nothing alive.
        keys.removeAll(where: isOver)
        try book.ended(over)
    }

    private func make(after generation: Int64, at now: UTCTime) throws -> ServiceKey {
        let key = try DecapsulationKey.generate(.xWing)
        let terms = try ServiceKeyStatement.Terms(
            service: service.did, key: EncapsulationKey(.xWing, key.publicKey), model: service.model, name: service.name,
            tier: service.tier, generation: generation + 1, from: now, until: now.advanced(bySeconds: lifetime))
        return try ServiceKey(ServiceKeyStatement.sign(terms, by: signer), key)
    }
}

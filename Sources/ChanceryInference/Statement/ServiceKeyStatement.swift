public import ChancerySuite
public import ChanceryVault
public import ChanceryWire

/// What a service says about a key that clients seal to: which model opens what is sealed so, at which tier, and until when.
///
/// Only verification under the service's identity key makes one. Its ``digest`` stands in every request, so a request opens
/// under exactly these terms and no others.
public struct ServiceKeyStatement: Sendable {
    public static let type = "chancery/service-key/v1"
    /// The one way to seal: X-Wing, HKDF-SHA256, AES-256-GCM.
    public static let suite = "HPKE-X-Wing-SHA256-AES-256-GCM"
    public static let maximumBytes = 16_384

    /// What a service signs.
    public struct Terms: Sendable, Equatable {
        /// The DID of the service.
        public let service: String
        public let key: EncapsulationKey
        /// The digest of the model's manifest.
        public let model: ManifestDigest
        /// What clients call the model.
        public let name: ArtifactName
        public let tier: PrivacyTier
        /// 1 for a service's first key, one more for each that followed.
        public let generation: Int64
        public let from: UTCTime
        /// The first moment at which nothing is sealed to the key any more, nor opened.
        public let until: UTCTime

        /// `sk_…`, from the public key.
        public var keyID: VaultKeyID { VaultKeyID(.service, publicKey: key.bytes) }

        /// - Throws: `inference.statement_malformed` for another algorithm than X-Wing, a life beyond that of service keys, and
        ///   texts or numbers out of bounds.
        public init(
            service: String, key: EncapsulationKey, model: ManifestDigest, name: ArtifactName, tier: PrivacyTier,
            generation: Int64, from: UTCTime, until: UTCTime
        ) throws(InferenceError) {
            guard key.algorithm == .xWing else { throw InferenceError(.statementMalformed, "a service key is of X-Wing") }
            guard (1...256).contains(service.utf8.count), service.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
                (1...CanonicalForm.largestSafeInteger).contains(generation)
            else { throw InferenceError(.statementMalformed, "a statement names a service and a generation from 1") }
            guard from < until, until <= from.advanced(bySeconds: VaultKeyKind.service.longestLifetime) else {
                throw InferenceError(
                    .statementMalformed, "a service key lives 1 to \(VaultKeyKind.service.longestLifetime) seconds")
            }
            self.service = service
            self.key = key
            self.model = model
            self.name = name
            self.tier = tier
            self.generation = generation
            self.from = from
            self.until = until
        }
    }

    public let record: VerifiedRecord
    public let terms: Terms
    /// The record's id: 32 bytes.
    public var digest: [UInt8] { record.id }

    private init(_ record: VerifiedRecord, _ terms: Terms) {
        self.record = record
        self.terms = terms
    }

    /// Signs `terms` with the service's identity key.
    public static func sign(_ terms: Terms, by key: SigningKey<Purpose.Record>) throws -> ServiceKeyStatement {
        var body = terms.json
        body["salt"] = .string(Base64.url.encode(SystemRandom.bytes(16)))
        return ServiceKeyStatement(try VerifiedRecord.sign(body, type: type, by: key), terms)
    }

    /// Reads and verifies a statement of `service`, which must be in force at `now`.
    ///
    /// - Parameter key: the identity key that the caller knows for the service.
    /// - Throws: errors of reading and of a false signature, `inference.statement_malformed`, `inference.other_service`,
    ///   `inference.statement_expired`.
    public static func verify(
        _ bytes: [UInt8], of service: String, by key: VerifyingKey<Purpose.Record>, at now: UTCTime
    ) throws -> ServiceKeyStatement {
        let record = try UnverifiedRecord(decoding: bytes, limit: maximumBytes).verify(type: type, by: key)
        let statement = ServiceKeyStatement(record, try Terms(record.body))
        guard statement.terms.service.utf8.elementsEqual(service.utf8) else {
            throw InferenceError(.otherService, "the statement is of `\(statement.terms.service)`, not of `\(service)`")
        }
        try statement.requireInForce(at: now)
        return statement
    }

    /// Seconds that the service's clock may be ahead of the reader's.
    public static let skew: Int64 = 30

    /// - Throws: `inference.statement_expired`.
    public func requireInForce(at now: UTCTime) throws(InferenceError) {
        guard terms.from <= now.advanced(bySeconds: Self.skew), now < terms.until else {
            throw InferenceError(
                .statementExpired, "the key `\(terms.keyID)` is for \(terms.from.text) to \(terms.until.text)")
        }
    }

    /// What a client asks before it seals anything.
    ///
    /// - Parameters:
    ///   - model: the manifest that the client expects; nil for whichever the service states.
    ///   - tier: the least tier that the client accepts.
    /// - Throws: `inference.other_model`, `inference.tier_mismatch`; `inference.evidence_required` from tier 2 on, where a
    ///   statement alone shows nothing about the machine.
    public func require(model: ManifestDigest?, tier: PrivacyTier) throws(InferenceError) {
        guard model == nil || model == terms.model else {
            throw InferenceError(.otherModel, "the service serves the manifest \(terms.model.text)")
        }
        guard terms.tier >= tier else {
            throw InferenceError(
                .tierMismatch, "tier \(tier.rawValue) was asked for, the service states \(terms.tier.rawValue)")
        }
        guard tier < .attested else {
            throw InferenceError(
                .evidenceRequired, "tier \(tier.rawValue) needs evidence of a trusted execution environment")
        }
    }
}

extension ServiceKeyStatement.Terms {
    var json: JSONObject {
        [
            "from": .string(from.text), "generation": .integer(generation), "id": .string(keyID.text),
            "key": .string(Base64.url.encode(key.bytes)), "model": .string(model.text), "name": .string(name.text),
            "service": .string(service), "suite": .string(ServiceKeyStatement.suite),
            "tier": .integer(Int64(tier.rawValue)), "until": .string(until.text),
        ]
    }

    init(_ body: JSONObject) throws {
        var reader = RecordReader(body, "service key statement")
        _ = try reader.string("type", limit: 64)
        _ = try reader.bytes("salt", count: 16)
        guard try reader.string("suite", limit: 64) == ServiceKeyStatement.suite else {
            throw InferenceError(.statementMalformed, "the statement is for another way to seal")
        }
        guard let tier = PrivacyTier(rawValue: UInt8(try reader.integer("tier", in: 0...4))) else {
            throw InferenceError(.statementMalformed, "a tier lies in 0…4")
        }
        let stated = try VaultKeyID(reader.string("id", limit: 64))
        try self.init(
            service: reader.string("service", limit: 256),
            key: EncapsulationKey(.xWing, reader.bytes("key", count: EncapsulationAlgorithm.xWing.publicKeyBytes)),
            model: ManifestDigest(reader.string("model", limit: 64)),
            name: ArtifactName(reader.string("name", limit: ArtifactName.maximumBytes)), tier: tier,
            generation: reader.integer("generation"), from: reader.time("from"), until: reader.time("until"))
        try reader.finish()
        guard stated == keyID else {
            throw InferenceError(.statementMalformed, "the id `\(stated)` is not that of the public key")
        }
    }
}

public import ChancerySuite
public import ChanceryVault
public import ChanceryWire

/// How an answer ended.
public enum InferenceOutcome: String, Sendable, CaseIterable {
    /// The model's whole answer was sealed.
    case completed
    /// The program that runs the model failed on the way.
    case backendFailed = "backend_failed"
    /// The permit for the model ended on the way: revoked, frozen, locked or past its lease.
    case permitEnded = "permit_ended"
    /// The client went away before the end.
    case clientLeft = "client_left"
}

/// What a service signs about one answer: which request, which model, and hashes of all that was sent and said.
///
/// The hashes of what was said are salted with a secret of both ends, so a receipt shows nobody else what it was; whoever
/// holds the salt can show it.
public struct InferenceReceipt: Sendable {
    public static let type = "chancery/inference-receipt/v1"
    static let maximumBytes = Frame.maximumContent

    /// The facts of one answer.
    public struct Terms: Sendable, Equatable {
        /// The DID of the service.
        public let service: String
        /// ``ServiceKeyStatement/digest``.
        public let statement: [UInt8]
        public let key: VaultKeyID
        public let model: ManifestDigest
        public let tier: PrivacyTier
        /// The id of the request: 16 bytes.
        public let request: [UInt8]
        public let caller: String
        /// SHA3-256 over the sealed request, and over what it says with the salt.
        public let sealedRequest: [UInt8]
        public let requestCommitment: [UInt8]
        /// SHA3-256 over the sealed answer up to the receipt, and over what it says with the salt.
        public let sealedResponse: [UInt8]
        public let responseCommitment: [UInt8]
        /// Bytes of the two bodies.
        public let requestBytes: Int64
        public let responseBytes: Int64
        /// Frames of the answer before the receipt.
        public let frames: Int64
        /// The HTTP status of the answer; 0 when it did not begin.
        public let status: Int64
        public let outcome: InferenceOutcome
        /// On the service's clock.
        public let began: UTCTime
        public let ended: UTCTime
    }

    public let record: VerifiedRecord
    public let terms: Terms
    /// The record's id: what the event in the service's chain names.
    public var id: [UInt8] { record.id }

    private init(_ record: VerifiedRecord, _ terms: Terms) {
        self.record = record
        self.terms = terms
    }

    /// Signs `terms` with the service's identity key.
    public static func sign(_ terms: Terms, by key: SigningKey<Purpose.Record>) throws -> InferenceReceipt {
        var body = terms.json
        body["salt"] = .string(Base64.url.encode(SystemRandom.bytes(16)))
        return InferenceReceipt(try VerifiedRecord.sign(body, type: type, by: key), terms)
    }

    /// Reads and verifies a receipt.
    public static func verify(_ bytes: [UInt8], by key: VerifyingKey<Purpose.Record>) throws -> InferenceReceipt {
        let record = try UnverifiedRecord(decoding: bytes, limit: maximumBytes).verify(type: type, by: key)
        return InferenceReceipt(record, try Terms(record.body))
    }
}

extension InferenceReceipt.Terms {
    var json: JSONObject {
        [
            "began": .string(began.text), "caller": .string(caller), "ended": .string(ended.text),
            "frames": .integer(frames), "key": .string(key.text), "model": .string(model.text),
            "outcome": .string(outcome.rawValue), "request": .string(Hex.encode(request)),
            "request_bytes": .integer(requestBytes), "request_hash": .string(Hex.encode(requestCommitment)),
            "response_bytes": .integer(responseBytes), "response_hash": .string(Hex.encode(responseCommitment)),
            "sealed_request": .string(Hex.encode(sealedRequest)), "sealed_response": .string(Hex.encode(sealedResponse)),
            "service": .string(service), "statement": .string(Hex.encode(statement)), "status": .integer(status),
            "tier": .integer(Int64(tier.rawValue)),
        ]
    }

    init(_ body: JSONObject) throws {
        var reader = RecordReader(body, "receipt")
        _ = try reader.string("type", limit: 64)
        _ = try reader.bytes("salt", count: 16)
        let (outcome, tier) = (try reader.string("outcome", limit: 32), try reader.integer("tier", in: 0...4))
        guard let outcome = InferenceOutcome(rawValue: outcome), let tier = PrivacyTier(rawValue: UInt8(tier)) else {
            throw InferenceError(.malformed, "the receipt names another outcome or tier")
        }
        self.outcome = outcome
        self.tier = tier
        service = try reader.string("service", limit: 256)
        statement = try reader.hex("statement", count: 32)
        key = try VaultKeyID(reader.string("key", limit: 64))
        model = try ManifestDigest(reader.string("model", limit: 64))
        request = try reader.hex("request", count: RequestHead.idBytes)
        caller = try reader.string("caller", limit: 128)
        sealedRequest = try reader.hex("sealed_request", count: 32)
        requestCommitment = try reader.hex("request_hash", count: 32)
        sealedResponse = try reader.hex("sealed_response", count: 32)
        responseCommitment = try reader.hex("response_hash", count: 32)
        requestBytes = try reader.integer("request_bytes")
        responseBytes = try reader.integer("response_bytes")
        frames = try reader.integer("frames")
        status = try reader.integer("status", in: 0...599)
        began = try reader.time("began")
        ended = try reader.time("ended")
        try reader.finish()
        guard key.kind == .service, began <= ended else {
            throw InferenceError(.malformed, "key or times of the receipt are not in order")
        }
    }
}

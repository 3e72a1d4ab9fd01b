internal import ChanceryWire

extension VaultEvent {
    /// A model of the vault answered a sealed request: hashes and counts, never what was asked or said.
    public struct Inference: Sendable, Equatable {
        public static let callerBytes = 128
        public static let outcomeBytes = 32

        /// The id of the receipt that the client got: 32 bytes.
        public let receipt: [UInt8]
        /// The id that the client drew: 16 bytes.
        public let request: [UInt8]
        /// The service key that opened it.
        public let key: VaultKeyID
        public let manifest: ManifestDigest
        /// The id of the key that signed the HTTP request.
        public let caller: String
        /// SHA3-256 over the sealed request and answer, and salted over what they say: 32 bytes each.
        public let sealedRequest: [UInt8]
        public let requestHash: [UInt8]
        public let sealedResponse: [UInt8]
        public let responseHash: [UInt8]
        /// Bytes of the two bodies.
        public let requestBytes: Int64
        public let responseBytes: Int64
        /// The HTTP status of the answer; 0 when it did not begin.
        public let status: Int64
        /// How it ended, as the receipt says.
        public let outcome: String

        public init(
            receipt: [UInt8], request: [UInt8], key: VaultKeyID, manifest: ManifestDigest, caller: String,
            sealedRequest: [UInt8], requestHash: [UInt8], sealedResponse: [UInt8], responseHash: [UInt8],
            requestBytes: Int64, responseBytes: Int64, status: Int64, outcome: String
        ) {
            self.receipt = receipt
            self.request = request
            self.key = key
            self.manifest = manifest
            self.caller = caller.clipped(to: Self.callerBytes)
            self.sealedRequest = sealedRequest
            self.requestHash = requestHash
            self.sealedResponse = sealedResponse
            self.responseHash = responseHash
            self.requestBytes = requestBytes
            self.responseBytes = responseBytes
            self.status = status
            self.outcome = outcome.clipped(to: Self.outcomeBytes)
        }

        var members: JSONObject {
            [
                "caller": .string(caller), "key": .string(key.text), "manifest": .string(manifest.text),
                "outcome": .string(outcome), "receipt": .string(Hex.encode(receipt)),
                "request": .string(Hex.encode(request)), "request_bytes": .integer(requestBytes),
                "request_hash": .string(Hex.encode(requestHash)), "response_bytes": .integer(responseBytes),
                "response_hash": .string(Hex.encode(responseHash)), "sealed_request": .string(Hex.encode(sealedRequest)),
                "sealed_response": .string(Hex.encode(sealedResponse)), "status": .integer(status),
            ]
        }

        init(_ reader: inout RecordReader) throws {
            receipt = try reader.hex("receipt", count: 32)
            request = try reader.hex("request", count: 16)
            key = try VaultKeyID(reader.string("key", limit: 64))
            manifest = try ManifestDigest(reader.string("manifest", limit: 64))
            caller = try reader.string("caller", limit: Self.callerBytes)
            sealedRequest = try reader.hex("sealed_request", count: 32)
            requestHash = try reader.hex("request_hash", count: 32)
            sealedResponse = try reader.hex("sealed_response", count: 32)
            responseHash = try reader.hex("response_hash", count: 32)
            requestBytes = try reader.integer("request_bytes")
            responseBytes = try reader.integer("response_bytes")
            status = try reader.integer("status", in: 0...599)
            outcome = try reader.string("outcome", limit: Self.outcomeBytes)
            guard key.kind == .service, !outcome.isEmpty, outcome.utf8.allSatisfy({ (0x61...0x7a).contains($0) || $0 == 0x5f })
            else { throw VaultError(.eventMalformed, "an answer names a service key and how it ended") }
        }
    }
}

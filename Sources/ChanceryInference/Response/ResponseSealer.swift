internal import ChancerySuite
public import ChanceryWire

/// Seals the answer to one request piece by piece: nonce, head, body, receipt.
///
/// The order of calls is ``begin(status:mediaType:)``, ``seal(_:)`` as often as there is something to say, ``close(_:began:ended:)``,
/// ``end(with:)``. What stands in the receipt is known after `close`, so the service can write it down before the client has
/// it.
public struct ResponseSealer: ~Copyable, Sendable {
    public let head: RequestHead
    public let statement: ServiceKeyStatement
    /// What was asked for.
    public let operation: String
    private let nonce: [UInt8]
    private let request: Transcript
    private var keys: ResponseKeys
    private var transcript: Transcript
    private var status: Int64 = 0
    private var terms: InferenceReceipt.Terms?

    init(
        _ statement: ServiceKeyStatement, _ head: RequestHead, operation: String, encapsulatedKey: [UInt8],
        secret: borrowing SecretBytes, salt: [UInt8], request: Transcript, nonce: [UInt8]
    ) throws {
        guard nonce.count == ResponseKeys.nonceBytes else { throw InferenceError(.malformed, "a nonce has 32 bytes") }
        let keys = try ResponseKeys(secret, encapsulatedKey: encapsulatedKey, nonce: nonce)
        self.keys = keys
        self.statement = statement
        self.head = head
        self.operation = operation
        self.nonce = nonce
        self.request = request
        transcript = Transcript("response", salt: salt)
    }

    /// The first bytes of the answer.
    ///
    /// - Parameters:
    ///   - status: 100…599, as the model's program answered.
    ///   - mediaType: 1 to 128 visible ASCII characters or spaces.
    public mutating func begin(status: Int, mediaType: String) throws -> [UInt8] {
        let type = Array(mediaType.utf8)
        guard self.status == 0, terms == nil else { throw InferenceError(.frameOrder, "the answer has begun") }
        guard ResponseOpener.isHead(status, type) else { throw InferenceError(.malformed, "no answer has this status or type") }
        self.status = Int64(status)
        let content = UInt16(status).bigEndianBytes + type
        transcript.note(sent: nonce)
        transcript.note(field: content)
        return nonce + (try frame(.head, content))
    }

    /// The bytes that carry the next part of the body; an empty one needs none.
    public mutating func seal(_ body: [UInt8]) throws -> [UInt8] {
        guard status != 0, terms == nil else { throw InferenceError(.frameOrder, "the answer is not open") }
        var sent: [UInt8] = []
        for start in stride(from: 0, to: body.count, by: Frame.maximumContent) {
            let part = Array(body[start..<min(start + Frame.maximumContent, body.count)])
            transcript.note(body: part)
            sent += try frame(.answer, part)
        }
        return sent
    }

    /// Ends the body and gives what is to be signed.
    public mutating func close(
        _ outcome: InferenceOutcome, began: UTCTime, ended: UTCTime
    ) throws(InferenceError) -> InferenceReceipt.Terms {
        guard terms == nil else { throw InferenceError(.frameOrder, "the answer is closed") }
        let closed = Self.terms(
            statement, head, request: request, response: transcript, status: status, outcome, began: began,
            ended: max(began, ended))
        terms = closed
        return closed
    }

    /// The last bytes of the answer.
    ///
    /// - Throws: `inference.receipt_mismatch` for a receipt of something else, `inference.frame_order` for an answer that did
    ///   not begin or was not closed.
    public consuming func end(with receipt: InferenceReceipt) throws -> [UInt8] {
        guard status != 0, let terms else { throw InferenceError(.frameOrder, "the answer is not closed") }
        guard receipt.terms == terms else { throw InferenceError(.receiptMismatch, "the receipt is of another answer") }
        return try keys.seal(.receipt, receipt.record.bytes).bytes
    }

    private mutating func frame(_ kind: FrameKind, _ content: [UInt8]) throws -> [UInt8] {
        let frame = try keys.seal(kind, content)
        transcript.note(frame)
        return frame.bytes
    }

    /// What both ends hold the receipt against.
    static func terms(
        _ statement: ServiceKeyStatement, _ head: RequestHead, request: Transcript, response: Transcript, status: Int64,
        _ outcome: InferenceOutcome, began: UTCTime, ended: UTCTime
    ) -> InferenceReceipt.Terms {
        InferenceReceipt.Terms(
            service: statement.terms.service, statement: statement.digest, key: statement.terms.keyID,
            model: statement.terms.model, tier: statement.terms.tier, request: head.id, caller: head.caller,
            sealedRequest: request.sealedHash, requestCommitment: request.commitment, sealedResponse: response.sealedHash,
            responseCommitment: response.commitment, requestBytes: request.bodyBytes, responseBytes: response.bodyBytes,
            frames: response.frames, status: status, outcome: outcome, began: began, ended: ended)
    }
}

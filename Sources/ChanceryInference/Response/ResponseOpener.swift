internal import ChancerySuite
internal import ChanceryWire

/// Opens the answer to one request as its bytes arrive.
///
/// What ``receive(_:)`` gives was said by the service in this order. Whether it was all of it, only ``finish()`` tells.
public struct ResponseOpener: ~Copyable, Sendable {
    /// What an answer consists of.
    public enum Part: Sendable {
        /// First: the status and media type of the body.
        case head(status: Int, mediaType: String)
        case body([UInt8])
        /// Last: verified, and held against what was sent and received.
        case receipt(InferenceReceipt)
    }

    /// A complete answer, as it can be shown to others.
    public struct Proof: Sendable {
        public let receipt: InferenceReceipt
        /// Opens the hashes of what was said: 32 bytes, a secret of both ends.
        public let salt: [UInt8]
    }

    public let head: RequestHead
    /// Nil until it came.
    public private(set) var receipt: InferenceReceipt?
    private let statement: ServiceKeyStatement
    private let encapsulatedKey: [UInt8]
    private let secret: SecretBytes
    private let salt: [UInt8]
    private let request: Transcript
    private let service: VerifyingKey<Purpose.Record>
    private var nonce: [UInt8] = []
    private var keys: ResponseKeys?
    private var reader = FrameReader()
    private var transcript: Transcript
    private var status: Int64 = 0

    init(
        _ statement: ServiceKeyStatement, _ head: RequestHead, encapsulatedKey: [UInt8], secret: consuming SecretBytes,
        salt: [UInt8], request: Transcript, verifiedBy service: VerifyingKey<Purpose.Record>
    ) {
        self.statement = statement
        self.head = head
        self.encapsulatedKey = encapsulatedKey
        self.secret = secret
        self.salt = salt
        self.request = request
        self.service = service
        transcript = Transcript("response", salt: salt)
    }

    /// Takes bytes that came and gives the parts that they complete.
    ///
    /// - Throws: `inference.open_failed`, `inference.frame_order`, `inference.malformed`, `inference.receipt_mismatch`, and
    ///   the errors of a false receipt. After an error nothing of the answer counts.
    public mutating func receive(_ bytes: [UInt8]) throws -> [Part] {
        var bytes = bytes[...]
        if nonce.count < ResponseKeys.nonceBytes {
            let part = bytes.prefix(ResponseKeys.nonceBytes - nonce.count)
            nonce += part
            bytes = bytes.dropFirst(part.count)
            guard nonce.count == ResponseKeys.nonceBytes else { return [] }
            keys = try ResponseKeys(secret, encapsulatedKey: encapsulatedKey, nonce: nonce)
            transcript.note(sent: nonce)
        }
        reader.append(Array(bytes))
        var parts: [Part] = []
        while receipt == nil, let frame = try reader.next() {
            guard let content = try keys?.open(frame) else { return parts }
            parts.append(try part(frame, content))
        }
        guard receipt == nil || reader.isEmpty else { throw InferenceError(.frameOrder, "the answer goes on after its end") }
        return parts
    }

    /// The whole answer was received.
    ///
    /// - Throws: `inference.truncated` when the receipt did not come; `inference.answer_incomplete` when the service itself says
    ///   that the answer is not whole.
    public consuming func finish() throws(InferenceError) -> Proof {
        guard let receipt else { throw InferenceError(.truncated, "the answer ends before its receipt") }
        guard receipt.terms.outcome == .completed else {
            throw InferenceError(.answerIncomplete, "the service ended the answer: \(receipt.terms.outcome.rawValue)")
        }
        return Proof(receipt: receipt, salt: salt)
    }

    private mutating func part(_ frame: Frame, _ content: [UInt8]) throws -> Part {
        switch frame.kind {
        case .head where status == 0:
            let (status, type) = (content.prefix(2).reduce(0) { $0 << 8 | Int($1) }, Array(content.dropFirst(2)))
            guard Self.isHead(status, type) else { throw InferenceError(.malformed, "no answer has this status or type") }
            self.status = Int64(status)
            transcript.note(field: content)
            transcript.note(frame)
            return .head(status: status, mediaType: String(decoding: type, as: UTF8.self))
        case .answer where status != 0:
            transcript.note(body: content)
            transcript.note(frame)
            return .body(content)
        case .receipt where status != 0:
            let receipt = try InferenceReceipt.verify(content, by: service)
            let expected = ResponseSealer.terms(
                statement, head, request: request, response: transcript, status: status, receipt.terms.outcome,
                began: receipt.terms.began, ended: receipt.terms.ended)
            guard receipt.terms == expected else {
                throw InferenceError(.receiptMismatch, "the receipt says something else than what was sent and received")
            }
            self.receipt = receipt
            return .receipt(receipt)
        default: throw InferenceError(.frameOrder, "a frame of this kind cannot stand here")
        }
    }

    static func isHead(_ status: Int, _ type: [UInt8]) -> Bool {
        (100...599).contains(status) && (1...128).contains(type.count) && type.allSatisfy { (0x20...0x7e).contains($0) }
    }
}

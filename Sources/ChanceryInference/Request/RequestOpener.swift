internal import ChancerySuite
internal import ChanceryWire

/// Opens one sealed request as its bytes arrive.
///
/// A true ``operation`` shows that a client sealed the request under this statement and these terms. Only then ask the
/// ``RequestMemory`` whether it came before, and only after ``finish()`` is the body whole.
public struct RequestOpener: ~Copyable, Sendable {
    public let head: RequestHead
    public let statement: ServiceKeyStatement
    /// What is asked for; nil until its frame came.
    public private(set) var operation: String?
    /// Whether the last part came.
    public private(set) var isEnded = false
    private let encapsulatedKey: [UInt8]
    private let salt: [UInt8]
    private let limit: Int64
    private var channel: OpeningChannel
    private var reader = FrameReader()
    private var transcript: Transcript

    /// Bytes at the start of a request with this head: ``init(_:with:limit:)`` needs them whole.
    public static func startBytes(_ head: RequestHead) -> Int {
        head.bytes.count + EncapsulationAlgorithm.xWing.ciphertextBytes
    }

    /// - Parameters:
    ///   - start: head and encapsulated key.
    ///   - limit: most bytes of the body.
    /// - Throws: `inference.malformed`, `inference.other_service`, `inference.other_model`, `inference.tier_mismatch`.
    public init(_ start: [UInt8], with key: ServiceKey, limit: Int64) throws {
        let head = try RequestHead(startOf: start)
        guard start.count == Self.startBytes(head) else { throw InferenceError(.malformed, "the request ends in its start") }
        try head.requireFits(key.statement)
        let encapsulatedKey = Array(start[head.bytes.count...])
        let channel = try OpeningChannel(with: key.key, encapsulatedKey: encapsulatedKey, info: head.bytes)
        let salt = try channel.secret(Exporting.salt, count: 32).copyForExport()
        self.head = head
        self.encapsulatedKey = encapsulatedKey
        self.channel = channel
        self.salt = salt
        self.limit = limit
        statement = key.statement
        transcript = Transcript("request", salt: salt)
        transcript.note(sent: start)
    }

    /// Takes bytes that came and gives the parts of the body that they complete.
    ///
    /// - Throws: `inference.open_failed`, `inference.frame_order`, `inference.malformed`, `inference.too_long`. After an error
    ///   the request is worth nothing.
    public mutating func receive(_ bytes: [UInt8]) throws(InferenceError) -> [UInt8] {
        reader.append(bytes)
        var body: [UInt8] = []
        while !isEnded, let frame = try reader.next() {
            let content = try open(frame)
            transcript.note(frame)
            switch frame.kind {
            case .operation where operation == nil:
                guard Self.isOperation(content) else { throw InferenceError(.malformed, "the request asks for nothing") }
                operation = String(decoding: content, as: UTF8.self)
                transcript.note(field: content)
            case .part where operation != nil, .last where operation != nil:
                transcript.note(body: content)
                guard transcript.bodyBytes <= limit else {
                    throw InferenceError(.tooLong, "the body of a request has at most \(limit) bytes")
                }
                body += content
                isEnded = frame.kind == .last
            default: throw InferenceError(.frameOrder, "a frame of this kind cannot stand here")
            }
        }
        guard !isEnded || reader.isEmpty else { throw InferenceError(.frameOrder, "the request goes on after its end") }
        return body
    }

    /// What seals the answer. The body is whole now.
    ///
    /// - Parameter nonce: 32 random bytes; nil draws them.
    /// - Throws: `inference.truncated` when the last part did not come.
    public consuming func finish(nonce: [UInt8]? = nil) throws -> ResponseSealer {
        guard isEnded, let operation else { throw InferenceError(.truncated, "the request ends before its last part") }
        return try ResponseSealer(
            statement, head, operation: operation, encapsulatedKey: encapsulatedKey,
            secret: channel.secret(Exporting.response, count: 32), salt: salt, request: transcript,
            nonce: nonce ?? SystemRandom.bytes(ResponseKeys.nonceBytes))
    }

    static func isOperation(_ text: [UInt8]) -> Bool {
        (1...64).contains(text.count)
            && text.allSatisfy { byte in
                (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || "._-/".utf8.contains(byte)
            }
    }

    private mutating func open(_ frame: Frame) throws(InferenceError) -> [UInt8] {
        let plain: [UInt8]
        do {
            plain = try channel.open(frame.sealed, authenticating: [frame.kind.rawValue])
        } catch {
            throw InferenceError(.openFailed, "a frame of the request does not open")
        }
        return try Frame.content(of: plain)
    }
}

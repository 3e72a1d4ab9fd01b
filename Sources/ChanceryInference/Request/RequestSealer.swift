public import ChancerySuite
internal import ChanceryWire

/// Seals one request piece by piece: head, encapsulated key, operation, body, end. Nothing of a large body is held.
///
/// ```swift
/// var sealer = try RequestSealer(to: statement, caller: keyID, operation: "embeddings")
/// var sent = sealer.opening
/// sent += try sealer.seal(body, isLast: true)
/// var answer = try sealer.awaitingResponse(verifiedBy: serviceKey)
/// ```
public struct RequestSealer: ~Copyable, Sendable {
    public let head: RequestHead
    /// The first bytes of the request, up to and including the frame of the operation.
    public let opening: [UInt8]
    private let statement: ServiceKeyStatement
    private let salt: [UInt8]
    private var channel: SealingChannel
    private var transcript: Transcript
    private var isEnded = false

    /// - Parameters:
    ///   - caller: the id of the key that will sign the HTTP request.
    ///   - operation: 1 to 64 bytes, such as `chat/completions`; it is sealed too.
    public init(
        to statement: ServiceKeyStatement, caller: String, operation: String, mediaType: String = "application/json",
        id: [UInt8] = SystemRandom.bytes(RequestHead.idBytes)
    ) throws {
        let operation = Array(operation.utf8)
        guard RequestOpener.isOperation(operation) else {
            throw InferenceError(.malformed, "an operation is 1 to 64 characters of `a-z 0-9 . _ - /`")
        }
        let head = try RequestHead(statement, id: id, caller: caller, mediaType: mediaType)
        var channel = try SealingChannel(to: statement.terms.key, info: head.bytes)
        let salt = try channel.secret(Exporting.salt, count: 32).copyForExport()
        let first = head.bytes + channel.encapsulatedKey
        let frame = try Self.frame(.operation, operation, &channel)
        self.head = head
        self.statement = statement
        self.salt = salt
        self.channel = channel
        opening = first + frame.bytes
        transcript = Transcript("request", salt: salt)
        transcript.note(sent: first)
        transcript.note(field: operation)
        transcript.note(frame)
    }

    /// The bytes that carry `body`, the next part of the request's body; `isLast` ends the request.
    ///
    /// - Throws: `inference.frame_order` after the last part.
    public mutating func seal(_ body: [UInt8], isLast: Bool) throws -> [UInt8] {
        guard !isEnded else { throw InferenceError(.frameOrder, "the request has ended") }
        isEnded = isLast
        var sent: [UInt8] = []
        var start = 0
        repeat {
            let end = min(start + Frame.maximumContent, body.count)
            let part = Array(body[start..<end])
            start = end
            transcript.note(body: part)
            let frame = try Self.frame(isLast && end == body.count ? .last : .part, part, &channel)
            transcript.note(frame)
            sent += frame.bytes
        } while start < body.count
        return sent
    }

    /// What opens the answer.
    ///
    /// - Parameter key: the service's identity key, under which its receipt is verified.
    /// - Throws: `inference.frame_order` before the last part.
    public consuming func awaitingResponse(verifiedBy key: VerifyingKey<Purpose.Record>) throws -> ResponseOpener {
        guard isEnded else { throw InferenceError(.frameOrder, "the request has not ended") }
        return ResponseOpener(
            statement, head, encapsulatedKey: channel.encapsulatedKey,
            secret: try channel.secret(Exporting.response, count: 32), salt: salt, request: transcript, verifiedBy: key)
    }

    private static func frame(
        _ kind: FrameKind, _ content: [UInt8], _ channel: inout SealingChannel
    ) throws -> Frame {
        Frame(kind: kind, sealed: try channel.seal(Frame.padded(content), authenticating: [kind.rawValue]))
    }
}

/// The labels of the secrets that both ends take from HPKE.
enum Exporting {
    static let response = "chancery/inference-response/v1"
    static let salt = "chancery/inference-salt/v1"
}

public import ChanceryInference
public import ChanceryWire

/// The calls of OpenAI's interface that HIP-5 names.
extension SecureClient {
    /// A whole answer with its receipt.
    public struct Answer: Sendable {
        /// The HTTP status of the program that runs the model.
        public let status: Int
        public let mediaType: String
        public let body: [UInt8]
        public let proof: ResponseOpener.Proof

        /// The body as JSON.
        ///
        /// - Throws: ``Refusal`` for a status that is no success, and what is wrong with the JSON.
        public func json() throws -> JSONValue {
            guard (200..<300).contains(status) else { throw Refusal(status: status, body: body) }
            return try JSONParser.parse(body, limits: .init(bytes: SecureClient.answerBytes, depth: 32))
        }
    }

    /// Most bytes of an answer that is held whole.
    public static let answerBytes = 64 << 20

    /// Asks and waits for the whole answer.
    ///
    /// - Throws: as ``ask(_:_:_:)``; `inference.too_long` beyond ``answerBytes``.
    public func ask(_ operation: String, _ body: [UInt8]) async throws -> Answer {
        var (status, type, said) = (0, "", [UInt8]())
        let proof = try await ask(operation, body) { part in
            switch part {
            case .head(let answered, let mediaType): (status, type) = (answered, mediaType)
            case .body(let bytes):
                guard said.count + bytes.count <= Self.answerBytes else {
                    throw InferenceError(.tooLong, "the answer has more than \(Self.answerBytes) bytes")
                }
                said += bytes
            case .receipt: break
            }
        }
        return Answer(status: status, mediaType: type, body: said, proof: proof)
    }

    /// `POST /v1/chat/completions` with `messages`, each `{"role", "content"}`.
    public func complete(model: String, messages: [JSONValue]) async throws -> JSONValue {
        try await ask("chat/completions", Self.body(model, "messages", .array(messages))).json()
    }

    /// `POST /v1/embeddings` of `input`.
    public func embed(model: String, input: [String]) async throws -> JSONValue {
        try await ask("embeddings", Self.body(model, "input", .array(input.map { .string($0) }))).json()
    }

    private static func body(_ model: String, _ name: String, _ value: JSONValue) throws -> [UInt8] {
        var body: JSONObject = ["model": .string(model)]
        body[name] = value
        return try CanonicalForm.jcs.encode(body)
    }
}

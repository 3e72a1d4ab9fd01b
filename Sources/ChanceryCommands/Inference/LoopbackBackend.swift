internal import ChanceryAPI
internal import ChanceryInference
internal import ChanceryNode
internal import ChanceryTransport
internal import ChanceryWire

/// A program on this machine that runs a model and speaks OpenAI's interface. It sees what is asked in the clear, as it must.
struct LoopbackBackend: InferenceBackend {
    /// What is passed on; anything else is answered here.
    private static let operations: Set<String> = ["chat/completions", "completions", "embeddings"]

    private let address: PeerAddress

    init(_ text: String) throws {
        address = try UsageError.reading("--backend") { try PeerAddress(text) }
        guard !address.isSecure else {
            throw UsageError("--backend is a program on this machine, http://127.0.0.1:PORT")
        }
    }

    func run(_ call: InferenceCall, _ answer: (InferencePart) async throws -> Void) async throws {
        guard Self.operations.contains(call.operation) else {
            try await answer(.head(status: 404, mediaType: "application/json"))
            let error: JSONValue = [
                "error": ["code": "unknown_operation", "message": "the service has no such call", "type": "service_error"]
            ]
            return try await answer(.body(CanonicalForm.jcs.encode(error)))
        }
        let facts = try RequestFacts(
            method: "POST", scheme: .http, authority: address.authority, target: "/v1/\(call.operation)", headers: [],
            body: call.body)
        try await HTTPExchange(address).stream(facts, [], mediaType: call.mediaType) { part in
            switch part {
            case .head(let status, let type):
                try await answer(.head(status: status, mediaType: type.isEmpty ? "application/octet-stream" : type))
            case .body(let bytes): try await answer(.body(bytes))
            }
        }
    }
}

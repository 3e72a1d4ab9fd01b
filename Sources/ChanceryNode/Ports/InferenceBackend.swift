/// The program that runs a model.
///
/// Promise: `answer` gets one head, then parts of the body in order, and returns before the next; what it throws ends the call
/// and is thrown on. An implementation keeps nothing of a call after it.
public protocol InferenceBackend: Sendable {
    func run(_ call: InferenceCall, _ answer: (InferencePart) async throws -> Void) async throws
}

/// What a model is asked.
public struct InferenceCall: Sendable {
    /// Such as `chat/completions`.
    public let operation: String
    public let mediaType: String
    public let body: [UInt8]

    public init(operation: String, mediaType: String, body: [UInt8]) {
        self.operation = operation
        self.mediaType = mediaType
        self.body = body
    }
}

/// What it says.
public enum InferencePart: Sendable {
    case head(status: Int, mediaType: String)
    case body([UInt8])
}

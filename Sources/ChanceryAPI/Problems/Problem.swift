public import ChanceryWire

/// What a client is told about an error (RFC 9457): for programs the code, for people the detail, for both the request.
public struct Problem: Sendable, Equatable {
    public static let mediaType = "application/problem+json"

    public let status: Int
    public let code: String
    public let detail: String
    /// The id of the request, also in the header `X-Request-ID`.
    public let request: String

    /// What is not a coded error is nobody's business outside: it becomes `api.internal_error` without a detail.
    public init(_ error: any Error, request: String) {
        let coded = error as? any CodedError
        code = coded?.code ?? APIError.Reason.internalError.rawValue
        status = ProblemStatus.of(code)
        // Details of the server's own failures name files and tables.
        let isOwn = status == 500 || coded == nil || status == 503 && code.hasPrefix("store.")
        detail = isOwn ? "the server failed; its log names the request" : coded?.detail ?? ""
        self.request = request
    }

    public var json: JSONValue {
        [
            "code": .string(code), "detail": .string(detail), "instance": .string("urn:chancery:request:\(request)"),
            "status": .integer(Int64(status)), "title": .string(ProblemStatus.title(status)),
            "type": .string("urn:chancery:problem:\(code)"),
        ]
    }

    /// The shape of ``json``.
    public static var schema: Schema {
        .object(
            [
                ("code", .string(description: "A stable code of docs/error-codes.md.")),
                ("detail", .string(description: "What was wrong, for people.")),
                ("instance", .string(description: "The request.")),
                ("status", .integer(400...599)), ("title", .string()), ("type", .string(description: "A name of the code.")),
            ], described: "RFC 9457")
    }
}

import ChanceryWire

/// What a client learns of a tool that failed.
struct ToolFailure: Error, Equatable {
    let code: String
    let detail: String

    init(_ error: any CodedError) {
        code = error.code
        detail = error.detail
    }
}

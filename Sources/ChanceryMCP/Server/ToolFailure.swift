package import ChanceryWire

/// What a client learns of a tool that failed.
package struct ToolFailure: Error, Equatable {
    let code: String
    let detail: String

    package init(_ error: any CodedError) {
        code = error.code
        detail = error.detail
    }
}

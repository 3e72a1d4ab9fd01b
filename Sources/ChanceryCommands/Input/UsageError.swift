internal import ChanceryWire

/// A mistake on the command line that the parser cannot see.
struct UsageError: CodedError {
    let detail: String
    var code: String { "command.usage" }

    init(_ detail: String) { self.detail = detail }

    /// Runs `body` on what was typed as `argument`: whatever its form lacks is a mistake of the caller.
    static func reading<Value>(_ argument: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as any CodedError where !["node", "store", "command"].contains(error.code.prefix { $0 != "." }) {
            throw UsageError("\(argument): \(error)")
        }
    }
}

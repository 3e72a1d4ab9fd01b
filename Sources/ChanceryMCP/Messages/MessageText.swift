import ChanceryWire

/// Writes messages in one form only: no whitespace, members in code point order, every number as it was evaluated.
///
/// What is evaluated is written anew and never copied from a peer. A carriage return between two tokens, legal in
/// JSON, ends a line for readers with universal newlines, so that copied text could smuggle a second message.
enum MessageText {
    static func request(_ id: MessageID, _ method: String, _ params: JSONObject?) -> JSONValue {
        var message: JSONObject = ["jsonrpc": "2.0", "id": id.value, "method": .string(method)]
        message["params"] = params.map(JSONValue.object)
        return .object(message)
    }

    static func notification(_ method: String, _ params: JSONObject?) -> JSONValue {
        var message: JSONObject = ["jsonrpc": "2.0", "method": .string(method)]
        message["params"] = params.map(JSONValue.object)
        return .object(message)
    }

    static func result(_ id: MessageID, _ result: JSONObject) -> JSONValue {
        ["jsonrpc": "2.0", "id": id.value, "result": .object(result)]
    }

    static func failure(_ id: MessageID?, _ error: JSONObject) -> JSONValue {
        ["jsonrpc": "2.0", "id": id?.value ?? .null, "error": .object(error)]
    }

    static func failure(_ id: MessageID?, _ error: MCPError, data: JSONObject? = nil) -> JSONValue {
        var object: JSONObject = ["code": .integer(error.reason.rpcCode), "message": .string(error.detail)]
        object["data"] = .object(data ?? ["code": .string(error.code)])
        return failure(id, object)
    }

    /// The bytes of `value`: portable text as AISS-1 writes it, which keeps the kind and all digits of a number.
    ///
    /// Nil only for a number that no parser gives; nothing is sent then.
    static func bytes(_ value: JSONValue) -> [UInt8]? { try? CanonicalForm.aiss1.encode(value) }
}

public import ChanceryWire

/// One JSON-RPC 2.0 message, read strictly.
public enum Message: Sendable, Equatable {
    case request(MessageID, method: String, params: JSONObject?)
    case notification(method: String, params: JSONObject?)
    case result(MessageID, JSONObject)
    /// An error response; its id is nil when the peer could not tell which request it answers.
    case failure(MessageID?, JSONObject)
}

/// A line that is no message, and whom the answer to it may name.
public struct MessageFault: Error, Equatable {
    public let error: MCPError
    /// The id of the refused request, where it could be read.
    public let id: MessageID?
}

extension Message {
    /// What a peer may send in one line.
    public struct Limits: Sendable {
        public var bytes: Int
        public var depth: Int
        public var values: Int

        public init(bytes: Int = 4 << 20, depth: Int = 60, values: Int = 1 << 18) {
            self.bytes = bytes
            self.depth = depth
            self.values = values
        }
    }

    /// The message in `line`.
    ///
    /// Refuses what two readers could take differently: repeated names, text that is not UTF-8, batches, members
    /// beside those of JSON-RPC 2.0, ids and params of other types, a message that is request and response at once.
    public static func read(_ line: [UInt8], limits: Limits = Limits()) throws(MessageFault) -> Message {
        guard line.count < limits.bytes else {
            throw MessageFault(error: MCPError(.tooLong, "message of \(line.count) bytes, limit \(limits.bytes)"), id: nil)
        }
        let value: JSONValue
        do {
            value = try JSONParser.parse(line, limits: .init(bytes: limits.bytes, depth: limits.depth, values: limits.values))
        } catch {
            throw MessageFault(error: MCPError(.malformed, "\(error)"), id: nil)
        }
        guard let object = value.object else {
            throw MessageFault(error: MCPError(.invalidRequest, "a message is an object, found \(value.kind)"), id: nil)
        }
        let id = object["id"].flatMap(MessageID.init)
        do {
            return try interpret(object, id: id)
        } catch {
            throw MessageFault(error: error, id: id)
        }
    }

    private static func interpret(_ object: JSONObject, id: MessageID?) throws(MCPError) -> Message {
        guard object["jsonrpc"] == "2.0" else { throw MCPError(.invalidRequest, "`jsonrpc` must be `2.0`") }
        if let method = object["method"] {
            try allow(["jsonrpc", "id", "method", "params"], in: object)
            guard let method = method.string, method.utf8.count <= 256 else {
                throw MCPError(.invalidRequest, "`method` must be a string of at most 256 bytes")
            }
            if let params = object["params"], params.object == nil {
                throw MCPError(.invalidRequest, "`params` must be an object, found \(params.kind)")
            }
            guard object["id"] != nil else { return .notification(method: method, params: object["params"]?.object) }
            guard let id else { throw MCPError(.invalidRequest, "`id` must be an integer or a string") }
            return .request(id, method: method, params: object["params"]?.object)
        }
        if let result = object["result"] {
            try allow(["jsonrpc", "id", "result"], in: object)
            guard let id else { throw MCPError(.invalidRequest, "`id` must be an integer or a string") }
            guard let result = result.object else {
                throw MCPError(.invalidRequest, "`result` must be an object, found \(result.kind)")
            }
            return .result(id, result)
        }
        guard let error = object["error"]?.object else {
            throw MCPError(.invalidRequest, "a message has a method, a result or an error")
        }
        try allow(["jsonrpc", "id", "error"], in: object)
        guard error["code"]?.integer != nil, error["message"]?.string != nil else {
            throw MCPError(.invalidRequest, "an error has an integer `code` and a string `message`")
        }
        guard id != nil || object["id"]?.isNull != false else {
            throw MCPError(.invalidRequest, "`id` must be an integer or a string")
        }
        return .failure(id, error)
    }

    private static func allow(_ names: [String], in object: JSONObject) throws(MCPError) {
        for name in object.names where !names.contains(where: { $0.utf8.elementsEqual(name.utf8) }) {
            throw MCPError(.invalidRequest, "a message has no member `\(name.prefix(64))` there")
        }
    }
}

public import ChanceryWire

/// The tools of all servers as an operator accepted them: the defence against a server that changes a tool after it
/// was trusted.
///
/// A server that was never seen is trusted as it lists itself the first time. From then on only
/// ``accept(tool:of:)`` makes a changed or new tool callable.
public struct ToolPins: Sendable, Equatable {
    public static let format = "chancery/mcp-pins/v1"
    static let maximumBytes = 16 << 20

    private var upstreams: [ExactText: [ExactText: PinnedTool]] = [:]

    public init() {}

    /// The names of all servers, ascending by bytes.
    public var names: [String] { upstreams.keys.sorted().map(\.text) }

    /// The tools of `upstream`, ascending by bytes; nil when it was never seen.
    public func tools(of upstream: String) -> [PinnedTool]? {
        upstreams[ExactText(upstream)].map { tools in tools.sorted { $0.key < $1.key }.map(\.value) }
    }

    public func tool(_ name: String, of upstream: String) -> PinnedTool? {
        upstreams[ExactText(upstream)]?[ExactText(name)]
    }

    /// Takes what a server lists now. Gives whether anything is different from before.
    package mutating func observe(_ listed: [ExactText: String], of upstream: String, at now: UTCTime) -> Bool {
        let key = ExactText(upstream)
        let known = upstreams[key]
        var tools = known ?? [:]
        for name in tools.keys where listed[name] == nil {
            tools[name]?.seen = nil
            if tools[name]?.pin == nil { tools[name] = nil }
        }
        for (name, seen) in listed {
            let isFirst = known == nil
            var tool = tools[name] ?? PinnedTool(name: name.text, pin: isFirst ? seen : nil, seen: seen, firstSeen: now)
            tool.seen = seen
            tools[name] = tool
        }
        upstreams[key] = tools
        return known != tools
    }

    /// Accepts the descriptor that the server lists now; the operator's act alone.
    ///
    /// - Throws: `mcp.tool_unlisted` when the server does not list the tool.
    public mutating func accept(tool name: String, of upstream: String) throws(MCPError) {
        guard let seen = tool(name, of: upstream)?.seen else {
            throw MCPError(.toolUnlisted, "`\(upstream.prefix(64))` lists no tool `\(name.prefix(64))`")
        }
        upstreams[ExactText(upstream)]?[ExactText(name)]?.pin = seen
    }

    /// Takes what `others` saw of a server. What is accepted here stays so, and of a server that is known here nothing else
    /// becomes accepted: two gateways that meet it first at the same time trust one list.
    public mutating func adopt(_ upstream: String, from others: ToolPins) {
        let key = ExactText(upstream)
        guard var tools = others.upstreams[key] else { return }
        if let known = upstreams[key] {
            for name in tools.keys { tools[name]?.pin = known[name]?.pin }
            for (name, tool) in known where tool.pin != nil && tools[name] == nil {
                tools[name] = tool
                tools[name]?.seen = nil
            }
            tools = tools.filter { $0.value.pin != nil || $0.value.seen != nil }
        }
        upstreams[key] = tools
    }

    /// Forgets a server: its next list is trusted as a first one.
    public mutating func forget(_ upstream: String) { upstreams[ExactText(upstream)] = nil }
}

extension ToolPins {
    /// The bytes to keep: RFC 8785, servers and tools ascending by name.
    public func encoded() throws(WireError) -> [UInt8] {
        let list = upstreams.sorted { $0.key < $1.key }.map { name, tools -> JSONValue in
            let entries = tools.sorted { $0.key < $1.key }.map { _, tool -> JSONValue in
                var entry: JSONObject = ["name": .string(tool.name), "first_seen": .string(tool.firstSeen.text)]
                entry["pin"] = tool.pin.map(JSONValue.string)
                entry["seen"] = tool.seen.map(JSONValue.string)
                return .object(entry)
            }
            return ["name": .string(name.text), "tools": .array(entries)]
        }
        let file: JSONObject = ["format": .string(Self.format), "upstreams": .array(list)]
        return try CanonicalForm.jcs.encode(file)
    }

    /// Reads exactly what ``encoded()`` writes.
    ///
    /// - Throws: `mcp.pins_invalid` for anything else.
    public init(decoding bytes: [UInt8]) throws(MCPError) {
        do {
            let value = try JSONParser.parse(bytes, limits: .init(bytes: Self.maximumBytes, depth: 8))
            var reader = try RecordReader(value, "pin file")
            guard try reader.string("format", limit: 64) == Self.format else {
                throw WireError(.invalidValue, "not a file of format \(Self.format)")
            }
            for value in try reader.array("upstreams", limit: 4096) {
                var upstream = try RecordReader(value, "server")
                let name = try upstream.string("name", limit: 256)
                var tools: [ExactText: PinnedTool] = [:]
                for value in try upstream.array("tools", limit: ToolListing.maximumTools) {
                    let tool = try PinnedTool(value)
                    guard tools.updateValue(tool, forKey: ExactText(tool.name)) == nil else {
                        throw WireError(.duplicateKey, "tool `\(tool.name)` appears twice")
                    }
                }
                try upstream.finish()
                guard upstreams.updateValue(tools, forKey: ExactText(name)) == nil else {
                    throw WireError(.duplicateKey, "server `\(name)` appears twice")
                }
            }
            try reader.finish()
            guard try encoded() == bytes else { throw WireError(.notCanonical, "the bytes are not the canonical form") }
        } catch {
            throw MCPError(.pinsInvalid, "\(error)")
        }
    }
}

extension PinnedTool {
    fileprivate init(_ value: JSONValue) throws(WireError) {
        var reader = try RecordReader(value, "tool")
        name = try reader.string("name", limit: 256)
        firstSeen = try reader.time("first_seen")
        pin = try value["pin"] == nil ? nil : Hex.encode(reader.hex("pin", count: 32))
        seen = try value["seen"] == nil ? nil : Hex.encode(reader.hex("seen", count: 32))
        try reader.finish()
        guard pin != nil || seen != nil else { throw WireError(.missingMember, "tool lacks `pin` and `seen`") }
    }
}

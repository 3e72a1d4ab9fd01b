package import ChanceryWire

/// The tools of one server, collected page by page, with the pin of each.
package struct ToolListing: Sendable, Equatable {
    static let maximumPages = 128
    static let maximumTools = 8192

    private(set) var pins: [ExactText: String] = [:]
    private var ambiguous: Set<ExactText> = []
    private var cursors: Set<ExactText> = []
    private var pages = 0

    /// Adds one page and gives the cursor of the next, or nil after the last.
    ///
    /// - Throws: `mcp.result_refused` for a page that is no page, a cursor that comes again, or more than
    ///   128 pages or 8192 tools.
    mutating func add(_ page: JSONObject, with digest: any HashProvider) throws(MCPError) -> String? {
        pages += 1
        guard let tools = page["tools"]?.array else { throw MCPError(.resultRefused, "the server lists no `tools`") }
        for tool in tools {
            guard let (name, pin) = Self.pin(of: tool, with: digest) else { continue }
            // Two tools of one name: nobody can say which one is called.
            if ambiguous.contains(name) { continue }
            if pins.updateValue(pin, forKey: name) != nil {
                pins[name] = nil
                ambiguous.insert(name)
            }
        }
        guard pages <= Self.maximumPages, pins.count + ambiguous.count <= Self.maximumTools else {
            throw MCPError(.resultRefused, "the server lists too many tools")
        }
        guard let next = page["nextCursor"], !next.isNull else { return nil }
        guard let cursor = next.string, cursor.utf8.count <= 4096, cursors.insert(ExactText(cursor)).inserted else {
            throw MCPError(.resultRefused, "the server's list of tools does not end")
        }
        return cursor
    }

    /// Name and pin of one listed tool: the hash of the whole descriptor; nil when it is no tool.
    package static func pin(of tool: JSONValue, with digest: any HashProvider) -> (ExactText, String)? {
        guard let name = tool["name"]?.string, (1...256).contains(name.utf8.count), tool["inputSchema"]?.object != nil,
            let pin = HashedText.tool.hex(of: tool, with: digest)
        else { return nil }
        return (ExactText(name), pin)
    }
}

import ChanceryWire

/// What a server says it can do, without what the gateway does not carry.
enum ServerOffer {
    private static let capabilities: [String: [String]] = [
        "tools": ["listChanged"], "prompts": ["listChanged"], "resources": ["listChanged", "subscribe"], "logging": [],
    ]

    /// The result of `initialize` without completions, tasks, experimental features and extensions.
    static func reduced(_ result: JSONObject) -> JSONObject {
        var result = result
        var kept = JSONObject()
        for (name, members) in capabilities.sorted(by: { $0.key < $1.key }) {
            guard let offered = result["capabilities"]?[name]?.object else { continue }
            var capability = JSONObject()
            for member in members { capability[member] = offered[member] }
            kept[name] = .object(capability)
        }
        result["capabilities"] = .object(kept)
        return result
    }

    /// The result of `server/discover` with the revisions that both speak; nil when there is none.
    static func reducedDiscovery(_ result: JSONObject) -> JSONObject? {
        let versions = (result["supportedVersions"]?.array ?? []).filter { version in
            version.string.map { ProtocolVersion.isEnvelope($0) || ProtocolVersion.isHandshake($0) } ?? false
        }
        guard !versions.isEmpty else { return nil }
        var reduced = reduced(result)
        reduced["supportedVersions"] = .array(versions)
        return reduced
    }
}

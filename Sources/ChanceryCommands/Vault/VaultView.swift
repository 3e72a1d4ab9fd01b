internal import ChanceryWire

/// How the vault's content is shown to people.
enum VaultView {
    /// A member of a JSON object as text.
    static func text(_ value: JSONValue, _ name: String) -> String {
        Console.printable(value[name]?.string ?? value[name]?.integer.map(String.init) ?? "")
    }

    /// A version without its files and grants.
    static func version(_ shown: JSONValue) -> JSONValue {
        var object = shown.object ?? JSONObject()
        for name in ["description", "files", "grants", "release", "tags"] { object[name] = nil }
        return .object(object)
    }

    static func show(_ entries: [JSONValue], _ options: GlobalOptions) throws {
        try options.show(.array(entries)) {
            var table = Table(["name", "version", "kind", "tier", "bytes", "status", "put", "manifest"])
            for entry in entries {
                table.add(
                    ["name", "version", "kind", "tier", "length", "status", "put"].map { text(entry, $0) }
                        + [String(text(entry, "manifest").prefix(16))])
            }
            return table.text
        }
    }

    static func text(_ shown: JSONValue) -> String {
        func text(_ name: String) -> String { Self.text(shown, name) }
        let release = text("release").isEmpty ? "" : " (\(text("release")))"
        var lines = [
            "\(text("name")), version \(text("version"))\(release)", "artifact  \(text("artifact"))",
            "manifest  \(text("manifest"))", "kind      \(text("kind")), tier \(text("tier"))", "put       \(text("put"))",
        ]
        if !text("description").isEmpty { lines.append("about     \(text("description"))") }
        for file in shown["files"]?.array ?? [] {
            lines.append("file      \(Self.text(file, "path"))  \(Self.text(file, "length")) bytes")
        }
        for grant in shown["grants"]?.array ?? [] {
            lines.append("granted   \(Self.text(grant, "agent")) until \(Self.text(grant, "until"))")
        }
        return lines.joined(separator: "\n")
    }

    static func show(standing: JSONValue, _ options: GlobalOptions) throws {
        try options.show(standing) {
            let state = text(standing, "state")
            guard state != "closed" else { return "state     closed: `chancery vault unlock` opens it" }
            let open = state == "unlocked" ? ", \(text(standing, "remaining")) s left" : ""
            let custody =
                standing["custody"].flatMap(\.object) == nil
                ? "known when it is unlocked"
                : "\(text(standing["custody"] ?? .null, "name")): \(text(standing["custody"] ?? .null, "summary"))"
            return """
                vault     \(text(standing, "vault"))
                state     \(state)\(open)
                custody   \(custody)
                versions  \(text(standing, "versions"))
                keys      \(text(standing, "keys")), \(text(standing, "due")) due (`chancery keys due`)
                policy    \(standing["policy"]?.bool == true ? "in force" : "none: everything is denied")
                """
        }
    }
}

internal import ChanceryNode
internal import ChanceryWire

/// How keys of clients are shown.
enum APIKeyView {
    static func json(_ key: APIKeyStatement) -> JSONValue {
        var json: JSONObject = [
            "key_id": .string(key.keyID), "name": .string(key.name), "not_after": .string(key.notAfter.text),
            "not_before": .string(key.notBefore.text), "quotas": .array(key.quotas.map { .string($0.text) }),
            "roles": .array(key.roles.map { .string($0) }), "rotate_by": .string(key.rotateBy.text),
            "status": .string(key.state(at: Home.now()).rawValue),
        ]
        json["replaces"] = key.replaces.map { .string($0) }
        json["replaced_by"] = key.replacedBy.map { .string($0) }
        return .object(json)
    }

    static func table(_ keys: [APIKeyStatement]) -> String {
        var table = Table(["key", "name", "roles", "quotas", "status", "rotate by", "until"])
        for key in keys {
            table.add([
                key.keyID, key.name, key.roles.joined(separator: ", "), quotas(key),
                key.state(at: Home.now()).rawValue, key.rotateBy.text, key.notAfter.text,
            ])
        }
        return table.text
    }

    /// Shows a key that was just made or registered.
    static func show(
        _ key: APIKeyStatement, out: String?, replacing old: APIKeyStatement? = nil, _ options: GlobalOptions
    ) throws {
        var json = json(key).object ?? JSONObject()
        json["out"] = out.map { .string($0) }
        json["replaced_until"] = old.map { .string($0.notAfter.text) }
        try options.show(.object(json)) {
            let lines = [
                "\(key.keyID)  \(key.roles.joined(separator: ", ")), until \(key.notAfter.text)",
                key.quotas.isEmpty ? nil : "quotas \(quotas(key))",
                old.map { "\($0.keyID) counts until \($0.notAfter.text)" }, out.map { "wrote \($0)" },
            ]
            return lines.compactMap(\.self).joined(separator: "\n")
        }
    }

    private static func quotas(_ key: APIKeyStatement) -> String {
        key.quotas.isEmpty ? "-" : key.quotas.map(\.text).joined(separator: ", ")
    }
}

extension APIKeyQuota {
    /// Reads what people write: `1000/1h` requests, or `64MiB/1d` of bodies.
    init(option text: String) throws {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Self.unreadable(text) }
        let sizes: [(String, Int64)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1)]
        let size = sizes.first { parts[0].hasSuffix($0.0) }
        let digits = parts[0].dropLast(size?.0.count ?? 0)
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int64(digits) else {
            throw Self.unreadable(text)
        }
        let (amount, overflow) = count.multipliedReportingOverflow(by: size?.1 ?? 1)
        guard !overflow else { throw Self.unreadable(text) }
        try self.init(size == nil ? .requests : .bytes, amount, each: TimeSpan(String(parts[1]), option: "--quota").seconds)
    }

    private static func unreadable(_ text: String) -> UsageError {
        UsageError("--quota `\(text)` is not like 1000/1h or 64MiB/1d")
    }
}

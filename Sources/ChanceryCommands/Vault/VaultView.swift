internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire

/// How the vault's content is shown to people.
enum VaultView {
    static func json(_ entry: CatalogueEntry) -> JSONValue {
        [
            "artifact": .string(entry.artifact.text), "kind": .string(entry.kind.rawValue), "length": .integer(entry.length),
            "manifest": .string(entry.manifest.text), "name": .string(entry.name.text), "put": .string(entry.put.text),
            "status": .string(entry.status.rawValue), "tier": .integer(Int64(entry.tier.rawValue)),
            "version": .integer(entry.version), "wrapping_key": .string(entry.wrappingKey.text),
        ]
    }

    static func show(_ entries: [CatalogueEntry], _ options: GlobalOptions) throws {
        try options.show(.array(entries.map(json))) {
            var table = Table(["name", "version", "kind", "tier", "bytes", "status", "put", "manifest"])
            for entry in entries {
                table.add([
                    entry.name.text, "\(entry.version)", entry.kind.rawValue, "\(entry.tier.rawValue)", "\(entry.length)",
                    entry.status.rawValue, entry.put.text, String(entry.manifest.text.prefix(16)),
                ])
            }
            return table.text
        }
    }

    static func json(_ entry: CatalogueEntry, _ manifest: Manifest, _ grants: [LocalGrant]) -> JSONValue {
        var object = json(entry).object ?? JSONObject()
        object["files"] = .array(
            manifest.terms.files.map { file in
                [
                    "length": .integer(Int64(clamping: file.length)), "path": .string(file.path.text),
                    "tree": .string(Hex.encode(file.tree.bytes)),
                ]
            })
        object["grants"] = .array(
            grants.map { ["agent": .string($0.agent), "from": .string($0.from.text), "until": .string($0.until.text)] })
        let metadata = manifest.terms.metadata
        object["description"] = .string(metadata.description)
        object["release"] = .string(metadata.release)
        object["tags"] = .array(metadata.tags.map { .string($0) })
        return .object(object)
    }

    static func text(_ entry: CatalogueEntry, _ manifest: Manifest, _ grants: [LocalGrant]) -> String {
        let metadata = manifest.terms.metadata
        var lines = [
            "\(entry.name), version \(entry.version)\(metadata.release.isEmpty ? "" : " (\(metadata.release))")",
            "artifact  \(entry.artifact.text)", "manifest  \(entry.manifest.text)",
            "kind      \(entry.kind.rawValue), tier \(entry.tier.rawValue)", "put       \(entry.put.text)",
        ]
        if !metadata.description.isEmpty { lines.append("about     \(Console.printable(metadata.description))") }
        for file in manifest.terms.files { lines.append("file      \(file.path)  \(file.length) bytes") }
        for grant in grants { lines.append("granted   \(Console.printable(grant.agent)) until \(grant.until.text)") }
        return lines.joined(separator: "\n")
    }
}

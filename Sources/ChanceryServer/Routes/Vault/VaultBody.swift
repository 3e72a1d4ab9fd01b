public import ChanceryAPI
public import ChanceryNode
internal import ChancerySuite
public import ChanceryVault
public import ChanceryWire

/// How what a vault holds is shown.
public enum VaultBody {
    /// A version as the catalogue has it.
    public static func json(_ entry: CatalogueEntry) -> JSONValue {
        [
            "artifact": .string(entry.artifact.text), "kind": .string(entry.kind.rawValue), "length": .integer(entry.length),
            "manifest": .string(entry.manifest.text), "name": .string(entry.name.text), "put": .string(entry.put.text),
            "status": .string(entry.status.rawValue), "tier": .integer(Int64(entry.tier.rawValue)),
            "version": .integer(entry.version), "wrapping_key": .string(entry.wrappingKey.text),
        ]
    }

    private static let members: [(String, Schema)] = [
        ("artifact", .string()), ("kind", .string(values: ArtifactKind.allCases.map(\.rawValue))), ("length", .count),
        ("manifest", .hex(32)), ("name", .string()), ("put", .time()),
        ("status", .string(values: CatalogueEntry.Status.allCases.map(\.rawValue))), ("tier", .integer(0...4)),
        ("version", .count), ("wrapping_key", .string()),
    ]

    /// The shape of ``json(_:)-(CatalogueEntry)``.
    public static let schema = Schema.object(members)

    /// A version with its files, and who may open it.
    public static func json(_ entry: CatalogueEntry, _ manifest: Manifest, _ grants: [LocalGrant]) -> JSONValue {
        var object = json(entry).object ?? JSONObject()
        object["files"] = .array(
            manifest.terms.files.map { file in
                [
                    "length": .integer(Int64(clamping: file.length)), "path": .string(file.path.text),
                    "tree": .string(Hex.encode(file.tree.bytes)),
                ]
            })
        object["grants"] = .array(grants.map(json))
        let metadata = manifest.terms.metadata
        object["description"] = .string(metadata.description)
        object["bundle"] = .string(metadata.bundle)
        object["device"] = .string(metadata.device)
        object["model"] = .string(metadata.model)
        object["release"] = .string(metadata.release)
        object["tags"] = .array(metadata.tags.map { .string($0) })
        return .object(object)
    }

    /// The shape of a version with its files.
    public static let detailSchema = Schema.object(
        members + [
            ("files", .array(.object([("length", .count), ("path", .string()), ("tree", .hex(32))]))),
            ("grants", .array(.object([("agent", .string()), ("from", .time()), ("until", .time())]))),
            ("bundle", .string()), ("description", .string()), ("device", .string()), ("model", .string()),
            ("release", .string()), ("tags", .array(.string())),
        ])

    private static func json(_ grant: LocalGrant) -> JSONValue {
        ["agent": .string(grant.agent), "from": .string(grant.from.text), "until": .string(grant.until.text)]
    }

    /// Where a vault stands. Of a closed one nothing else is known.
    public static func json(_ status: Vault.Status?, due: Int) -> JSONValue {
        [
            "custody": status?.custody?.json ?? .null,
            "due": status == nil ? .null : .integer(Int64(due)),
            "keys": status.map { .integer(Int64($0.keys)) } ?? .null,
            "policy": status.map { .bool($0.hasPolicy) } ?? .null, "remaining": .integer(status?.remaining ?? 0),
            "state": status.map { $0.isUnlocked ? "unlocked" : "locked" } ?? "closed",
            "vault": status.map { .string($0.vault.text) } ?? .null,
            "versions": status.map { .integer(Int64($0.versions)) } ?? .null,
        ]
    }

    /// The shape of a vault's standing.
    public static let statusSchema = Schema.object([
        ("custody", Schema(["type": ["object", "null"]])), ("due", optionalCount), ("keys", optionalCount),
        ("policy", Schema(["type": ["boolean", "null"]])), ("remaining", .count),
        ("state", .string(values: ["closed", "locked", "unlocked"])), ("vault", .string(isOptional: true)),
        ("versions", optionalCount),
    ])

    private static let optionalCount = Schema.integer(0...CanonicalForm.largestSafeInteger, isOptional: true)

    /// The shape of a question of presence.
    static let presenceSchema = Schema.object([
        ("artifact", .string()), ("issued", .time()), ("manifest", .hex(32)), ("nonce", .string()), ("principal", .string()),
        ("right", .string(values: AccessRight.allCases.map(\.rawValue))), ("vault", .string()),
    ])

    /// A grant that was made.
    public static func granted(_ grant: LocalGrant) -> JSONValue {
        ["agent": .string(grant.agent), "manifest": .string(grant.manifest.text), "until": .string(grant.until.text)]
    }

    /// A grant that was taken back.
    public static func revoked(_ agent: String, _ entry: CatalogueEntry) -> JSONValue {
        ["agent": .string(agent), "manifest": .string(entry.manifest.text)]
    }

    public static func json(_ due: DueKey) -> JSONValue {
        ["key": .string(due.id.text), "step": .string(due.step.rawValue)]
    }
}

extension RouteDocument.Parameter {
    /// Which artifact, in the path.
    static let artifact = path("artifact", .text(), "The artifact's name or id.")
    /// Which version, in the query.
    static let version = query("version", .integer(1...CanonicalForm.largestSafeInteger), "Its version; the newest without it.")
}

extension APIRequest {
    /// The artifact that the path names.
    func artifact() throws -> String { try RequestParameters.require(parameters.text("artifact"), "artifact") }

    func version() throws -> Int64? { try parameters.integer("version", in: 1...CanonicalForm.largestSafeInteger) }

    /// A number that a JSON body may leave out.
    static func optionalInteger(_ reader: inout RecordReader, _ name: String, in range: ClosedRange<Int64>) throws -> Int64? {
        reader.optional(name) == nil ? nil : try reader.integer(name, in: range)
    }

    /// The members of a small JSON body.
    func object(_ name: String) throws -> RecordReader {
        try RecordReader(JSONParser.parse(body, limits: .init(bytes: 1 << 16, depth: 4)), name)
    }
}

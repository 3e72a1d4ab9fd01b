public import ChanceryWire

/// What the owner of an artifact says about it: the descriptive fields of pqc-enclave-sdk. Nothing here is checked against
/// the world; the manifest's signature says who wrote it.
public struct ArtifactMetadata: Sendable, Equatable {
    public static let maximumTextBytes = 255
    public static let maximumDescriptionBytes = 4096
    public static let maximumTags = 64

    /// The bundle that the artifact was made for; empty for none.
    public let bundle: String
    public let created: UTCTime
    public let description: String
    /// The device that the artifact came from; empty for none.
    public let device: String
    /// The DID of the model; empty for none.
    public let model: String
    /// The owner's own name of this version, such as `1.0.0`. Order and identity of versions are the manifest's `version`.
    public let release: String
    public let tags: [String]

    /// - Throws: `vault.invalid_name` for texts beyond the limits, control or formatting characters, empty or repeated tags.
    public init(
        created: UTCTime, release: String = "", description: String = "", bundle: String = "", device: String = "",
        model: String = "", tags: [String] = []
    ) throws(VaultError) {
        for text in [bundle, device, model, release] { try Self.check(text, Self.maximumTextBytes) }
        try Self.check(description, Self.maximumDescriptionBytes)
        guard tags.count <= Self.maximumTags, Set(tags.map { Array($0.utf8) }).count == tags.count else {
            throw VaultError(.invalidName, "an artifact has at most \(Self.maximumTags) tags, each once")
        }
        for tag in tags {
            guard !tag.isEmpty else { throw VaultError(.invalidName, "a tag is empty") }
            try Self.check(tag, Self.maximumTextBytes)
        }
        self.bundle = bundle
        self.created = created
        self.description = description
        self.device = device
        self.model = model
        self.release = release
        self.tags = tags
    }

    private static func check(_ text: String, _ limit: Int) throws(VaultError) {
        guard text.utf8.count <= limit else { throw VaultError(.invalidName, "a text of the metadata exceeds \(limit) bytes") }
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator:
                throw VaultError(.invalidName, "a text of the metadata holds a control character")
            default: continue
            }
        }
    }

    var json: JSONValue {
        [
            "app_bundle_id": .string(bundle), "created_at": .string(created.text), "description": .string(description),
            "device_id": .string(device), "model_did": .string(model), "release": .string(release),
            "tags": .array(tags.map { .string($0) }),
        ]
    }

    init(_ json: JSONValue) throws {
        var reader = try RecordReader(json, "metadata")
        let tags = try reader.array("tags", limit: Self.maximumTags).map { tag in
            guard let text = tag.string else { throw WireError(.wrongType, "a tag must be a string, found \(tag.kind)") }
            return text
        }
        try self.init(
            created: reader.time("created_at"), release: reader.string("release"), description: reader.string("description"),
            bundle: reader.string("app_bundle_id"), device: reader.string("device_id"), model: reader.string("model_did"),
            tags: tags)
        try reader.finish()
    }
}

public import ChanceryWire

/// One step in the life of keys, as an event of the vault's chain.
public struct KeyEvent: Sendable, Equatable {
    public static let eventType = "vault_key"
    /// The most children that one event moves.
    public static let mostChildren = 4096

    public enum Change: Sendable, Equatable {
        /// A new key; active at once when its time has come.
        case create(KeyStatement, parent: VaultKeyID?)
        case activate(VaultKeyID)
        /// The key is replaced and serves until the overlap ends.
        case rotate(VaultKeyID, to: KeyStatement, parent: VaultKeyID?, overlapEnds: UTCTime)
        /// The seeds of these keys are wrapped under another root.
        case adopt([VaultKeyID], under: VaultKeyID)
        case retire(VaultKeyID)
        case destroy(VaultKeyID)
        case compromise(VaultKeyID)
    }

    public let change: Change
    public let time: UTCTime

    public init(_ change: Change, at time: UTCTime) {
        self.change = change
        self.time = time
    }
}

extension KeyEvent {
    private var action: String {
        switch change {
        case .create: "create"
        case .activate: "activate"
        case .rotate: "rotate"
        case .adopt: "adopt"
        case .retire: "retire"
        case .destroy: "destroy"
        case .compromise: "compromise"
        }
    }

    /// As the payload of an event.
    public var payload: JSONObject {
        var object: JSONObject = [
            "action": .string(action), "event_type": .string(Self.eventType), "time": .string(time.text),
        ]
        switch change {
        case .create(let statement, let parent):
            object["key"] = statement.json
            object["parent"] = parent.map { .string($0.text) } ?? .null
        case .rotate(let old, let statement, let parent, let overlapEnds):
            object["id"] = .string(old.text)
            object["key"] = statement.json
            object["overlap_ends"] = .string(overlapEnds.text)
            object["parent"] = parent.map { .string($0.text) } ?? .null
        case .adopt(let children, let parent):
            object["children"] = .array(children.map { .string($0.text) })
            object["parent"] = .string(parent.text)
        case .activate(let id), .retire(let id), .destroy(let id), .compromise(let id): object["id"] = .string(id.text)
        }
        return object
    }

    /// Reads what ``payload`` wrote.
    ///
    /// - Throws: `vault.event_malformed`, `vault.key_malformed`, and the errors of a strict reader.
    public init(_ payload: JSONObject) throws {
        var reader = RecordReader(payload, "key event")
        guard try reader.string("event_type", limit: 64) == Self.eventType else {
            throw VaultError(.eventMalformed, "the event is about no key")
        }
        let action = try reader.string("action", limit: 16)
        time = try reader.time("time")
        switch action {
        case "create": change = .create(try KeyStatement(reader.value("key")), parent: try Self.parent(&reader))
        case "rotate":
            change = .rotate(
                try VaultKeyID(reader.string("id", limit: 64)), to: try KeyStatement(reader.value("key")),
                parent: try Self.parent(&reader), overlapEnds: try reader.time("overlap_ends"))
        case "adopt":
            let children = try reader.array("children", limit: Self.mostChildren).map { child in
                try VaultKeyID(child.string ?? "")
            }
            change = .adopt(children, under: try VaultKeyID(reader.string("parent", limit: 64)))
        case "activate": change = .activate(try VaultKeyID(reader.string("id", limit: 64)))
        case "retire": change = .retire(try VaultKeyID(reader.string("id", limit: 64)))
        case "destroy": change = .destroy(try VaultKeyID(reader.string("id", limit: 64)))
        case "compromise": change = .compromise(try VaultKeyID(reader.string("id", limit: 64)))
        default: throw VaultError(.eventMalformed, "`\(action)` is nothing that befalls a key")
        }
        try reader.finish()
    }

    private static func parent(_ reader: inout RecordReader) throws -> VaultKeyID? {
        try reader.value("parent").isNull ? nil : VaultKeyID(reader.string("parent", limit: 64))
    }
}

internal import ChanceryAPI
internal import ChanceryLedger
package import ChanceryNode
package import ChanceryWire

/// A stored record as JSON: the same from a route and from `chancery search --json`.
package enum RecordBody {
    package static func json(_ record: StoredRecord) -> JSONValue {
        [
            "agent": .string(record.agent), "event_type": record.eventType.map { .string($0) } ?? .null,
            "id": .string(Hex.encode(record.id)), "kind": .string(record.kind),
            "position": .integer(Int64(clamping: record.position)), "record": content(record),
            "sequence": record.sequence.map { .integer(Int64($0)) } ?? .null,
            "session": record.session.map { .string($0) } ?? .null, "time": .string(UTCTime(milliseconds: record.time).text),
        ]
    }

    /// AISS-1 events keep number forms that RFC 8785 has not, and so may others: they are shown as the text they are.
    private static func content(_ record: StoredRecord) -> JSONValue {
        guard record.kind == EventProfile.aiss21.rawValue, let value = try? JSONParser.parse(record.bytes),
            (try? CanonicalForm.jcs.encode(value)) != nil
        else { return .string(String(decoding: record.bytes, as: UTF8.self)) }
        return value
    }

    static let schema = Schema.object([
        ("agent", .string()), ("event_type", .string(isOptional: true)), ("id", .hex(32, 64)), ("kind", .string()),
        ("position", .count), ("record", .any), ("sequence", .integer(isOptional: true)),
        ("session", .string(isOptional: true)),
        ("time", .time()),
    ])
}

internal import ChanceryAPI
internal import ChanceryLedger
package import ChanceryNode
package import ChanceryWire

/// A stored record as JSON: the same from a route and from `chancery search --json`.
package enum RecordBody {
    package static func json(_ record: StoredRecord) -> JSONValue {
        var object = heading(RecordHeading(record))
        object["record"] = content(record)
        return .object(object)
    }

    /// Without what the record says.
    package static func heading(_ record: RecordHeading) -> JSONObject {
        [
            "agent": .string(record.agent), "event_type": record.eventType.map { .string($0) } ?? .null,
            "id": .string(Hex.encode(record.id)), "kind": .string(record.kind),
            "position": .integer(Int64(clamping: record.position)),
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

    private static let members: [(String, Schema)] = [
        ("agent", .string()), ("event_type", .string(isOptional: true)), ("id", .hex(32, 64)), ("kind", .string()),
        ("position", .count), ("sequence", .integer(isOptional: true)), ("session", .string(isOptional: true)),
        ("time", .time()),
    ]
    static let schema = Schema.object(members + [("record", .any)])
    /// The shape of a record in a list that may leave out what it says.
    static let listed = Schema.object(members, optional: [("record", .any)])
}

internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

/// How records are listed.
enum RecordView {
    static func write(_ records: [StoredRecord], json: Bool, header: Bool) throws {
        guard !json else {
            let lines = try records.map { try Console.json(Self.json($0)) }
            return lines.isEmpty ? () : try Console.print(lines.joined(separator: "\n"))
        }
        var table = Table(["position", "time", "agent", "seq", "type", "hash"])
        for record in records {
            table.add([
                "\(record.position)", UTCTime(milliseconds: record.time).text, String(record.agent.prefix(32)),
                record.sequence.map(String.init) ?? "", record.eventType ?? record.kind,
                String(Hex.encode(record.id.prefix(8))) + "…",
            ])
        }
        let lines = table.text.split(separator: "\n").dropFirst(header ? 0 : 1)
        if !lines.isEmpty { try Console.print(lines.joined(separator: "\n")) }
    }

    private static func json(_ record: StoredRecord) -> JSONValue {
        // AISS-1 events keep number forms that RFC 8785 has not; they are shown as the text they are.
        let text = String(decoding: record.bytes, as: UTF8.self)
        let parsed = record.kind == EventProfile.aiss21.rawValue ? try? JSONParser.parse(record.bytes) : nil
        return [
            "agent": .string(record.agent), "event_type": record.eventType.map { .string($0) } ?? .null,
            "id": .string(Hex.encode(record.id)), "kind": .string(record.kind),
            "position": .integer(Int64(clamping: record.position)),
            "record": parsed ?? .string(text), "sequence": record.sequence.map { .integer(Int64($0)) } ?? .null,
            "session": record.session.map { .string($0) } ?? .null, "time": .string(UTCTime(milliseconds: record.time).text),
        ]
    }
}

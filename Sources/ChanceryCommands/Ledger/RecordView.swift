internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryWire

/// How records are listed.
enum RecordView {
    static func write(_ records: [StoredRecord], json: Bool, header: Bool) throws {
        guard !json else {
            let lines = try records.map { try Console.json(RecordBody.json($0)) }
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
}

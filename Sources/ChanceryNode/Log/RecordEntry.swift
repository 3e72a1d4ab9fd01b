public import ChanceryLedger
internal import ChanceryWire

/// The log entry that belongs to the bytes of a record.
public enum RecordEntry {
    /// - Throws: what is wrong with bytes that are no record of a log.
    public static func entry(of bytes: [UInt8]) throws -> LogEntry {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: 16 << 20, depth: 80))
        let kind =
            value["body"]?["type"]?.string ?? value["version"]?.string ?? value["type"]?.string ?? AgentIdentityRecord.kind
        let record = try NewRecord.derive(kind: kind, bytes: bytes, sequence: nil)
        return try LogEntry(type: record.kind, id: record.id, envelope: bytes)
    }
}

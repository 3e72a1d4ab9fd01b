internal import ChanceryGate
internal import ChancerySuite
public import ChanceryWire

/// What this store says itself: a refusal, a rollback, the start of a log, a key of a client. Nobody signs it; the log makes it permanent.
public struct StoreStatement: Sendable {
    public static let refusal = "chancery/refusal/v1"
    public static let logIncident = "chancery/log-incident/v1"
    public static let logStart = "chancery/log-start/v1"
    static let kinds: Set<String> = [refusal, logIncident, logStart, APIKeyStatement.kind, Approver.kind, ForkStatement.kind]

    public let kind: String
    public let members: JSONObject

    /// A refusal of `what`, with the code and detail of the error.
    public static func refusal(of what: String, _ error: any Error, at time: UTCTime) -> StoreStatement {
        let coded = error as? any CodedError
        return StoreStatement(
            refusal, time,
            [
                "code": .string(coded?.code ?? "node.rejected"), "detail": .string(coded?.detail ?? "\(error)"),
                "what": .string(what),
            ])
    }

    package init(_ kind: String, _ time: UTCTime, _ members: JSONValue) {
        var object = members.object ?? JSONObject()
        object["type"] = .string(kind)
        object["time"] = .string(time.text)
        object["salt"] = .string(Base64.url.encode(SystemRandom.bytes(16)))
        self.kind = kind
        self.members = object
    }

    /// The statement as a record.
    package func record() throws -> NewRecord { try Self.record(kind, CanonicalForm.jcs.encode(members)) }

    static func record(_ kind: String, _ bytes: [UInt8]) throws -> NewRecord {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: 1 << 16, depth: 8))
        guard try CanonicalForm.jcs.encode(value) == bytes, value["type"]?.string == kind, let time = value["time"]?.string
        else { throw WireError(.notCanonical, "a statement is not in canonical form") }
        return try NewRecord(
            kind: kind, id: Digest.sha3_256(bytes), bytes: bytes, agent: "store", time: UTCTime(time).milliseconds)
    }
}

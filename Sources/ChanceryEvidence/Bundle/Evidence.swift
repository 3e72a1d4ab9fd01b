internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// One file that answers one question about what agents did: records of one log, and what a stranger needs to check them.
///
/// `{"content":{…},"digest":"…","type":"chancery/evidence/v1"}`, documented in `docs/spec/evidence.md`. Nothing in it is
/// true because it says so: ``EvidenceVerifier`` recomputes everything.
public struct Evidence: Sendable {
    public static let type = "chancery/evidence/v1"
    public static let maximumBytes = 64 << 20
    public static let maximumRecords = 20_000

    public let question: EvidenceQuestion
    public let parties: EvidenceParties
    /// The log's two verifier keys, as it publishes them.
    public let keys: [String]
    /// The signed checkpoint under which all records stand.
    public let checkpoint: [UInt8]
    /// Ascending by position, each once.
    public let records: [EvidenceRecord]
    /// What the file says that it comes to when every root of trust is pinned.
    public internal(set) var claim: EvidenceGrade

    /// - Parameter records: in any order.
    public init(
        _ question: EvidenceQuestion, parties: EvidenceParties, keys: [String], checkpoint: [UInt8], records: [EvidenceRecord],
        claim: EvidenceGrade = .a
    ) throws(EvidenceError) {
        self.question = question
        self.parties = parties
        self.keys = keys
        self.checkpoint = checkpoint
        self.records = records.sorted { $0.position < $1.position }
        self.claim = claim
        guard records.count <= Self.maximumRecords else {
            throw EvidenceError(
                .tooLarge, "\(records.count) records are more than the \(Self.maximumRecords) of one file; ask about less")
        }
    }

    private static let head = Array(#"{"content":"#.utf8)
    private static let middle = Array(#","digest":""#.utf8)
    private static let tail = Array(#"","type":"\#(type)"}"#.utf8)

    /// RFC 8785 of the file.
    public func encoded() throws -> [UInt8] {
        let content = try CanonicalForm.jcs.encode(content)
        let digest = Array(Hex.encode(Digest.sha256(content)).utf8)
        let bytes = Self.head + content + Self.middle + digest + Self.tail
        guard bytes.count <= Self.maximumBytes else {
            throw EvidenceError(.tooLarge, "the evidence has \(bytes.count) bytes, more than one file holds; ask about less")
        }
        return bytes
    }

    private var content: JSONObject {
        [
            "checkpoint": .string(String(decoding: checkpoint, as: UTF8.self)), "claims": ["grade": .string(claim.rawValue)],
            "keys": .array(keys.map { .string($0) }), "parties": parties.json, "question": question.json,
            "records": .array(records.map(\.json)),
        ]
    }

    /// Reads exactly what ``encoded()`` writes; nothing is verified yet but the digest, which anybody can make anew.
    ///
    /// - Throws: `evidence.malformed`, `evidence.altered`, `evidence.too_large`, ``WireError``.
    public init(decoding bytes: [UInt8]) throws {
        guard bytes.count <= Self.maximumBytes else {
            throw EvidenceError(.tooLarge, "an evidence file has at most \(Self.maximumBytes) bytes")
        }
        let end = bytes.count - Self.middle.count - 64 - Self.tail.count
        guard end >= Self.head.count, bytes.starts(with: Self.head), bytes[end...].starts(with: Self.middle),
            bytes.suffix(Self.tail.count).elementsEqual(Self.tail)
        else { throw EvidenceError(.malformed, "the file is no `\(Self.type)`, or not in its one form") }
        let content = Array(bytes[Self.head.count..<end])
        let digest = bytes[(end + Self.middle.count)...].prefix(64)
        guard digest.elementsEqual(Hex.encode(Digest.sha256(content)).utf8) else {
            throw EvidenceError(.altered, "the content is not the one that was written")
        }
        let value = try JSONParser.parse(content, limits: .init(bytes: Self.maximumBytes, depth: 8, values: 1 << 22))
        guard try CanonicalForm.jcs.encode(value) == content else {
            throw WireError(.notCanonical, "the evidence is not in canonical form")
        }
        try self.init(value)
    }

    private init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "evidence")
        let checkpoint = Array(try reader.string("checkpoint", limit: 256 << 10).utf8)
        var claims = try RecordReader(reader.value("claims"), "claims")
        guard let claim = EvidenceGrade(rawValue: try claims.string("grade", limit: 1)) else {
            throw WireError(.invalidValue, "a grade is A, B, C or D")
        }
        try claims.finish()
        let keys = try reader.array("keys", limit: 2).map { element in
            guard let text = element.string else { throw WireError(.wrongType, "a verifier key is a text") }
            return text
        }
        let parties = try EvidenceParties(reader.value("parties"))
        let question = try EvidenceQuestion(reader.value("question"))
        let records = try reader.array("records", limit: Self.maximumRecords).map { try EvidenceRecord($0) }
        try reader.finish()
        guard zip(records, records.dropFirst()).allSatisfy({ $0.position < $1.position }) else {
            throw EvidenceError(.malformed, "the records do not ascend by position, each once")
        }
        try self.init(
            question, parties: parties, keys: keys, checkpoint: checkpoint, records: records, claim: claim)
    }
}

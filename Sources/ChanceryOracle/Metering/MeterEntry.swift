public import ChancerySuite
public import ChanceryWire

/// One line of a custodian's log of what was spent. The books follow from the entries, exactly and in order.
public enum MeterEntry: Sendable, Hashable {
    public static let type = "chancery/compute-meter/v1"

    /// The first entry: for which activation the books are.
    case opened(activation: Digest256, at: UTCTime)
    /// Budget is kept free for a claim until it expires.
    case reserved(MeterRequest, at: UTCTime)
    /// The claim is certified. Without rows when they were reserved.
    case charged(MeterRequest, at: UTCTime)
    /// The client submitted masked inputs.
    case submitted(claim: Digest256, submission: Digest256, at: UTCTime)
    /// All that the entries before led to.
    case content(BooksContent, at: UTCTime)
    case suspended(at: UTCTime)
    case resumed(at: UTCTime)

    public var time: UTCTime {
        switch self {
        case .opened(_, let time), .reserved(_, let time), .charged(_, let time), .submitted(_, _, let time),
            .content(_, let time), .suspended(let time), .resumed(let time):
            time
        }
    }

    private var json: JSONObject {
        var json: JSONObject = ["at": .string(time.text), "type": .string(Self.type)]
        switch self {
        case .opened(let activation, _):
            json["kind"] = "opened"
            json["activation"] = .string(activation.description)
        case .reserved(let request, _):
            json["kind"] = "reserved"
            json["request"] = request.json
        case .charged(let request, _):
            json["kind"] = "charged"
            json["request"] = request.json
        case .submitted(let claim, let submission, _):
            json["kind"] = "submitted"
            json["claim"] = .string(claim.description)
            json["submission"] = .string(submission.description)
        case .content(let content, _):
            json["kind"] = "content"
            json["books"] = content.json
        case .suspended: json["kind"] = "suspended"
        case .resumed: json["kind"] = "resumed"
        }
        return json
    }

    /// The canonical form (RFC 8785), one line.
    public var bytes: [UInt8] { get throws { try CanonicalForm.jcs.encode(json) } }

    /// Reads an entry.
    ///
    /// - Throws: errors of reading; `wire.not_canonical` for other bytes than ``bytes`` writes.
    public init(decoding bytes: [UInt8]) throws {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: 512 << 20, depth: 8, values: 1 << 26))
        var reader = try RecordReader(value, "meter entry")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(Self.type.utf8) else {
            throw WireError(.invalidValue, "a meter entry has the type `\(Self.type)`")
        }
        let time = try reader.time("at")
        switch try reader.string("kind", limit: 16) {
        case "opened": self = .opened(activation: try reader.digest("activation"), at: time)
        case "reserved": self = .reserved(try MeterRequest(reader.value("request")), at: time)
        case "charged": self = .charged(try MeterRequest(reader.value("request")), at: time)
        case "submitted":
            self = .submitted(claim: try reader.digest("claim"), submission: try reader.digest("submission"), at: time)
        case "content": self = .content(try BooksContent(reader.value("books")), at: time)
        case "suspended": self = .suspended(at: time)
        case "resumed": self = .resumed(at: time)
        case let kind: throw WireError(.invalidValue, "`\(kind)` is no kind of meter entry")
        }
        try reader.finish()
        guard try self.bytes == bytes else { throw WireError(.notCanonical, "the meter entry is not in canonical form") }
    }
}

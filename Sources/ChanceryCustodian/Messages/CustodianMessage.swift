public import ChanceryWire

/// What travels between custodians, and between the coordinator and a custodian (docs/spec/compute-node.md).
///
/// `u8 kind | …`: a frame of the protocol as it is; a notice as JSON; requests and answers as `u64 id | u32 length | JSON |
/// attachment`, most significant byte first.
public enum CustodianMessage: Sendable {
    case frame([UInt8])
    case notice(JSONObject)
    case request(UInt64, JSONObject, attachment: [UInt8])
    case answer(UInt64, JSONObject, attachment: [UInt8])

    /// Most bytes of one message.
    public static let maximumBytes = 16 << 20
    static let headBytes = 13

    public var bytes: [UInt8] {
        get throws(WireError) {
            switch self {
            case .frame(let bytes): return [1] + bytes
            case .notice(let body): return [2] + (try CanonicalForm.jcs.encode(.object(body)))
            case .request(let id, let body, let attachment): return try Self.encode(3, id, body, attachment)
            case .answer(let id, let body, let attachment): return try Self.encode(4, id, body, attachment)
            }
        }
    }

    private static func encode(
        _ kind: UInt8, _ id: UInt64, _ body: JSONObject, _ attachment: [UInt8]
    ) throws(WireError) -> [UInt8] {
        let json = try CanonicalForm.jcs.encode(.object(body))
        var bytes: [UInt8] = [kind]
        bytes.reserveCapacity(headBytes + json.count + attachment.count)
        for shift in stride(from: UInt64(56), through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: id >> shift)) }
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: json.count >> shift)) }
        return bytes + json + attachment
    }

    /// Reads one message.
    ///
    /// - Throws: `custodian.message_malformed`, and the errors of reading JSON.
    public init(_ bytes: [UInt8]) throws {
        guard let kind = bytes.first, bytes.count <= Self.maximumBytes else { throw Self.malformed }
        switch kind {
        case 1: self = .frame(Array(bytes.dropFirst()))
        case 2: self = .notice(try Self.object(bytes[1...]))
        case 3, 4:
            guard bytes.count >= Self.headBytes else { throw Self.malformed }
            let id = bytes[1..<9].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let length = bytes[9..<13].reduce(0) { $0 << 8 | Int($1) }
            guard length <= bytes.count - Self.headBytes else { throw Self.malformed }
            let body = try Self.object(bytes[Self.headBytes..<Self.headBytes + length])
            let attachment = Array(bytes[(Self.headBytes + length)...])
            self = kind == 3 ? .request(id, body, attachment: attachment) : .answer(id, body, attachment: attachment)
        default: throw Self.malformed
        }
    }

    private static func object(_ bytes: ArraySlice<UInt8>) throws -> JSONObject {
        let value = try JSONParser.parse(Array(bytes), limits: .init(bytes: maximumBytes, depth: 12))
        guard let object = value.object else { throw malformed }
        return object
    }

    private static var malformed: CustodianError {
        CustodianError(.messageMalformed, "a message begins with its kind and has the lengths that it states")
    }
}

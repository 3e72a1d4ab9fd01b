internal import ChancerySuite
public import ChanceryWire

/// The hash-chained log of QuorumVM, read as its own reader does: a label of compatibility, never evidence.
///
/// An unkeyed chain shows that nobody changed single entries. Whoever can write the file can cut its end off or hash it anew,
/// so ``Verdict/matches(head:)`` needs a head that was signed or witnessed elsewhere.
public enum SeedAudit {
    public static let mostEntries = 1 << 20
    public static let genesis = String(repeating: "0", count: 64)

    /// What the chain says of itself.
    public struct Verdict: Sendable, Equatable {
        /// Whether all hashes fit.
        public let isChained: Bool
        /// The first entry that does not fit.
        public let firstBroken: Int?
        public let entries: Int
        /// The hash of the last entry; that of nothing for an empty log.
        public let head: String

        /// Whether the log is whole and ends where `head` says.
        public func matches(head: String) -> Bool { isChained && self.head.utf8.elementsEqual(head.utf8) }
    }

    /// Reads entries of `{data, entry_hash, event, prev_hash, timestamp}`.
    ///
    /// - Throws: `compute.audit_malformed` for another shape or too many entries.
    public static func read(_ entries: [JSONValue]) throws -> Verdict {
        guard entries.count <= mostEntries else { throw OracleError(.auditMalformed, "the log has too many entries") }
        var head = genesis
        var broken: Int?
        for (index, value) in entries.enumerated() {
            let entry = try members(of: value)
            let stated = try hashedText(of: value)
            let fits =
                entry.previous.utf8.elementsEqual(head.utf8)
                && Hex.encode(Digest.sha256(stated)).utf8.elementsEqual(entry.hash.utf8)
            if !fits, broken == nil { broken = index }
            head = entry.hash
        }
        return Verdict(isChained: broken == nil, firstBroken: broken, entries: entries.count, head: head)
    }

    /// The bytes that the entry's hash is taken over: the entry without it, keys sorted, no blanks, ASCII only.
    public static func hashedText(of value: JSONValue) throws -> [UInt8] {
        guard let object = value.object else { throw OracleError(.auditMalformed, "an entry of the log is an object") }
        return escaped(try CanonicalForm.aiss1.encode(.object(object.removing(["entry_hash"]))))
    }

    private static func members(of value: JSONValue) throws -> (previous: String, hash: String) {
        guard let object = value.object, object.count == 5, let previous = object["prev_hash"]?.string,
            let hash = object["entry_hash"]?.string, object["event"]?.string != nil, object["data"]?.object != nil,
            let timestamp = object["timestamp"]
        else { throw OracleError(.auditMalformed, "an entry has data, entry_hash, event, prev_hash and timestamp") }
        switch timestamp {
        case .integer, .double: return (previous, hash)
        default: throw OracleError(.auditMalformed, "the timestamp of an entry is a number")
        }
    }

    /// `json` with everything outside printable ASCII as `\uXXXX`, as Python's `json.dumps` writes it by default.
    private static func escaped(_ json: [UInt8]) -> [UInt8] {
        guard json.contains(where: { $0 >= 0x7f }) else { return json }
        var output: [UInt8] = []
        output.reserveCapacity(json.count * 2)
        for unit in String(decoding: json, as: UTF8.self).utf16 {
            if unit < 0x7f {
                output.append(UInt8(unit))
            } else {
                output += "\\u".utf8
                Hex.append([UInt8(unit >> 8), UInt8(unit & 255)], to: &output)
            }
        }
        return output
    }
}

extension OracleError.Reason {
    /// An entry of the seed's log has another shape.
    public static let auditMalformed = Self(rawValue: "compute.audit_malformed")
}

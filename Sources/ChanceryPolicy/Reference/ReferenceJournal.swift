public import ChanceryWire

/// The reference's journal of decisions: hash-linked lines without a signature. The caller brings SHA-256.
public struct ReferenceJournal: Sendable {
    /// The members that an entry's hash covers; the others may be changed unnoticed.
    public static let hashedMembers = [
        "seq", "decision_id", "agent_id", "action", "outcome", "reason", "vrs", "tsi_state", "policy_version", "policy_hash",
        "timestamp", "previous_hash",
    ]

    /// A point that somebody remembers outside of the journal: after `count` entries, the hash of the last of them and
    /// of everything they hold.
    public struct Pin: Sendable, Equatable {
        public let count: Int64
        public let entryHash: String
        public let contentHash: [UInt8]
    }

    private let sha256: @Sendable ([UInt8]) -> [UInt8]

    public init(sha256: @escaping @Sendable ([UInt8]) -> [UInt8]) { self.sha256 = sha256 }

    /// Whether the reference writes a decision down at all.
    public static func records(_ outcome: String) -> Bool { outcome != Effect.allow.rawValue }

    /// The hash of an entry, in hex, over its hashed members as they are; absent ones are null.
    public func hash(_ entry: JSONValue) -> String {
        let members = Self.hashedMembers.map { JSONObject.Member(name: $0, value: entry[$0] ?? .null) }
        return Hex.encode(sha256(Array(PythonText.json(.object(JSONObject(members))).utf8)))
    }

    /// The pins after each entry of a journal that is known to be whole.
    public func pins(_ entries: [JSONValue]) -> [Pin] {
        var content: [UInt8] = []
        return entries.enumerated().map { index, entry in
            content = next(content, entry)
            return Pin(count: Int64(index) + 1, entryHash: entry["entry_hash"]?.string ?? "", contentHash: content)
        }
    }

    private func next(_ content: [UInt8], _ entry: JSONValue) -> [UInt8] {
        sha256(content + Array(PythonText.json(entry).utf8))
    }

    /// What the reference remarks on; an empty list is its "valid". Lines that are no JSON are passed over, as there.
    public func referenceErrors(_ lines: [JSONValue]) -> [String] {
        var errors: [String] = []
        var previous = ""
        for (index, entry) in lines.filter({ $0.object != nil }).enumerated() {
            let seq = entry["seq"].map(Self.shown) ?? "0"
            let name = "(decision_id=\(entry["decision_id"]?.string ?? ""))"
            if entry["seq"] != .integer(Int64(index) + 1) {
                errors.append("Sequence gap: expected \(index + 1), got \(seq) \(name)")
            }
            if entry["previous_hash"]?.string != previous {
                errors.append("Chain broken at seq=\(seq): previous_hash mismatch \(name)")
            }
            if hash(entry) != entry["entry_hash"]?.string {
                errors.append("Entry tampered at seq=\(seq): hash mismatch \(name)")
            }
            previous = entry["entry_hash"]?.string ?? ""
        }
        return errors
    }

    /// Whether the lines are exactly what lies between two pins. Without the last one a cut tail cannot be seen.
    ///
    /// `start` is nil for a journal that begins at its first entry; after a purge it is the pin before the first line.
    public func isWhole(_ lines: [JSONValue], from start: Pin?, to head: Pin) -> Bool {
        var previous = start?.entryHash ?? ""
        var content = start?.contentHash ?? []
        var count = start?.count ?? 0
        for entry in lines {
            count += 1
            guard entry.object != nil, entry["seq"] == .integer(count), entry["previous_hash"]?.string == previous,
                let hash = entry["entry_hash"]?.string, hash == self.hash(entry)
            else { return false }
            previous = hash
            content = next(content, entry)
        }
        return Pin(count: count, entryHash: previous, contentHash: content) == head
    }

    private static func shown(_ value: JSONValue) -> String { PythonText.json(value) }
}

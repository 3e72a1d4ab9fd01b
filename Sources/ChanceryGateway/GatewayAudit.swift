internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryWire

/// The gateway's log in QuorumVM's form: a chain of SHA-256 without a key, kept in memory, and without results. It is no evidence;
/// the custodians' signed events are.
struct GatewayAudit {
    static let most = 16_384

    private var entries: [JSONValue] = []
    private var head = SeedAudit.genesis

    mutating func add(_ event: String, _ data: JSONObject, at now: UTCTime) throws {
        let open: JSONObject = [
            "data": .object(data), "event": .string(event), "prev_hash": .string(head), "timestamp": .integer(now.seconds),
        ]
        head = Hex.encode(Digest.sha256(try SeedAudit.hashedText(of: .object(open))))
        var entry = open
        entry["entry_hash"] = .string(head)
        entries.append(.object(entry))
        // The oldest go first; the chain then begins at the hash of the last that went.
        if entries.count > Self.most { entries.removeFirst(entries.count - Self.most) }
    }

    var json: JSONValue {
        get throws { ["chain_valid": .bool(try isChained), "entries": .array(entries)] }
    }

    private var isChained: Bool {
        get throws {
            var before = entries.first?["prev_hash"]?.string
            for entry in entries {
                guard entry["prev_hash"]?.string == before, let stated = entry["entry_hash"]?.string,
                    Hex.encode(Digest.sha256(try SeedAudit.hashedText(of: entry))) == stated
                else { return false }
                before = stated
            }
            return true
        }
    }
}

internal import ChancerySuite
internal import ChanceryWire

/// The keys that a member had from one slot to another: signatures are judged by where they stand in the log (rule K3).
public struct KeyPeriod: Sendable, Hashable {
    /// The ids of the ballot, consensus and http key.
    public let ids: [[UInt8]]
    /// The epoch and slot that brought the keys.
    public let epoch: Int64
    public let since: Int64
    /// The slot that replaced or removed them; nil while they are in use.
    public internal(set) var until: Int64?

    init(_ keys: MemberKeys, epoch: Int64, since: Int64) {
        ids = keys.ids
        self.epoch = epoch
        self.since = since
        until = nil
    }

    var json: JSONValue {
        [
            "epoch": .integer(epoch), "keys": .array(ids.map { .string(Hex.encode($0)) }), "since": .integer(since),
            "until": until.map { .integer($0) } ?? .null,
        ]
    }
}

/// A member whose contradiction was ordered: it has no weight while it has the key that contradicted itself.
public struct Exclusion: Sendable, Hashable {
    /// The ids of its ballot and consensus key then.
    public let ids: [[UInt8]]
    /// The hash of the proof.
    public let evidence: [UInt8]
    public let slot: Int64

    var json: JSONValue {
        [
            "evidence": .string(Hex.encode(evidence)), "keys": .array(ids.map { .string(Hex.encode($0)) }),
            "slot": .integer(slot),
        ]
    }
}

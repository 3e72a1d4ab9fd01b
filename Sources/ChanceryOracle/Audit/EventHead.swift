public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// A custodian signs how many evaluation events it has and what they hash to. Custodians exchange these.
public struct EventHead: Sendable {
    public static let type = "chancery/compute-head/v1"

    /// What two heads of one custodian say about each other.
    public enum Comparison: Sendable, Equatable {
        case same
        /// The other is of other length: a consistency proof decides.
        case undecided
        /// No one history has both.
        case forked
        /// They are of different custodians or activations.
        case unrelated
    }

    public let record: VerifiedRecord
    public let activation: [UInt8]
    public let custodian: DID
    public let size: UInt64
    public let root: Digest256
    public let time: UTCTime

    /// Signs the head of `chain`.
    public static func sign(
        _ chain: EventChain, for terms: ActivationTerms, as custodian: DID, at time: UTCTime,
        by key: SigningKey<Purpose.Custodian>
    ) throws -> EventHead {
        let body: JSONObject = [
            "activation": .string(Hex.encode(terms.id)), "custodian": .string(custodian.text),
            "root": .string(chain.tree.root.description), "size": .integer(Int64(chain.count)), "time": .string(time.text),
        ]
        return try EventHead(.sign(body, type: type, by: key))
    }

    /// Reads the head of one of `custodians` under `terms`.
    ///
    /// - Throws: `compute.head_foreign` for another activation, `compute.not_a_custodian` for a stranger; errors of reading and
    ///   of a false signature.
    public static func verify(
        _ record: UnverifiedRecord, for terms: ActivationTerms, by custodians: CustodianSet
    ) throws -> EventHead {
        let head = try EventHead(custodians.verify(record, type: type))
        guard head.activation == terms.id else {
            throw OracleError(.headForeign, "the head is of another activation")
        }
        return head
    }

    private init(_ record: VerifiedRecord) throws {
        var reader = RecordReader(record.body, "head")
        _ = try reader.string("type", limit: 64)
        activation = try reader.hex("activation", count: 32)
        custodian = try DID(reader.string("custodian", limit: 128))
        size = UInt64(try reader.integer("size"))
        root = try reader.digest("root")
        time = try reader.time("time")
        try reader.finish()
        self.record = record
    }

    /// Holds two heads against each other: one custodian with two roots for one size has forked its history.
    public func compared(with other: EventHead) -> Comparison {
        guard custodian == other.custodian, activation == other.activation else { return .unrelated }
        if size == other.size { return root == other.root ? .same : .forked }
        return size == 0 || other.size == 0 ? .same : .undecided
    }

    /// Decides with a consistency proof between the two sizes. A proof that does not lead to both roots is no proof of a fork
    /// by itself: its sender may be wrong. Who cannot give a good one has forked or lost its history.
    public func compared(with other: EventHead, proof: ConsistencyProof) -> Comparison {
        let plain = compared(with: other)
        guard plain == .undecided else { return plain }
        let (old, new) = size < other.size ? (self, other) : (other, self)
        guard proof.oldSize == old.size, proof.newSize == new.size else { return .undecided }
        return (try? proof.verify(old: old.root, new: new.root)) == nil ? .undecided : .same
    }
}

extension OracleError.Reason {
    /// A head is of another activation.
    public static let headForeign = Self(rawValue: "compute.head_foreign")
}

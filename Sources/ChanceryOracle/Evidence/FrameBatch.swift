public import ChanceryLedger
public import ChancerySuite
internal import ChanceryWire

/// A custodian states which frames it sent: their count, order and Merkle root.
public struct FrameBatch: Sendable {
    public static let type = "chancery/compute-frames/v1"
    public static let mostFrames = 65_536
    public static let numbers: ClosedRange<Int64> = 0...CanonicalForm.largestSafeInteger - Int64(mostFrames)

    public let record: VerifiedRecord
    public let activation: [UInt8]
    public let custodian: DID
    /// The number of the first frame.
    public let first: Int64
    public let count: Int
    public let root: Digest256
    /// The id of the statement before; nil for the first.
    public let previous: [UInt8]?

    public var id: [UInt8] { record.id }

    static func sign(
        _ leaves: [Digest256], first: Int64, after previous: [UInt8]?, for terms: ActivationTerms, as custodian: DID,
        by key: SigningKey<Purpose.Custodian>
    ) throws -> FrameBatch {
        let body: JSONObject = [
            "activation": .string(Hex.encode(terms.id)), "count": .integer(Int64(leaves.count)),
            "custodian": .string(custodian.text), "first": .integer(first),
            "previous": previous.map { .string(Hex.encode($0)) } ?? .null,
            "root": .string(MerkleTree.root(of: leaves).description),
        ]
        return try FrameBatch(.sign(body, type: type, by: key))
    }

    /// Reads the statement of one of `custodians` under `terms`.
    ///
    /// - Throws: `compute.frames_malformed` for another activation, `compute.not_a_custodian` for a stranger; errors of reading
    ///   and of a false signature.
    public static func verify(
        _ record: UnverifiedRecord, for terms: ActivationTerms, by custodians: CustodianSet
    ) throws -> FrameBatch {
        let batch = try FrameBatch(custodians.verify(record, type: type))
        guard batch.activation == terms.id else {
            throw OracleError(.framesMalformed, "the frames were sent under another activation")
        }
        return batch
    }

    private init(_ record: VerifiedRecord) throws {
        var reader = RecordReader(record.body, "statement of frames")
        _ = try reader.string("type", limit: 64)
        activation = try reader.hex("activation", count: 32)
        custodian = try DID(reader.string("custodian", limit: 128))
        first = try reader.integer("first", in: Self.numbers)
        count = Int(try reader.integer("count", in: 1...Int64(Self.mostFrames)))
        root = try reader.digest("root")
        previous = try reader.optionalHex("previous")
        try reader.finish()
        guard (previous == nil) == (first == 0) else {
            throw OracleError(.framesMalformed, "only the first statement of frames has none before it")
        }
        self.record = record
    }

    /// Whether this continues `earlier` without a gap.
    public func follows(_ earlier: FrameBatch) -> Bool {
        custodian == earlier.custodian && activation == earlier.activation && previous == earlier.id
            && first == earlier.first + Int64(earlier.count)
    }

    /// Whether one custodian made two statements about the same frames: proof of a fork.
    public func contradicts(_ other: FrameBatch) -> Bool {
        guard id != other.id, custodian == other.custodian, activation == other.activation else { return false }
        let mine = first..<first + Int64(count)
        return mine.overlaps(other.first..<other.first + Int64(other.count))
    }
}

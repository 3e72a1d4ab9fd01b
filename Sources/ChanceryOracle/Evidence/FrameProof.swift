internal import ChanceryLedger
public import ChancerySuite
internal import ChanceryWire

/// Shows that a custodian sent a frame: the frame, its path and the signed root (rule T7). Anybody can check it.
///
/// Wire form: RFC 8785 of `{batch, frame, number, path, recipient, type}`.
public struct FrameProof: Sendable {
    public static let type = "chancery/compute-frame-proof/v1"
    public static let maximumBytes = 24 << 20

    public let frame: Frame
    public let batch: FrameBatch
    public let path: [Digest256]

    /// The proof for `frame` from the leaves of its batch.
    ///
    /// - Throws: `compute.frames_malformed` when the leaves are not those of the batch or the frame is not among them.
    public init(_ frame: Frame, in batch: FrameBatch, leaves: [Digest256]) throws {
        guard MerkleTree.root(of: leaves) == batch.root, leaves.count == batch.count,
            (batch.first..<batch.first + Int64(batch.count)).contains(frame.number),
            leaves[Int(frame.number - batch.first)] == frame.leaf
        else { throw OracleError(.framesMalformed, "the frame does not stand in its batch") }
        self.frame = frame
        self.batch = batch
        path = try MerkleTree.path(of: Int(frame.number - batch.first), in: leaves)
    }

    /// The canonical form.
    public func encoded() throws -> [UInt8] { try CanonicalForm.jcs.encode(json()) }

    func json() throws -> JSONValue {
        [
            "batch": try JSONParser.parse(batch.record.bytes), "frame": .string(Base64.url.encode(frame.bytes)),
            "number": .integer(frame.number), "path": .array(path.map { .string($0.description) }),
            "recipient": .integer(Int64(frame.recipient)), "type": .string(Self.type),
        ]
    }

    /// Reads and verifies a proof.
    ///
    /// - Throws: `compute.frames_malformed` or `ledger.proof_malformed` when the path does not lead from the frame to the root;
    ///   the errors of ``FrameBatch/verify(_:for:by:)``; `wire.not_canonical`.
    public static func verify(
        _ bytes: [UInt8], for terms: ActivationTerms, by custodians: CustodianSet
    ) throws -> FrameProof {
        let limits = JSONParser.Limits(bytes: maximumBytes, depth: UnverifiedRecord.maximumDepth + 2)
        let proof = try FrameProof(JSONParser.parse(bytes, limits: limits), for: terms, by: custodians)
        guard try proof.encoded() == bytes else { throw WireError(.notCanonical, "the proof is not in canonical form") }
        return proof
    }

    init(_ value: JSONValue, for terms: ActivationTerms, by custodians: CustodianSet) throws {
        var reader = try RecordReader(value, "frame proof")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(Self.type.utf8) else {
            throw WireError(.invalidValue, "a frame proof has the type `\(Self.type)`")
        }
        let batch = try FrameBatch.verify(UnverifiedRecord(reader.value("batch")), for: terms, by: custodians)
        let frame = try Frame(
            number: reader.integer("number"), to: Int(reader.integer("recipient")),
            Base64.url.decode(reader.string("frame", limit: Self.maximumBytes)))
        let path = try reader.array("path", limit: 64).map { value in
            guard let text = value.string, let digest = Digest256(try Hex.decode(text, count: 32)) else {
                throw WireError(.wrongType, "a hash of a path must be a string")
            }
            return digest
        }
        try reader.finish()
        guard (batch.first..<batch.first + Int64(batch.count)).contains(frame.number) else {
            throw OracleError(.framesMalformed, "the frame is not one of its batch")
        }
        let inclusion = try InclusionProof(
            index: UInt64(frame.number - batch.first), size: UInt64(batch.count), path: path)
        guard inclusion.root(from: frame.leaf) == batch.root else {
            throw OracleError(.framesMalformed, "the path does not lead from the frame to the signed root")
        }
        self.frame = frame
        self.batch = batch
        self.path = path
    }
}

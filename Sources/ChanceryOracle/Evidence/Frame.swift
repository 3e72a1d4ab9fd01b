public import ChanceryLedger
public import ChancerySuite

/// One message of a custodian, as it is counted among all that it sent.
///
/// Leaf entry: `u64 number | u16 recipient | SHA-256(bytes)`, most significant byte first, under the tree of RFC 6962. The bytes
/// have a hash of their own, so that whoever looks for a frame among many places reads it once.
public struct Frame: Sendable, Hashable {
    public static let mostBytes = 16 << 20
    /// The recipient's number from 1; 0 for a client or for everybody.
    public static let recipients = 0...64

    /// Counted from 0 over the whole epoch.
    public let number: Int64
    public let recipient: Int
    public let bytes: [UInt8]

    /// - Throws: `compute.frames_malformed` outside the ranges.
    public init(number: Int64, to recipient: Int, _ bytes: [UInt8]) throws(OracleError) {
        guard FrameBatch.numbers.contains(number), Self.recipients.contains(recipient), bytes.count <= Self.mostBytes else {
            throw OracleError(.framesMalformed, "a frame has a number, a recipient from 0 to 64 and at most 16 MiB")
        }
        self.number = number
        self.recipient = recipient
        self.bytes = bytes
    }

    /// What stands for it in the tree of its batch.
    public var leaf: Digest256 { Self.leaf(of: Digest.sha256(bytes), number: number, to: recipient) }

    /// What stands in the tree for the frame whose bytes have this SHA-256, if it has this number and recipient.
    public static func leaf(of digest: [UInt8], number: Int64, to recipient: Int) -> Digest256 {
        var entry: [UInt8] = []
        entry.reserveCapacity(10 + digest.count)
        for shift in stride(from: Int64(56), through: 0, by: -8) { entry.append(UInt8(truncatingIfNeeded: number >> shift)) }
        entry += [UInt8(truncatingIfNeeded: recipient >> 8), UInt8(truncatingIfNeeded: recipient)]
        entry += digest
        return MerkleTree.leafHash(entry)
    }
}

/// What a custodian sent since its last statement: it signs the root at least every second (rule T7).
public struct FrameOutbox: Sendable {
    /// The number of the next frame.
    public private(set) var next: Int64
    private var first: Int64
    private var leaves: [Digest256] = []
    private var previous: [UInt8]?

    /// Empty, after `previous`; from the first frame when that is nil.
    public init(after previous: FrameBatch? = nil) {
        next = previous.map { $0.first + Int64($0.count) } ?? 0
        first = next
        self.previous = previous?.id
    }

    /// Whether a batch is full and has to be signed before the next frame.
    public var isFull: Bool { leaves.count >= FrameBatch.mostFrames }
    public var isEmpty: Bool { leaves.isEmpty }

    /// Counts a frame that is about to be sent, and gives it its number.
    ///
    /// - Throws: `compute.frames_malformed` for a frame outside the ranges, or when the batch is full.
    public mutating func append(_ bytes: [UInt8], to recipient: Int) throws(OracleError) -> Frame {
        guard !isFull else { throw OracleError(.framesMalformed, "the batch of frames is full and not signed yet") }
        let frame = try Frame(number: next, to: recipient, bytes)
        leaves.append(frame.leaf)
        next += 1
        return frame
    }

    /// Signs what was sent, and begins the next batch. The leaves are what paths are made from later: keep them. Write the
    /// statement down before it leaves: a second one about the same frames convicts its signer.
    ///
    /// - Throws: `compute.frames_malformed` when nothing was sent.
    public mutating func seal(
        for terms: ActivationTerms, as custodian: DID, by key: SigningKey<Purpose.Custodian>
    ) throws -> (batch: FrameBatch, leaves: [Digest256]) {
        let batch = try FrameBatch.sign(
            leaves, first: first, after: previous, for: terms, as: custodian, by: key)
        let sealed = leaves
        (first, previous, leaves) = (next, batch.id, [])
        return (batch, sealed)
    }
}

extension OracleError.Reason {
    /// A frame, a statement about frames or a proof is not in order.
    public static let framesMalformed = Self(rawValue: "compute.frames_malformed")
}

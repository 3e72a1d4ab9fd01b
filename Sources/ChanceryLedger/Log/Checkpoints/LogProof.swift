import ChancerySuite
import ChanceryWire

/// Everything that shows offline that an entry stands in a log (c2sp.org/tlog-proof): its place, its path and the
/// signed checkpoint. Files end in `.tlog-proof`.
public struct LogProof: Sendable, Hashable {
    public static let header = "c2sp.org/tlog-proof@v1"

    public let inclusion: InclusionProof
    public let checkpoint: UnverifiedCheckpoint

    /// - Throws: `ledger.proof_malformed` unless the proof is for the checkpoint's size.
    public init(_ inclusion: InclusionProof, checkpoint: UnverifiedCheckpoint) throws(LedgerError) {
        guard inclusion.size == checkpoint.checkpoint.head.size else {
            throw LedgerError(
                .proofMalformed,
                "a proof for \(inclusion.size) leaves does not belong to a checkpoint of \(checkpoint.checkpoint.head.size)")
        }
        self.inclusion = inclusion
        self.checkpoint = checkpoint
    }

    public var encoded: [UInt8] {
        let hashes = inclusion.path.map { Base64.standard.encode($0.bytes) + "\n" }.joined()
        return Array("\(Self.header)\nindex \(inclusion.index)\n\(hashes)\n".utf8) + checkpoint.encoded
    }

    /// Reads exactly what ``encoded`` writes; an `extra` line is refused, because nothing vouches for it.
    ///
    /// - Throws: ``WireError`` for malformed text, `ledger.proof_malformed` when index, path and size do not fit.
    public init(decoding bytes: [UInt8]) throws {
        guard bytes.count <= SignedNote.longest + 4096 else { throw WireError(.tooLong, "a proof is too long") }
        guard let blank = bytes.indices.dropFirst().first(where: { bytes[$0] == 0x0a && bytes[$0 - 1] == 0x0a }) else {
            throw WireError(.truncated, "a proof has an empty line before its checkpoint", offset: bytes.count)
        }
        guard blank <= 4096, let head = String(validating: bytes[..<(blank - 1)], as: UTF8.self) else {
            throw WireError(.invalidValue, "the head of a proof is too long or not valid UTF-8")
        }
        let lines = head.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 2, lines[0].utf8.elementsEqual(Self.header.utf8),
            lines[1].utf8.starts(with: "index ".utf8)
        else {
            throw WireError(.invalidValue, "a proof starts with `\(Self.header)` and its index")
        }
        let index = try Checkpoint.number(lines[1].dropFirst("index ".count), "the index of a proof")
        let path = try lines[2...].map { line throws(WireError) -> Digest256 in
            guard let hash = Digest256(try Base64.standard.decode(line)) else {
                throw WireError(.invalidValue, "a hash of a proof has 32 bytes")
            }
            return hash
        }
        let checkpoint = try UnverifiedCheckpoint(decoding: Array(bytes[(blank + 1)...]))
        try self.init(
            InclusionProof(index: index, size: checkpoint.checkpoint.head.size, path: path), checkpoint: checkpoint)
    }

    /// Checks offline that `entry` stands in the log of `verifier`.
    ///
    /// - Throws: what ``CheckpointVerifier/verify(_:)`` throws, and `ledger.proof_mismatch` for another entry or place.
    public func verify(entry: [UInt8], by verifier: CheckpointVerifier) throws(LedgerError) -> VerifiedCheckpoint {
        let verified = try verifier.verify(checkpoint)
        try inclusion.verify(leaf: MerkleTree.leafHash(entry), root: verified.head.root)
        return verified
    }
}

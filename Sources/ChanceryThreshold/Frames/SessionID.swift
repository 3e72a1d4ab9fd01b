internal import ChancerySuite

/// Names one run of the protocol. Frames of another session are ignored, so nothing of one run can be used in another.
public struct SessionID: Sendable, Hashable {
    static let label = "chancery/threshold/session/v1"

    public let bytes: [UInt8]

    init(trusted bytes: [UInt8]) { self.bytes = bytes }

    /// The name of a run: a hash over the program, what the run is for, its indices, its custodians and `binding`, which holds
    /// what the caller ties it to (a claim's id, and for keys the set of custodians and the epoch).
    public init(
        _ program: ProgramContext, _ purpose: StreamPurpose, indices: Range<UInt64>, parties: [Int], binding: [UInt8]
    ) {
        var bytes = Array(Self.label.utf8) + [0]
        bytes += program.encoding
        bytes.append(purpose.rawValue)
        bytes += ProgramContext.bigEndian(indices.lowerBound) + ProgramContext.bigEndian(indices.upperBound)
        bytes.append(UInt8(truncatingIfNeeded: parties.count))
        bytes += parties.map { UInt8(truncatingIfNeeded: $0) }
        bytes += ProgramContext.bigEndian(UInt64(binding.count)) + binding
        self.bytes = Digest.sha3_256(bytes)
    }

    /// The name of an agreement on keys: `binding` holds the federation, the set of custodians and the epoch.
    public init(keysOf committee: Committee, binding: [UInt8]) {
        self.bytes = Digest.sha3_256(
            Array("chancery/threshold/keys/v1".utf8) + [0, UInt8(committee.size), UInt8(committee.quorum)] + binding)
    }
}

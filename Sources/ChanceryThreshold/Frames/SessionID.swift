internal import ChancerySuite

/// Names one run of the protocol. Frames of another session are ignored, so nothing of one run can be used in another.
public struct SessionID: Sendable, Hashable {
    static let label = "chancery/threshold/session/v1"

    public let bytes: [UInt8]

    init(trusted bytes: [UInt8]) { self.bytes = bytes }

    /// The name of an evaluation, as custodians and their client compute it: a hash over the program, its indices, the
    /// custodians that take part, the secrets' masked values and `binding`, which holds what the run is tied to (the claim's
    /// id).
    public init(
        evaluating program: ProgramContext, _ purpose: StreamPurpose = .evaluation, indices: Range<UInt64>, parties: [Int],
        secrets: InstalledSecrets?, binding: [UInt8]
    ) {
        self.init(
            1, program, purpose, indices, parties, (secrets?.digest ?? [UInt8](repeating: 0, count: 32)) + binding)
    }

    /// The name of a run that makes material.
    public init(
        preparing program: ProgramContext, _ purpose: StreamPurpose, indices: Range<UInt64>, parties: [Int], binding: [UInt8]
    ) {
        self.init(0, program, purpose, indices, parties, binding)
    }

    private init(
        _ phase: UInt8, _ program: ProgramContext, _ purpose: StreamPurpose, _ indices: Range<UInt64>, _ parties: [Int],
        _ binding: [UInt8]
    ) {
        var bytes = Array(Self.label.utf8) + [0, phase]
        bytes += program.encoding
        bytes.append(purpose.rawValue)
        bytes += ProgramContext.bigEndian(indices.lowerBound) + ProgramContext.bigEndian(indices.upperBound)
        bytes.append(UInt8(truncatingIfNeeded: parties.count))
        bytes += parties.sorted().map { UInt8(truncatingIfNeeded: $0) }
        bytes += ProgramContext.bigEndian(UInt64(binding.count)) + binding
        self.bytes = Digest.sha3_256(bytes)
    }

    /// The name of an agreement on keys: `binding` holds the federation, the set of custodians and the epoch.
    public init(keysOf committee: Committee, binding: [UInt8]) {
        self.bytes = Digest.sha3_256(
            Array("chancery/threshold/keys/v1".utf8) + [0, UInt8(committee.size), UInt8(committee.quorum)] + binding)
    }
}

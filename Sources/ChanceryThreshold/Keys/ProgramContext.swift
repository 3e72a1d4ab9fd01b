internal import ChancerySuite

/// Which program shared randomness is for. It is part of every key that the streams of a session have (rule T3).
public struct ProgramContext: Sendable, Hashable {
    /// The hash of the package, 32 bytes.
    public let package: [UInt8]
    public let version: String
    /// The epoch of the custodians and their keys.
    public let epoch: UInt64

    /// - Throws: `threshold.invalid_program` for a hash of another length and for a version beyond 256 bytes.
    public init(package: [UInt8], version: String, epoch: UInt64) throws(ThresholdError) {
        guard package.count == 32, version.utf8.count <= 256 else {
            throw ThresholdError(.invalidProgram, "a package has a hash of 32 bytes and a version of at most 256")
        }
        self.package = package
        self.version = version
        self.epoch = epoch
    }

    var encoding: [UInt8] {
        package + Self.bigEndian(epoch) + Self.bigEndian(UInt64(version.utf8.count)) + Array(version.utf8)
    }

    static func bigEndian(_ number: UInt64) -> [UInt8] {
        stride(from: UInt64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}

/// What a stream of shared randomness is for; streams of different purposes have different keys.
public enum StreamPurpose: UInt8, Sendable, Hashable, CaseIterable {
    /// The owner's secrets, once in an epoch.
    case secrets = 1
    /// Evaluations.
    case evaluation = 2
}

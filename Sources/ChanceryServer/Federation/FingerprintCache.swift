internal import ChanceryGovernance
internal import ChancerySuite
internal import Synchronization

/// Fingerprints that were made before: each costs a tenth of a second and 32 MiB, and does not change.
final class FingerprintCache: Sendable {
    private static let capacity = 1024

    private let known = Mutex<[[UInt8]: Fingerprint]>([:])

    func fingerprint(of proposal: [UInt8]) throws -> Fingerprint {
        // Made under the lock: many who ask at once must not take memory for each.
        try known.withLock { known in
            if let found = known[proposal] { return found }
            if known.count >= Self.capacity { known = [:] }
            let made = try Fingerprint(of: proposal)
            known[proposal] = made
            return made
        }
    }
}

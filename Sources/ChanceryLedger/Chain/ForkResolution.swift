internal import ChanceryWire

/// Which branch of a forked chain is canonical, and whether the fork touches history that was final.
///
/// Order (reference 2.9): more verified anchors, then the earliest verified time among them, then the longer branch,
/// then the lowest hash of the last event.
public struct ForkResolution: Sendable, Equatable {
    public enum Classification: String, Sendable {
        case forkDetected = "FORK_DETECTED"
        /// A branch parts at or after an event that a verified timestamp had made final: treat it as an incident.
        case forkAfterFinalization = "FORK_AFTER_FINALIZATION"
    }

    /// The branches from the canonical one down, as indices of the input.
    public let ranking: [Int]
    /// Verified anchors on the canonical branch.
    public let anchors: Int
    /// Events of the canonical branch.
    public let length: Int
    public let classification: Classification
    /// The reference's classification, which looks only at the last anchor of the canonical branch and so calls a
    /// fork of final history plain when a later anchor lies behind the fork.
    public let referenceClassification: Classification

    public var canonical: Int { ranking[0] }

    /// - Parameters:
    ///   - branches: each from the first event on; empty branches lose to all others.
    ///   - verifiedTime: the time that a verified timestamp token of the event attests, Unix seconds. It is asked
    ///     only about events that carry a token; an unverified token is no anchor.
    /// - Returns: nil without branches.
    public init?(_ branches: [[Event]], verifiedTime: (Event) -> Int64?) {
        guard !branches.isEmpty else { return nil }
        let anchored = branches.map { branch in
            branch.indices.compactMap { index -> (index: Int, time: Int64)? in
                guard branch[index].hasTimestampToken, let time = verifiedTime(branch[index]) else { return nil }
                return (index, time)
            }
        }
        let order = branches.indices.sorted { left, right in
            if anchored[left].count != anchored[right].count { return anchored[left].count > anchored[right].count }
            let earliest = (anchored[left].map(\.time).min() ?? .max, anchored[right].map(\.time).min() ?? .max)
            if earliest.0 != earliest.1 { return earliest.0 < earliest.1 }
            if branches[left].count != branches[right].count { return branches[left].count > branches[right].count }
            let heads = (branches[left].last?.hash ?? "", branches[right].last?.hash ?? "")
            return heads.0.utf8.lexicographicallyPrecedes(heads.1.utf8)
        }
        ranking = order
        let canonical = order[0]
        anchors = anchored[canonical].count
        length = branches[canonical].count
        // The number of events each other branch shares with the canonical one.
        let shared = order.dropFirst().map { (branch: $0, count: Self.commonPrefix(branches[canonical], branches[$0])) }
        classification =
            shared.contains { other in
                (anchored[canonical] + anchored[other.branch]).contains { $0.index < other.count }
            } ? .forkAfterFinalization : .forkDetected
        let last = anchored[canonical].last?.index
        referenceClassification =
            shared.contains { other in last.map { $0 < other.count } ?? false } ? .forkAfterFinalization : .forkDetected
    }

    private static func commonPrefix(_ left: [Event], _ right: [Event]) -> Int {
        zip(left, right).prefix { $0.hash == $1.hash }.count
    }
}

extension Event {
    /// Whether a detached timestamp carries a token at all; only a verifier can say whether it is worth anything.
    public var hasTimestampToken: Bool {
        guard let stamp = trustedTimestamp?.object else { return false }
        return ["token", "rfc3161_token"].contains { name in
            guard let text = stamp[name]?.string else { return false }
            return !text.isEmpty && text != SignatureText.prefix
        }
    }
}

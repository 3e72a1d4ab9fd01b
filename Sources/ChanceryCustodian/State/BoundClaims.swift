package import ChanceryWire

/// The names of claims that this custodian bound, as long as anybody may still ask about them.
///
/// A certificate with its signature for a claim that is not here shows that its log was lost (rule T3). So a name stays for an hour
/// after the claim is over: others are asked for what is ten minutes old at most when this custodian was last up to date.
package struct BoundClaims: Sendable {
    /// For how many seconds after its end a claim's name is kept.
    package static let keptSeconds: Int64 = 3600
    /// How much earlier than its own last entry a custodian that was away asks for certificates: clocks differ, and a certificate may be a
    /// while on its way.
    package static let overlapSeconds: Int64 = 600

    private var ends: [[UInt8]: UTCTime] = [:]
    private var limit = 1024

    package init() {}

    package var count: Int { ends.count }
    package func contains(_ claim: [UInt8]) -> Bool { ends[claim] != nil }

    package mutating func insert(_ claim: [UInt8], until end: UTCTime) { ends[claim] = end }

    /// Drops what nobody asks about any more by the books' clock. Looks only when there are twice as many as the last time.
    package mutating func prune(at clock: UTCTime) {
        guard ends.count > limit else { return }
        ends = ends.filter { $0.value.advanced(bySeconds: Self.keptSeconds) >= clock }
        limit = max(1024, 2 * ends.count)
    }
}

public import ChancerySuite

/// Where a custodian keeps what it must not forget, and the keys that a backup must not bring back.
///
/// Promise: ``append(_:)`` is durable on return, in order; where it throws, none of its entries are there. A crash before it returns may
/// leave the first ones of them: whoever appends several puts them so that any beginning is harmless
/// (docs/spec/compute-node.md, "Log"). The log and the mark of how long it is lie in
/// places that no one backup holds both of: a log that is shorter than its mark was restored, and is refused.
public protocol CustodianStore: Sendable {
    /// All entries, oldest first.
    ///
    /// - Throws: `custodian.state_lost` when the log is shorter than its mark or belongs to other keys.
    func entries() throws -> [[UInt8]]
    /// One entry, counted from 0 as ``entries()`` has them.
    ///
    /// - Throws: `custodian.log_broken` when there is none with this number, or it is not what was written.
    func entry(_ number: Int) throws -> [UInt8]
    func append(_ entries: [[UInt8]]) throws
    /// The same for what only tells what was done, and binds nobody: durable on return too, while a power failure before the
    /// next ``append(_:)`` or ``settle()`` may leave the mark where it was.
    func tell(_ entries: [[UInt8]]) throws
    /// The mark is durable on return.
    func settle() throws
    /// Replaces all entries by these, durably, all or none. A log from before is a restored one afterwards.
    func compact(_ entries: [[UInt8]]) throws
    /// The shared keys of an epoch; nil when there are none.
    func epochKeys(_ epoch: Int64) throws -> SecretBytes?
    /// Replaces the keys of any epoch. Durable on return.
    func setEpochKeys(_ keys: consuming SecretBytes, epoch: Int64) throws
}

/// What a line of a custodian's log may be.
package enum CustodianLine {
    /// Most bytes, for whoever writes a line and for whoever reads it.
    package static let mostBytes = 128 << 20
}

/// Who may ask for evaluations, as the custodian's people admitted them.
public protocol ClientDirectory: Sendable {
    /// The client with this key id; nil for a stranger.
    func client(_ id: [UInt8]) -> AdmittedClient?
}

/// A client whom a custodian serves.
public struct AdmittedClient: Sendable {
    public let key: VerifyingKey<Purpose.Ticket>
    /// Whether it may install the secrets of programs.
    public let isOwner: Bool

    public init(_ key: VerifyingKey<Purpose.Ticket>, isOwner: Bool) {
        self.key = key
        self.isOwner = isOwner
    }
}

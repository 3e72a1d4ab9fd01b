public import ChanceryWire

/// Leave to use one version once, until its lease ends, its grant changes or a freeze comes (rule V5).
///
/// Only an allowed request makes one. The access event and the count of the use are durable before its first byte.
public struct Permit: Sendable, Equatable {
    public let principal: String
    public let artifact: ArtifactID
    public let manifest: ManifestDigest
    /// 32 bytes.
    public let writ: [UInt8]
    public let leaseEnd: UTCTime
    public let generation: Int64
    public let right: AccessRight
    /// Who was there (rule V8): an enrolled person's id, or the custody provider that asked one; nil where nobody was asked.
    public let present: String?

    init(_ request: AccessRequest, _ writ: AccessStanding.Writ, present: String? = nil) {
        principal = request.caller.principal
        artifact = request.artifact
        manifest = request.manifest
        self.writ = writ.id
        leaseEnd = writ.leaseEnd
        generation = writ.generation
        right = request.right
        self.present = present
    }
}

/// Says when a permit has to be looked at again, and whether it still holds: every 64 MiB or 250 ms (rule V5).
///
/// Ask ``read(_:at:)`` before each piece is given out. Time is monotonic, in milliseconds.
public struct PermitWatch: Sendable {
    public static let checkBytes: Int64 = 64 << 20
    public static let checkMilliseconds: Int64 = 250

    public enum Step: Sendable, Equatable {
        case proceed
        /// Read lease, generation and freezes, and call ``PermitWatch/check(_:at:now:)``.
        case check
        /// Stop, and wipe what is not given out.
        case stop(Ending)
    }

    /// Why a permit ended. The raw value is the code in events and answers.
    public enum Ending: Sendable, CaseIterable {
        case lease, changed, frozen, locked

        public var rawValue: String {
            switch self {
            case .lease: VaultError.Reason.leaseEnded.rawValue
            case .changed: VaultError.Reason.grantChanged.rawValue
            case .frozen: AccessRefusal.frozen.rawValue
            case .locked: AccessRefusal.locked.rawValue
            }
        }
    }

    public let permit: Permit
    public private(set) var ending: Ending?
    private var released: Int64 = 0
    private var checked: Int64

    /// The verdict that gave the permit counts as the first check.
    ///
    /// - Parameter asked: when the first question was asked that the verdict rests on.
    public init(_ permit: Permit, at asked: Int64) {
        self.permit = permit
        checked = asked
    }

    /// The most bytes that may be given out before the next check.
    public var bytesBeforeCheck: Int64 { ending == nil ? max(0, Self.checkBytes - released) : 0 }

    /// Ends the permit for ever, where what it rests on cannot be known.
    package mutating func end(_ reason: Ending) { ending = ending ?? reason }

    /// Whether `count` more bytes may be given out at `now`. They count as given out when the answer is `proceed`.
    public mutating func read(_ count: Int64, at now: Int64) -> Step {
        if let ending { return .stop(ending) }
        let (passed, overflow) = now.subtractingReportingOverflow(checked)
        let (sum, tooMany) = released.addingReportingOverflow(max(0, count))
        guard !overflow, !tooMany, (0..<Self.checkMilliseconds).contains(passed), sum <= Self.checkBytes else {
            return .check
        }
        released = sum
        return .proceed
    }

    /// What is true now. `proceed` starts the next span; `stop` is for ever.
    ///
    /// - Parameters:
    ///   - asked: when it was begun to find that out: the next span starts there.
    ///   - now: the time of day that leases are measured in.
    public mutating func check(_ standing: AccessStanding, at asked: Int64, now: UTCTime) -> Step {
        if ending == nil { ending = end(standing, now) }
        if let ending { return .stop(ending) }
        released = 0
        checked = asked
        return .proceed
    }

    private func end(_ standing: AccessStanding, _ now: UTCTime) -> Ending? {
        guard standing.isUnlocked else { return .locked }
        guard !standing.isFrozen else { return .frozen }
        guard let writ = standing.writ, writ.id == permit.writ, writ.generation == permit.generation else { return .changed }
        // A renewed lease reaches further than the one that the permit began with.
        return now < writ.leaseEnd ? nil : .lease
    }
}

extension VaultError.Reason {
    /// The lease of the permit is over.
    public static let leaseEnded = Self(rawValue: "vault.lease_ended")
    /// What the permit rested on is not so any more: the grant was revoked or changed, the version deleted, its key withdrawn,
    /// the agent retired, or the rules say otherwise.
    public static let grantChanged = Self(rawValue: "vault.grant_changed")
}

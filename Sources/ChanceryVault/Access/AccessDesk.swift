public import ChanceryWire

/// Decides requests: default deny, every rule of the kind together, and a use counts the moment it is allowed.
///
/// A pure state machine over the uses and the open questions of presence. The caller writes what was decided, allowed or
/// denied, and makes it durable before the first byte.
public struct AccessDesk: Sendable {
    public private(set) var uses: RateBook
    public var presence = PresenceDesk()

    public init(uses: RateBook = RateBook()) { self.uses = uses }

    /// The answer to `request` under `policy`.
    ///
    /// - Parameters:
    ///   - persons: who may answer a question of presence.
    ///   - now: the time of day, for leases and windows.
    ///   - monotonic: milliseconds, for the age of a question of presence.
    public mutating func decide(
        _ request: AccessRequest, under policy: AccessPolicy, _ standing: AccessStanding, persons: [EnrolledPerson] = [],
        now: UTCTime, monotonic: Int64
    ) -> AccessVerdict {
        let rules = policy.rules(for: request.kind)
        let (kind, principal) = (request.kind, request.caller.principal)
        var reasons: [AccessRefusal] = []
        func refuse(_ reason: AccessRefusal, unless holds: Bool) { if !holds { reasons.append(reason) } }

        refuse(.locked, unless: standing.isUnlocked)
        refuse(.noRule, unless: !rules.isEmpty)
        refuse(.bundle, unless: rules.allSatisfy { $0.names(request.caller.bundle) })
        refuse(.right, unless: rules.allSatisfy { $0.rights.contains(request.right) })
        // A freeze takes the writ too; what is asked first is the reason that callers hear.
        refuse(.frozen, unless: !standing.isFrozen)
        refuse(.writ, unless: standing.isFrozen || standing.writ.map { now < $0.leaseEnd } ?? false)
        refuse(.tier, unless: standing.tier.isSatisfied)
        // An answer is spent by what it allows, and by nothing else: that record names who gave it.
        var answered = presence
        let present = answered.redeem(request, persons, now: now, monotonic: monotonic)
        refuse(.presence, unless: present != nil || !policy.requiresPresence(kind))
        let limits = rules.compactMap(\.limit)
        let window = uses.window(kind, principal)
        refuse(
            .rate,
            unless: limits.isEmpty
                || uses.hasRoom(kind, principal) && limits.allSatisfy { window.allows($0, at: now.milliseconds) })
        guard reasons.isEmpty, let writ = standing.writ else { return .denied(reasons) }
        uses.record(kind, principal, at: now)
        presence = answered
        return .allowed(Permit(request, writ, present: present))
    }

    /// Counts a use that an access event of the chain tells of.
    public mutating func recall(_ kind: ArtifactKind, _ principal: String, at time: UTCTime) {
        uses.record(kind, principal, at: time)
    }
}

internal import ChanceryGovernance
internal import ChancerySuite
internal import ChanceryWire

/// What a custodian knows of the federation that it is bound to: the decisions it saw, never older ones again, until when the
/// members' word on them holds, and the freezes that stop it (rules G1, G5, G6).
struct FederationWatch: Sendable {
    /// What has to be durable before it counts.
    enum Change: Sendable {
        /// A longer history: the canonical bytes of its decision file.
        case decided([UInt8])
        /// Members with a quorum said at this time that the history is the latest.
        case fresh(UTCTime)
        /// The canonical bytes of a freeze's certificate.
        case frozen([UInt8])
    }

    let terms: FederationTerms
    private(set) var decisions: DecisionFile?
    /// The earliest time of the quorum of beats that was seen last.
    private(set) var since: UTCTime?
    /// By proposal, with their certificates.
    private(set) var seen: [[UInt8]: (freeze: Freeze, certificate: [UInt8])] = [:]

    init(_ terms: FederationTerms) { self.terms = terms }

    var state: GovernanceState? { decisions?.head.state }

    /// Until when the last word of the members lets programs run.
    var leaseEnd: UTCTime? {
        since?.advanced(bySeconds: terms.lease - InForce.skewSeconds)
    }

    /// Whether a freeze stops this custodian.
    var isFrozen: Bool {
        guard let state else { return !seen.isEmpty }
        return state.isFrozen(terms.scope, in: .compute, seen: seen.values.map(\.freeze))
    }

    // MARK: following what was written

    mutating func follow(_ change: Change) throws {
        switch change {
        case .decided(let bytes): try extend(to: DecisionFile(verifying: Self.parse(bytes), federation: terms.federation))
        case .fresh(let time): since = max(since ?? time, time)
        case .frozen(let bytes):
            // It was verified when it came, in the committee that was in office then.
            guard let body = try Self.parse(bytes)["proposal"]?["body"]?.object,
                let freeze = try Freeze(ProposalTerms(body))
            else { throw CustodianError(.logBroken, "a line of the log is no freeze") }
            if state?.isLifted(freeze.proposal) != true { seen[freeze.proposal] = (freeze, bytes) }
        }
    }

    private static func parse(_ bytes: [UInt8]) throws -> JSONValue { try JSONParser.parse(bytes, limits: .decisions) }

    /// Takes a history that goes on from the one that is known.
    private mutating func extend(to file: DecisionFile) throws {
        let known = decisions?.decisions ?? []
        guard file.decisions.count >= known.count else {
            throw CustodianError(.historyOlder, "slot \(file.head.slot) is older than slot \(known.count), which is known here")
        }
        guard zip(known, file.decisions).allSatisfy({ $0.id == $1.id }) else {
            throw CustodianError(.historyForked, "the decisions do not go on from those that are known here")
        }
        decisions = file
        seen = seen.filter { !file.head.state.isLifted($0.key) }
    }

    // MARK: taking what somebody shows

    /// Takes an in-force file: what it changes has to be written before anything rests on it.
    ///
    /// - Throws: `governance.not_fresh`, `custodian.history_older`, `custodian.history_forked`, what is wrong with the file.
    mutating func take(_ bytes: [UInt8], at now: UTCTime) throws -> [Change] {
        let file = try InForceFile(verifying: Self.parse(bytes), federation: terms.federation)
        var changes: [Change] = []
        var next = self
        try next.extend(to: file.decisions)
        if file.decisions.decisions.count > decisions?.decisions.count ?? -1 {
            changes.append(.decided(try CanonicalForm.jcs.encode(file.decisions.json)))
        }
        for certificate in file.freezes {
            if let change = try next.note(certificate) { changes.append(change) }
        }
        let word = try file.inForce(at: now, within: terms.beatAge)
        // A freeze that members name and whose certificate nobody shows must not be passed over.
        try word.requireKnown(next.seen.values.map(\.freeze))
        if word.since > next.since ?? UTCTime(milliseconds: 0) {
            changes.append(.fresh(word.since))
            next.since = word.since
        }
        self = next
        return changes
    }

    /// Takes the certificate of a freeze alone.
    ///
    /// - Throws: `custodian.federation_missing` before any history was shown, what is wrong with the certificate.
    mutating func take(freeze bytes: [UInt8]) throws -> [Change] {
        guard let state else {
            throw CustodianError(
                .federationMissing, "no history of the federation was shown here, so its members are not known")
        }
        let certificate = try BallotCertificate(verifying: Self.parse(bytes), after: state)
        return try note(certificate).map { [$0] } ?? []
    }

    private mutating func note(_ certificate: BallotCertificate) throws -> Change? {
        guard let freeze = Freeze(certificate.proposal) else {
            throw GovernanceError(.foreignRecord, "only the certificate of a freeze acts before a block holds it")
        }
        guard seen[freeze.proposal] == nil, state?.isLifted(freeze.proposal) != true else { return nil }
        let bytes = try CanonicalForm.jcs.encode(certificate.json)
        seen[freeze.proposal] = (freeze, bytes)
        return .frozen(bytes)
    }
}

internal import ChanceryWire

/// Puts the findings of a settled watch into words.
struct AlertWriter {
    let watch: AgentWatch
    let now: Int64

    /// Most severe first; among equals in the order of ``Alert/Kind``.
    func alerts(
        risk: Millionths, trust: Millionths?, collusion: CollusionParts, together: (agent: String, finding: Synchronisation)?
    ) -> [Alert] {
        var alerts = tampering
        alerts += submissions
        alerts += self.risk(risk)
        alerts += self.trust(trust)
        alerts += stability
        alerts += concentration(collusion.concentration)
        alerts += entropyDrop(collusion.entropyDrop)
        alerts += synchronisation(collusion.synchronisation, together)
        alerts += silenceBreak(collusion.silenceBreak)
        return Alert.Severity.allCases.reversed().flatMap { severity in alerts.filter { $0.severity == severity } }
    }

    private var lastEvent: [String] { watch.lastIndex.map { ["\($0)"] } ?? [] }

    private var tampering: [Alert] {
        guard watch.charges.isHeld(at: now), let last = watch.charges.tampering.last else { return [] }
        let kinds = Violation.allCases.filter { kind in
            watch.charges.tampering.contains { $0.violation == kind }
        }
        return [
            Alert(
                kind: .tampering, severity: .critical, time: last.time, evidence: watch.charges.tampering.map(\.evidence),
                text: "charged with \(kinds.map(\.words).joined(separator: ", "))")
        ]
    }

    private var submissions: [Alert] {
        let recent = watch.charges.recentRepeats(at: now)
        guard let last = recent.last else { return [] }
        return [
            Alert(
                kind: .submissions, severity: recent.count > 1 ? .high : .medium, time: last.time,
                evidence: recent.map(\.evidence), text: "submissions repeated or refused within 30 days")
        ]
    }

    private func risk(_ risk: Millionths) -> [Alert] {
        let band = watch.profile.bands.band(of: risk)
        guard band == .alert || band == .critical else { return [] }
        return [
            Alert(
                kind: .risk, severity: band == .critical ? .critical : .high, time: watch.clock, evidence: lastEvent,
                text: "risk \(risk) is \(band.rawValue)")
        ]
    }

    private func trust(_ trust: Millionths?) -> [Alert] {
        guard let trust, trust.value < 500_000 else { return [] }
        return [
            Alert(
                kind: .trust, severity: trust.value < 300_000 ? .critical : .high, time: watch.clock, evidence: lastEvent,
                text: "trust score \(trust) is low")
        ]
    }

    private var stability: [Alert] {
        let machine = watch.stability
        guard machine.state == .unstable || machine.state == .critical else { return [] }
        let charges = watch.charges.tampering.last.map { [$0.evidence] } ?? []
        return [
            Alert(
                kind: .stability, severity: machine.state == .critical ? .critical : .high, time: machine.since * 3600,
                evidence: machine.evidence.map { ["\($0)"] } ?? charges, text: "trust is \(machine.state.rawValue)")
        ]
    }

    private func concentration(_ score: Millionths) -> [Alert] {
        guard let severity = Alert.Severity(sign: score), let top = watch.peers.top(at: now) else { return [] }
        return [
            Alert(
                kind: .concentration, severity: severity, time: watch.clock, evidence: top.recent.map { "\($0)" },
                text: "\(top.share) of \(top.total) interactions in 48 hours were with `\(top.id.asErrorDetail)`")
        ]
    }

    private func entropyDrop(_ score: Millionths) -> [Alert] {
        guard let severity = Alert.Severity(sign: score), let top = watch.peers.top(at: now) else { return [] }
        return [
            Alert(
                kind: .entropyDrop, severity: severity, time: watch.clock, evidence: top.recent.map { "\($0)" },
                text: "interactions of 48 hours spread much less than those of 30 days")
        ]
    }

    private func synchronisation(
        _ score: Millionths, _ together: (agent: String, finding: Synchronisation)?
    ) -> [Alert] {
        guard let severity = Alert.Severity(sign: score), let together else { return [] }
        let matched = together.finding.matched
        return [
            Alert(
                kind: .synchronisation, severity: severity, time: watch.clock, evidence: matched.map { "\($0)" },
                text: "\(matched.count) events coincide with those of `\(together.agent.asErrorDetail)` within 5 seconds")
        ]
    }

    private func silenceBreak(_ score: Millionths) -> [Alert] {
        guard let severity = Alert.Severity(sign: score), let last = watch.silence.last else { return [] }
        return [
            Alert(
                kind: .silenceBreak, severity: severity, time: last.end, evidence: ["\(last.index)", "\(last.lastIndex)"],
                text: "\(last.burst) events within an hour after \((last.end - last.start) / 86_400) days of silence")
        ]
    }
}

extension Violation {
    /// The raw name with spaces.
    var words: String { String(rawValue.map { $0 == "_" ? " " : $0 }) }
}

internal import ChanceryWire

/// Recomputes an evidence file: no network, no store, no clock, and no trust in what the file says of itself.
public struct EvidenceVerifier: Sendable {
    private let pins: EvidencePins

    public init(pins: EvidencePins = EvidencePins()) { self.pins = pins }

    /// What `bytes` come to. A file that is refused gives a report that says at which step and why.
    public func verify(_ bytes: [UInt8]) -> EvidenceReport {
        let evidence: Evidence
        do {
            evidence = try Evidence(decoding: bytes)
        } catch {
            var report = EvidenceReport()
            report.refuse("form", error)
            return report
        }
        var examination = Examination(evidence, pins)
        examination.report.note("form", .holds, "\(evidence.records.count) records in canonical form", "the file's digest")
        return examination.run(claiming: evidence.claim)
    }

    /// The grade that `evidence` reaches when everything is pinned: what its maker may claim.
    ///
    /// - Throws: ``EvidenceError`` for evidence that would be refused.
    public static func claim(of evidence: Evidence) throws -> EvidenceGrade {
        var examination = Examination(evidence, EvidencePins())
        let report = examination.run(claiming: nil)
        if let refusal = report.refusal {
            throw EvidenceError(.init(rawValue: refusal.code), "\(refusal.detail) (\(refusal.step))")
        }
        return report.contentGrade
    }
}

extension EvidenceReport {
    mutating func note(_ name: String, _ verdict: Verdict, _ detail: String, _ basis: String = "") {
        steps.append(Step(name: name, verdict: verdict, detail: detail, basis: basis))
    }

    mutating func refuse(_ step: String, _ error: any Error) {
        let coded = error as? any CodedError
        let (code, detail) = (
            coded?.code ?? EvidenceError.Reason.malformed.rawValue, coded?.detail ?? "the file cannot be read"
        )
        note(step, .fails, detail)
        refusal = Refusal(step: step, code: code, detail: detail)
    }
}

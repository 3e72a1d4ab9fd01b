internal import ChanceryEvidence
internal import ChanceryGate
internal import ChanceryNode
internal import ChanceryWire

/// The payment in one file, for an auditor who gets nothing else.
struct EvidenceDemo {
    /// Where the file goes; the names that the auditor knows by another way go into `PATH.pins` beside it.
    let path: String
    let printer: DemoPrinter
    let home: Home

    /// - Parameter decision: what the auditor asks about.
    func run(about decision: DecisionID) throws {
        printer.title("One file for the auditor")
        let (bytes, pins) = try printer.step("everything about the payment goes into one file") {
            try home.log.start(origin: "demo.chancery.example/gate", protection: .unencrypted)
            _ = try home.log.publish(protection: .unencrypted)
            let evidence = try home.evidence().build(.decision(decision))
            let bytes = try evidence.encoded()
            try UserFile.write(bytes, to: path)
            let pins = try EvidenceDesk.pins(of: evidence)
            try UserFile.write(Array(pins.map { $0 + "\n" }.joined().utf8), to: path + ".pins")
            return ((bytes, pins), "\(evidence.records.count) records, \(bytes.count / 1024) KiB: \(path)")
        }
        try printer.step(
            "the auditor recomputes it: no network, no home, the names of log, gate and agent known by another way"
        ) {
            let report = EvidenceVerifier(pins: try EvidencePins(pins)).verify(bytes)
            guard let grade = report.grade else { throw DemoFailure(detail: "the evidence of the payment is refused") }
            let held = report.steps.filter { $0.verdict == .holds }.map(\.name).joined(separator: ", ")
            return (
                (),
                "grade \(grade.rawValue), \(grade.meaning) (\(report.gaps.map(\.code).joined(separator: ", "))); holds: \(held)"
            )
        }
        try printer.attack("one bit of the file is changed", rule: "docs/spec/evidence.md") {
            var changed = bytes
            changed[changed.count / 2] ^= 1
            return EvidenceVerifier().verify(changed).refusal?.code
        }
    }
}

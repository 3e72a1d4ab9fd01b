internal import ChanceryVigil

/// How assessments are shown.
enum VigilView {
    static func table(_ all: [(name: String, assessment: Assessment)]) -> String {
        var table = Table(["agent", "band", "risk", "trust", "stability", "collusion", "chain", "events", "alerts"])
        for (name, assessment) in all {
            table.add([
                name, assessment.band.rawValue, assessment.risk?.description ?? "unknown",
                assessment.trust?.description ?? "unknown", assessment.stability.rawValue, assessment.collusion.description,
                assessment.chain.description, String(assessment.events), String(assessment.alerts.count),
            ])
        }
        return table.text
    }

    static func line(_ name: String, _ assessment: Assessment) -> String {
        let risk = assessment.risk?.description ?? "unknown"
        return Console.printable("\(name)  \(assessment.band.rawValue)  risk \(risk)  \(assessment.stability.rawValue)")
    }

    static func text(_ name: String, _ assessment: Assessment) -> String {
        var lines = [
            line(name, assessment), "trust      \(assessment.trust?.description ?? "unknown") (\(assessment.tier.rawValue))",
            "stability  \(assessment.stability.rawValue)", "collusion  \(assessment.collusion)",
            "chain      \(assessment.chain)",
            "from       \(assessment.events) events up to position \(assessment.asOf), \(assessment.engine)",
        ]
        for alert in assessment.alerts { lines.append(Console.printable("\(alert.severity.rawValue)  \(alert.text)")) }
        return lines.joined(separator: "\n")
    }

    static func explanation(_ name: String, _ assessment: Assessment) -> String {
        guard let risk = assessment.risk else {
            return Console.printable("\(name): nothing is on record, so its risk is unknown and the gate denies")
        }
        let parts = assessment.contributions
        var lines = [
            Console.printable("\(name): risk \(risk), \(assessment.band.rawValue)"),
            "  \(parts.trust) because its trust is \(assessment.trust?.description ?? "unknown") (\(assessment.tier.rawValue))",
            "  \(parts.stability) because it is \(assessment.stability.rawValue)",
            "  \(parts.collusion) because of a collusion score of \(assessment.collusion)",
            "  \(parts.chain) because of a chain score of \(assessment.chain)",
        ]
        if assessment.isHeld { lines.append("  held at CRITICAL because of tampering") }
        for alert in assessment.alerts {
            lines.append(Console.printable("  \(alert.severity.rawValue): \(alert.text)"))
            for evidence in alert.evidence { lines.append(Console.printable("    record \(evidence)")) }
        }
        return lines.joined(separator: "\n")
    }
}

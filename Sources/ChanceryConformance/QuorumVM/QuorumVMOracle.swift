internal import ChanceryWire

/// The runners for what QuorumVM's custodians allow and log: budgets and rates, extraction, and the hash-chained log.
public enum QuorumVMOracle {
    public static let runners: [VectorRunner] = [
        VectorRunner("QuorumVM budgets and rates", recognises: { isPolicy($0) }) { file, _, log in
            for (index, value) in (try file.document.array ?? []).enumerated() { PolicyCase.run(value, index, &log) }
        },
        VectorRunner("QuorumVM extraction", recognises: { $0.name == "extraction.json" && $0.json?["rank_tracking"] != nil }) {
            file, _, log in
            try ExtractionCase.run(file.document, &log)
        },
        VectorRunner("QuorumVM audit log", recognises: { $0.name == "audit.json" && $0.json?["tampered"] != nil }) {
            file, _, log in
            try SeedAuditCase.run(file.document, &log)
        },
        VectorRunner("QuorumVM request sequences", recognises: { isScenarios($0) }) { file, _, log in
            for scenario in try file.document.array ?? [] { log.skip(try scenario.text("id"), .liveGateway) }
        },
    ]

    private static func isScenarios(_ file: VectorFile) -> Bool {
        file.name == "api_scenarios.json" && file.json?.array?.first?["steps"]?.array != nil
    }

    private static func isPolicy(_ file: VectorFile) -> Bool {
        file.name == "policy.json" && file.json?.array?.first?["max_evals_per_minute"] != nil
    }
}

internal import ChanceryLedger
internal import ChanceryWire

/// Audit exports, good and changed.
enum AuditExportVectors {
    static let runner = VectorRunner(
        "audit exports", name: "audit_export.json", members: ["cases", "summary"]
    ) { file, mode, log in
        let json = file.json ?? .null
        for entry in try json.list("cases") {
            log.run(entry["name"]?.string ?? "?") { comparison in
                let audit = try entry.stated("audit")
                switch mode {
                case .strict:
                    let verdict = AuditExport.verify(audit)
                    comparison.equal("valid", verdict.audit != nil, try entry.flag("recommended_valid"))
                    if let found = verdict.audit {
                        let again = AuditExport.make(found.chain, exportedAt: found.exportedAt, exporter: found.exporter)
                        comparison.equal("export made again", .object(again), audit)
                    }
                case .compat:
                    try Stated.compare(
                        "structure", ReferenceVerifier.auditStructure(audit), entry.stated("reference_structure"), &comparison)
                    let chain = ReferenceVerifier.verifyChain(
                        audit["events"]?.array ?? [], identity: audit["agent_identity"] ?? .null)
                    try Stated.compare("chain", chain, entry.stated("reference_chain"), &comparison)
                }
            }
        }
        log.run("summary") {
            let audit = AuditExport.verify(try first(json).stated("audit")).audit
            $0.equal("summary", audit.map { .object($0.summary) }, try json.stated("summary"))
        }
        log.run("excerpt by time") {
            let stated = try json.list("timerange_indices").compactMap(\.integer).map(Int.init)
            let events = try first(json).stated("audit").list("events").map { try Event($0) }
            guard let low = stated.first, let high = stated.last, events.indices.contains(low), events.indices.contains(high)
            else {
                throw MissingStatement(path: "timerange_indices")
            }
            let range = events[low].timestamp...max(events[low].timestamp, events[high].timestamp)
            $0.equal("timerange_indices", AuditExport.indices(of: events, in: range), stated)
        }
    }

    private static func first(_ json: JSONValue) throws -> JSONValue {
        guard let entry = try json.list("cases").first else { throw MissingStatement(path: "cases") }
        return entry
    }
}

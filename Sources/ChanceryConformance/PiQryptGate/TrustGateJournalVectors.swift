internal import ChanceryPolicy
internal import ChancerySuite
internal import ChanceryWire

/// Journals, good and changed.
///
/// A journal alone cannot show that its tail was cut. Strict therefore holds each against pins that lie elsewhere: the
/// head after the last entry of the untouched file and, for a journal from which old entries were purged, the point
/// where it now begins.
enum TrustGateJournalVectors {
    static let runner = VectorRunner(
        "TrustGate journal", name: "trustgate_journal.json", members: ["entries", "verify_cases", "recorded"]
    ) { file, mode, log in
        let json = try file.document
        let journal = ReferenceJournal { Digest.sha256($0) }
        let entries = try json.list("entries")
        let pins = journal.pins(entries)
        guard let first = pins.first, let head = pins.last else { throw MissingStatement(path: "entries") }
        for entry in entries {
            log.run("entry \(entry["decision_id"]?.string ?? "?")") {
                $0.equal("entry_hash", journal.hash(entry), try entry.text("entry_hash"))
            }
        }
        for entry in try json.list("recorded") {
            log.run("recording \(entry["decision_id"]?.string ?? "?")") { comparison in
                let isRecorded = ReferenceJournal.records(try entry.text("outcome"))
                comparison.equal("recorded", isRecorded, try entry.flag("recorded"))
                let isListed = entries.contains { $0["decision_id"] == entry["decision_id"] }
                comparison.equal("listed", isListed, try entry.flag("recorded"))
            }
        }
        for entry in try json.list("verify_cases") {
            log.run(entry["name"]?.string ?? "?") { comparison in
                let lines = entry["lines"]?.string == "entries" ? entries : try entry.list("lines")
                switch mode {
                case .compat:
                    let stated = try entry.stated("reference")
                    let errors = journal.referenceErrors(lines)
                    comparison.equal("errors", errors, try stated.list("errors").compactMap(\.string))
                    comparison.equal("valid", errors.isEmpty, try stated.flag("valid"))
                case .strict:
                    let isWhole =
                        journal.isWhole(lines, from: nil, to: head) || journal.isWhole(lines, from: first, to: head)
                    comparison.equal("valid", isWhole, try entry.flag("recommended_valid"))
                }
            }
        }
    }
}

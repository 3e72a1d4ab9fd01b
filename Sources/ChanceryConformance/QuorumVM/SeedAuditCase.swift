internal import ChanceryOracle
internal import ChanceryWire

/// The seed's hash-chained log, whole and tampered with.
enum SeedAuditCase {
    static func run(_ document: JSONValue, _ log: inout CaseLog) throws {
        let entries = try document.list("entries")
        let head = try document.text("head")
        for (index, value) in entries.enumerated() {
            log.run("entry \(index)") { comparison in
                let text = try SeedAudit.hashedText(of: value.stated("entry"))
                comparison.equal("text", String(decoding: text, as: UTF8.self), try value.text("hashed_text"))
            }
        }
        log.run("the log") { comparison in
            let verdict = try SeedAudit.read(entries.map { try $0.stated("entry") })
            comparison.equal("genesis", SeedAudit.genesis, try document.text("genesis_prev_hash"))
            comparison.isTrue("the log matches its head", verdict.matches(head: head))
        }
        for value in try document.list("tampered") {
            log.run(try value.text("kind")) { comparison in
                let verdict = try SeedAudit.read(value.list("entries"))
                comparison.equal("chain", verdict.isChained, try value.flag("plain_hash_chain_valid"))
                comparison.equal(
                    "left to a signed head", verdict.isChained, try value.flag("must_be_caught_by_signed_head"))
                comparison.isTrue("the head gives it away", !verdict.matches(head: head))
            }
        }
    }
}

internal import ChanceryPolicy
internal import ChancerySuite
internal import ChanceryWire

/// Policy activations: who was in force when, what changed, whether a text is the current one.
enum TrustGateVersionsVectors {
    static let runner = VectorRunner(
        "TrustGate policy versions", name: "trustgate_versions.json", members: ["history", "active_at"]
    ) { file, _, log in
        let json = try file.document
        var history = PolicyHistory()
        var texts: [String] = []
        for entry in try json.list("history") {
            let text = try entry.text("text")
            texts.append(text)
            try log.run("activation \(entry.text("version_id"))") { comparison in
                let policy = try Policy(parsing: Array(text.utf8))
                let activation = PolicyHistory.Activation(
                    name: policy.name, version: policy.version, contentHash: hash(text),
                    activatedAt: try entry.number("activated_at"), activatedBy: try entry.text("activated_by"),
                    comment: try entry.text("comment"))
                history.activate(activation)
                comparison.equal("version_id", activation.id, try entry.text("version_id"))
                comparison.equal("name", activation.name, try entry.text("name"))
                comparison.equal("content_hash", activation.contentHash, try entry.text("content_hash"))
            }
        }
        log.run("history of p") {
            $0.equal("ids", history.activations(of: "p").map(\.id), try json.list("history_p").compactMap(\.string))
        }
        for entry in try json.list("active_at") {
            let (name, time): (String, Int64) = (try entry.text("name"), try entry.number("at"))
            log.run("\(name) at \(time)") {
                $0.equal("version_id", history.active(name, at: time)?.id, entry["version_id"]?.string)
            }
        }
        guard texts.count > 1 else { throw MissingStatement(path: "history") }
        log.run("difference of one and two") { comparison in
            let diff = PolicyDiff.unified(
                from: texts[0], to: texts[1], oldLabel: "policy@" + hash(texts[0]).prefix(12),
                newLabel: "policy@" + hash(texts[1]).prefix(12))
            comparison.equal("lines", diff, try json.list("diff_one_two").compactMap(\.string))
        }
        log.run("verify current") { comparison in
            let stated = try json.stated("verify_current")
            comparison.equal("last", history.isCurrent(hash(texts[1]), of: "p"), try stated.flag("matches_last"))
            comparison.equal("older", history.isCurrent(hash(texts[0]), of: "p"), try stated.flag("older_version"))
            comparison.equal("modified", history.isCurrent(hash(texts[1] + "#"), of: "p"), try stated.flag("modified"))
        }
    }

    private static func hash(_ text: String) -> String { Hex.encode(Digest.sha256(Array(text.utf8))) }
}

internal import ChanceryVault
internal import ChanceryWire

/// `vault_sequences.json`: the life of a vault, step by step.
///
/// Strict mode runs the product's vault. It answers as the package does but for the steps listed here: where the vectors name a
/// hole, with what they recommend, and else where it differs by design. The latter also run in the labelled profile `pqaid-v0`
/// and must give there what the package gives. Compat mode runs that profile alone, holes included.
enum PQCVaultSequences {
    static let runner = VectorRunner("vault life cycles of the seed") {
        $0.name == "vault_sequences.json" && $0.json?["cases"]?.array?.first?["steps"]?.array != nil
    } run: { file, mode, log in
        for test in try file.document.list("cases") {
            let id = try test.text("id")
            let (steps, departure) = (try test.list("steps").map { try SequenceStep($0) }, departures[id])
            let recommended = try test["recommended"].map { _ in try test.text("recommended") }
            let seed = try await answers(SeedVault(), steps)
            let own = mode == .strict ? try await answers(MemoryVault(), steps) : []
            log.run("\(id) (\(try test.text("about")))") { comparison in
                if mode == .compat { return compare("pqaid-v0", seed, steps, nil, &comparison) }
                comparison.equal("recommendation", recommended, departure?.recommended)
                compare("vault", own, steps, departure, &comparison)
                if let departure, departure.recommended == nil { compare("pqaid-v0", seed, steps, nil, &comparison) }
            }
        }
    }

    /// What the product's vault answers otherwise than the package.
    private struct Departure {
        /// What the vectors recommend; nil where the product differs by its own design.
        let recommended: String?
        /// By the step, counted from 0.
        let answers: [Int: String]
    }

    private static let readable = "every artifact saved before stays readable after lock and unlock and in a new process"
    private static let departures = [
        "vault-00": Departure(recommended: readable, answers: [6: "content:6f6e65"]),
        "vault-01": Departure(recommended: readable, answers: [7: "content:6f6e65"]),
        "vault-02": Departure(
            recommended: "unlock while unlocked keeps the session (or is refused)", answers: [3: "content:6f6e65"]),
        // What was put is there, whether or not somebody saved.
        "vault-03": Departure(recommended: nil, answers: [4: "content:6f6e65"]),
        // The catalogue holds ids and names, no key: it is read while the vault is locked, and says that nothing is there.
        "vault-05": Departure(
            recommended: nil, answers: [1: "raises UnknownArtifactError", 2: "raises UnknownArtifactError", 3: "names:"]),
        "vault-10": Departure(
            recommended: "the name keeps pointing to the newer artifact", answers: [4: "content:74776f"]),
        // A name stands for an artifact with all its versions: the version before is the newest again.
        "vault-11": Departure(recommended: nil, answers: [4: "content:6f6e65"]),
        "vault-12": Departure(recommended: "names are opaque", answers: [3: "content:6f6e65"]),
        // No name looks like an id.
        "vault-13": Departure(recommended: nil, answers: [2: raises(.invalidName)]),
        // A session without time is refused instead of being over at once; no name is known in the empty vault.
        "vault-14": Departure(
            recommended: nil,
            answers: [0: raises(.custodyMalformed), 2: "raises UnknownArtifactError", 3: raises(.custodyMalformed)]),
        "vault-15": Departure(recommended: "detect rollback", answers: [4: raises(.recordMismatch)]),
    ]

    private static func raises(_ reason: VaultError.Reason) -> String { "raises \(reason.rawValue)" }

    private static func answers(_ vault: some SequenceVault, _ steps: [SequenceStep]) async throws -> [String] {
        var (vault, answers) = (vault, [String]())
        for step in steps { answers.append(try await vault.take(step.act)) }
        return answers
    }

    private static func compare(
        _ what: String, _ found: [String], _ steps: [SequenceStep], _ departure: Departure?, _ comparison: inout Comparison
    ) {
        for (index, step) in steps.enumerated() {
            comparison.equal("\(what), step \(index)", found[index], departure?.answers[index] ?? step.outcome)
        }
    }
}

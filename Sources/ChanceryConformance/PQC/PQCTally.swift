internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryWire

/// `tally_events.json`: rounds step by step. Compat, and strict where nothing better is recommended: the package's
/// outcomes. Strict where a case recommends something: that.
enum PQCTally {
    static let runner = VectorRunner("rounds of the seed, step by step") {
        $0.name == "tally_events.json" && $0.json?["cases"]?.array?.first?["steps"]?.array != nil
    } run: { file, mode, log in
        for test in try file.document.list("cases") {
            log.run("\(try test.text("id")) (\(try test.text("about")))") {
                var package = try PQCRound(test, sound: false)
                guard mode == .strict, let text = test["recommended"]?.string else {
                    for step in try test.list("steps") { try compare(package.take(step), with: step, &$0) }
                    // Where the package has no hole, the sound rules say the same about each vote.
                    guard mode == .strict else { return }
                    var sound = try PQCRound(test, sound: true)
                    for (index, step) in try test.list("steps").enumerated() {
                        let outcome = try sound.take(step).outcome
                        if try step.text("op") == "cast" { $0.equal("sound step \(index)", outcome, try step.text("outcome")) }
                    }
                    return
                }
                guard let remedy = Remedy(rawValue: text) else {
                    return $0.isTrue("the recommendation `\(text)` is known, which", false)
                }
                var sound = try PQCRound(test, sound: true)
                var expected = try Expectation(test, remedy)
                for (index, step) in try test.list("steps").enumerated() {
                    let (found, stated) = (try sound.take(step), try expected.take(step))
                    $0.equal("outcome of step \(index)", found.outcome, stated.outcome)
                    $0.equal("weights after step \(index)", found.weights, stated.weights)
                }
                if case .excludeEquivocator = remedy {
                    $0.equal("contradictions on record", sound.tally.contradictions.count, 1)
                    let keyring = try sound.nodes.keyring()
                    for contradiction in sound.tally.contradictions {
                        $0.isTrue("the first vote is signed, which", contradiction.first.verdict(keyring).isAccepted)
                        $0.isTrue("the second vote is signed, which", contradiction.second.verdict(keyring).isAccepted)
                        $0.isTrue("they differ, which", contradiction.first.choice != contradiction.second.choice)
                    }
                }
            }
        }
    }

    private static func compare(_ found: PQCRound.Outcome, with step: JSONValue, _ comparison: inout Comparison) throws {
        comparison.equal("outcome", found.outcome, try step.text("outcome"))
        comparison.equal("weights", found.weights.map { .integer($0) }, try step.list("weights_after"))
        if try step.text("op") == "finalize" {
            comparison.equal("ground", found.ground, try step.text("reason_class"))
            comparison.equal("valid result", found.resultVerifies, try step.flag("verify_result"))
        }
    }

    /// What the vectors recommend; a text that is not among them fails its case.
    enum Remedy: String {
        case excludeEquivocator = "exclude or freeze the equivocator's weight and keep both signed votes as evidence"
        case bindKeyAndCoordinator =
            "invalid: public key does not match voter_did (counted weight 0); finalize by a non-member is refused"
        case bindKey = "invalid: public key does not match voter_did"
        case bindKeyFirst = "first vote invalid, second counted"
        case bindProposal = "the round is bound to the hash at its start"
        case fixMembers = "membership and weights fixed by epoch at the start of the round"
        case noLatePass = "expired rounds cannot pass"
        case closeOnce = "a round closes once; verifiers keep conflicting results as evidence"
        case refuse
    }

    /// What a remedy comes to, step by step, counted without the product: the slow and obvious twin of the tally.
    private struct Expectation {
        let remedy: Remedy
        let weights: [Int64]
        let thresholds: [(Int64, Int64)]
        var choices: [Int: String] = [:]
        var excluded: Set<Int> = []
        var isEdited = false
        var isLate = false
        var isClosed = false

        init(_ test: JSONValue, _ remedy: Remedy) throws {
            self.remedy = remedy
            weights = try test.list("weights").compactMap(\.integer)
            thresholds = try ["min_participation", "min_approval"].map { name in
                let parts = try test.text(name).split(separator: "/").compactMap { Int64($0) }
                guard parts.count == 2 else { throw MissingStatement(path: name) }
                return (parts[0], parts[1])
            }
        }

        mutating func take(_ step: JSONValue) throws -> (outcome: String, weights: [Int64]) {
            let outcome: String
            switch try step.text("op") {
            case "cast": outcome = try cast(step)
            case "finalize": outcome = finish(by: step["by"]?.string)
            case "edit-proposal":
                isEdited = true
                outcome = "ok"
            case "expire":
                isLate = true
                outcome = "ok"
            default: outcome = try step.text("outcome")
            }
            return (outcome, ["approve", "reject", "abstain"].map(weight))
        }

        private mutating func cast(_ step: JSONValue) throws -> String {
            if isClosed { return "refused: the round is closed" }
            if step["tamper"]?.string == "foreign-key" { return "invalid: public key does not match voter_did" }
            if isEdited { return "invalid: proposal hash mismatch" }
            let (voter, choice) = (try step.number("voter") as Int, try step.text("decision"))
            if let first = choices[voter] {
                if first != choice { excluded.insert(voter) }
                return first == choice ? "duplicate ignored" : "raises ByzantineDetectedError"
            }
            choices[voter] = choice
            return "counted"
        }

        private mutating func finish(by coordinator: String?) -> String {
            if isClosed { return "refused: the round is closed" }
            if coordinator == "outsider" { return "refused: the coordinator is no member" }
            if isLate { return "refused: the proposal has expired" }
            isClosed = true
            let (approve, opinions) = (weight("approve"), weight("approve") + weight("reject"))
            let enough = (opinions + weight("abstain")) * thresholds[0].1 >= thresholds[0].0 * weights.reduce(0, +)
            let passed = enough && opinions > 0 && approve * thresholds[1].1 >= thresholds[1].0 * opinions
            return passed ? "passed" : "rejected"
        }

        private func weight(_ choice: String) -> Int64 {
            choices.filter { $0.value == choice && !excluded.contains($0.key) }.reduce(0) { $0 + weights[$1.key] }
        }
    }
}

internal import ChanceryGovernance
internal import ChanceryWire

/// `quorum.json`: weights, votes and a policy give a decision. All of it is the package's rule, read by `pqaid-v0`.
enum PQCQuorum {
    static let runner = VectorRunner("decisions of the seed's quorum rule") {
        $0.name == "quorum.json" && $0.json?["cases"]?.array?.first?["votes"]?.string != nil
    } run: { file, mode, log in
        for test in try file.document.list("cases") {
            log.run("\(try test.text("id")) (\(try test.text("group")))") {
                let cast = try Cast(test)
                $0.equal("weight for", cast.weights.approve, try test.number("approve_weight"))
                $0.equal("weight against", cast.weights.reject, try test.number("reject_weight"))
                $0.equal("weight of abstentions", cast.weights.abstain, try test.number("abstain_weight"))
                $0.equal("total weight", cast.total, try test.number("total_weight"))
                $0.equal("votes", cast.count, try test.number("included_votes"))

                let participation = try threshold(test, "min_participation", &$0)
                let approval = try threshold(test, "min_approval", &$0)
                func decide(_ arithmetic: ReferenceQuorum.Arithmetic) throws -> ReferenceDecision {
                    try ReferenceQuorum(participation: participation, approval: approval, arithmetic: arithmetic)
                        .decide(cast.weights, total: cast.total)
                }
                let package = try decide(.doubles)
                $0.equal("decision of the package", package.text, try test.text("decision"))
                $0.equal("ground of the package", package.ground.rawValue, try test.text("reason_class"))
                $0.equal("reason of the package", package.reason, try test.text("reason"))
                $0.equal("status", package.text, try test.text("status_after"))
                guard mode == .strict else { return }
                let exact = try decide(.exact)
                let stated = test["exact_arithmetic"] ?? test
                $0.equal("decision", exact.text, try stated.text("decision"))
                $0.equal("ground", exact.ground.rawValue, try stated.text("reason_class"))
            }
        }
    }

    /// The fraction of a policy; the double it is nearest to is stated too.
    private static func threshold(
        _ test: JSONValue, _ name: String, _ comparison: inout Comparison
    ) throws -> ReferenceThreshold {
        let policy = try test.stated(name)
        let threshold = try ReferenceThreshold(policy.text("text"))
        if case .double(let double) = try policy.stated("double") {
            comparison.equal("\(name) in doubles", threshold.double, double)
        } else {
            comparison.equal("\(name) in doubles", threshold.double, Double(try policy.number("double") as Int64))
        }
        return threshold
    }

    /// One letter per member: a, r, b for approve, reject, abstain, - for none.
    private struct Cast {
        var weights = ReferenceWeights()
        var total: Int64
        var count = 0

        init(_ test: JSONValue) throws {
            let members = try test.list("weights").map { weight throws -> Int64 in
                guard let weight = weight.integer else { throw MissingStatement(path: "weights") }
                return weight
            }
            let votes = Array(try test.text("votes").utf8)
            guard votes.count == members.count else { throw MissingStatement(path: "votes") }
            total = try ReferenceWeights.sum(members)
            for (weight, vote) in zip(members, votes) where vote != UInt8(ascii: "-") {
                let choices: [UInt8: ReferenceChoice] = [
                    UInt8(ascii: "a"): .approve, UInt8(ascii: "r"): .reject, UInt8(ascii: "b"): .abstain,
                ]
                guard let choice = choices[vote] else { throw MissingStatement(path: "votes") }
                try weights.add(weight, for: choice)
                count += 1
            }
        }
    }
}

internal import ChanceryGovernance
internal import ChanceryWire

/// `authorization.json`: grants in order, and what they authorise. Strict: only grants that pinned keys signed count.
enum PQCAuthorization {
    static let runner = VectorRunner("authorization chains of the seed") {
        $0.name == "authorization.json" && $0.json?["cases"]?.array?.first?["grants"]?.array != nil
    } run: { file, mode, log in
        var results = Results()
        for test in try file.document.list("cases") {
            log.run("\(try test.text("id")) (\(try test.text("about")))") {
                var chain = ReferenceAuthorization(subject: try test.text("subject"))
                for grant in try test.list("grants") {
                    guard let kind = ReferenceProposalKind(rawValue: try grant.text("kind")) else {
                        return $0.isTrue("the kind is known, which", false)
                    }
                    let subject = try grant["subject"]?.string ?? test.text("subject")
                    let decision = try grant.text("decision")
                    let (proposal, result) = try results.make(
                        kind, subject, decision, signature: grant["signature"]?.string)
                    $0.equal(
                        "valid for the package", ReferencePackage.verifies(result, as: .result), try grant.flag("grant_verify"))
                    let added =
                        mode == .compat
                        ? chain.add(ReferenceGrant(claiming: kind, for: subject, decision: decision))
                        : try results.add(result, of: proposal, to: &chain)
                    $0.equal("added", added, try grant.flag("added"))
                    $0.equal("error", added ? nil : "GovernanceError", grant["raises"]?.string)
                }
                if mode == .compat { $0.equal("length", chain.grants.count, try test.number("length")) }
                let recommended = mode == .strict ? test["if_only_verified_grants_count"] : nil
                let stated = try recommended ?? test.stated("is_authorized")
                $0.equal("kinds", stated.object?.count, ReferenceProposalKind.allCases.count)
                for kind in ReferenceProposalKind.allCases {
                    let authorized = chain.isAuthorized(kind, counting: mode == .compat ? .everything : .verified)
                    $0.equal(kind.rawValue, authorized, try stated.flag(kind.rawValue))
                }
            }
        }
    }

    /// Signed results, each made once.
    private struct Results {
        private var nodes = PQCNodes()
        private var proposals: [String: ReferenceProposal] = [:]
        private var signed: [String: JSONValue] = [:]
        private var keyring = ReferenceKeyring()

        mutating func make(
            _ kind: ReferenceProposalKind, _ subject: String, _ decision: String, signature: String?
        ) throws -> (ReferenceProposal, JSONValue) {
            let name = "\(kind.rawValue) \(subject)"
            if proposals[name] == nil { proposals[name] = try ReferenceProposal(nodes.proposal(kind, subject: subject)) }
            guard let proposal = proposals[name] else { throw MissingStatement(path: "kind") }
            if signed["\(name) \(decision)"] == nil {
                signed["\(name) \(decision)"] = try nodes.result(decision, of: proposal, by: 0)
                keyring = try nodes.keyring()
            }
            guard let result = signed["\(name) \(decision)"], let text = result["signature"]?.string else {
                throw MissingStatement(path: "decision")
            }
            switch signature {
            case nil: return (proposal, result)
            case "none": return (proposal, result.setting("signature", to: ""))
            case "broken":
                let broken = (text.hasPrefix("0") ? "1" : "0") + text.dropFirst()
                return (proposal, result.setting("signature", to: .string(broken)))
            default: throw MissingStatement(path: "signature")
            }
        }

        /// Adds a grant as a sound reader does: a result that does not decode is a grant of nothing.
        func add(
            _ result: JSONValue, of proposal: ReferenceProposal, to chain: inout ReferenceAuthorization
        ) throws -> Bool {
            guard let decoded = try? ReferenceResult(result) else {
                return chain.add(ReferenceGrant(claiming: proposal.kind, for: proposal.subject, decision: ""))
            }
            return chain.add(ReferenceGrant(decoded, of: proposal, keyring))
        }
    }
}

internal import ChanceryVault
internal import ChanceryWire

/// `policy.json`: who may read what under the rules of pqc-enclave-sdk.
///
/// Where the vectors name a hole, strict mode asks the vault's own policy, made of the same rules: it must stop what the
/// package lets through.
enum PQCAccess {
    static let runner = VectorRunner("access rules of the seed") {
        $0.name == "policy.json" && $0.json?["cases"]?.array?.first?["rules"]?.array != nil
    } run: { file, mode, log in
        for test in try file.document.list("cases") {
            log.run("\(try test.text("id")) (\(try test.text("about")))") {
                let rules = try test.list("rules").map { try SeedAccessPolicy.Rule($0) }
                let checks = try test.list("checks").map { try Check($0) }
                if mode == .strict, test["hole"] != nil {
                    try close(rules, checks, &$0)
                } else {
                    answer(rules, checks, &$0)
                }
            }
        }
    }

    /// One question and the package's answer.
    private struct Check {
        let kind: ArtifactKind
        let caller: String
        let isAllowed: Bool
        let message: String?

        init(_ value: JSONValue) throws {
            guard let kind = ArtifactKind(rawValue: try value.text("artifact_kind")) else {
                throw MissingStatement(path: "artifact_kind")
            }
            self.kind = kind
            caller = try value.text("caller")
            isAllowed = try value.flag("allowed")
            message = try value["message"].map { _ in try value.text("message") }
        }
    }

    private static func answer(_ rules: [SeedAccessPolicy.Rule], _ checks: [Check], _ comparison: inout Comparison) {
        var policy = SeedAccessPolicy()
        for rule in rules { policy.add(rule) }
        for check in checks {
            let refusal = policy.refusal(of: check.caller, reading: check.kind)
            comparison.equal("`\(check.caller)` may read \(check.kind.rawValue)", refusal == nil, check.isAllowed)
            comparison.equal("message for `\(check.caller)`", refusal, check.message)
        }
    }

    private static func close(
        _ rules: [SeedAccessPolicy.Rule], _ checks: [Check], _ comparison: inout Comparison
    ) throws {
        if rules.contains(where: { $0.usesPerHour.map { $0 < 1 } ?? false }) {
            let error = comparison.throwing("a limit below one") {
                _ = try AccessPolicy(rules.map(SeedAccessPolicy.translated))
            }
            return comparison.equal("refusal", (error as? VaultError)?.reason, .policyMalformed)
        }
        let policy = try AccessPolicy(rules.map(SeedAccessPolicy.translated))
        let now = UTCTime(seconds: 1_790_000_000)
        let standing = AccessStanding(
            isUnlocked: true,
            writ: .init(id: Array(repeating: 1, count: 32), generation: 1, leaseEnd: now.advanced(bySeconds: 60)),
            isFrozen: false, tier: .satisfied(.sealed))
        var desk = AccessDesk()
        var stopped = 0
        for (number, check) in checks.enumerated() {
            let request = AccessRequest(
                try AuthenticatedCaller(principal: "ak_vectors", bundle: check.caller),
                artifact: try ArtifactID(Array(repeating: 1, count: ArtifactID.byteCount)), kind: check.kind,
                manifest: try ManifestDigest(Array(repeating: 2, count: ManifestDigest.byteCount)))
            let verdict = desk.decide(request, under: policy, standing, now: now, monotonic: 0)
            let limits = policy.rules(for: check.kind).compactMap(\.limit?.uses)
            let isSpent = limits.contains { $0 <= Int64(number) }
            let needsPerson = policy.requiresPresence(check.kind)
            comparison.equal("use \(number) is allowed", verdict.permit != nil, !isSpent && !needsPerson)
            comparison.equal("use \(number) lacks a person", verdict.reasons.contains(.presence), needsPerson)
            comparison.equal("use \(number) is one too many", verdict.reasons.contains(.rate), isSpent)
            if check.isAllowed, verdict.permit == nil { stopped += 1 }
        }
        comparison.isTrue("the vault stops what the package lets through, which", stopped > 0)
    }
}

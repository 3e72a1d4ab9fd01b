internal import ChanceryPolicy
internal import ChancerySuite
internal import ChanceryWire

/// Who may approve what, and how decisions that wait go on over time. Both modes: the file recommends nothing else.
enum TrustGateApprovalsVectors {
    static let runner = VectorRunner(
        "TrustGate approvals", name: "trustgate_approvals.json", members: ["clearance_cases", "flows"]
    ) { file, _, log in
        let json = try file.document
        for clearance in ReferenceApprovalQueue.Clearance.allCases {
            log.run("limit of \(clearance.rawValue)") {
                let stated = ExactDecimal(json: try json.stated("clearance_limits").stated(clearance.rawValue))
                $0.equal("limit", clearance.limit, stated)
            }
        }
        for entry in try json.list("clearance_cases") {
            log.run("\(entry["clearance"]?.string ?? "?") at \(entry["vrs"].map { PythonText.json($0) } ?? "?")") {
                guard let clearance = ReferenceApprovalQueue.Clearance(rawValue: try entry.text("clearance")),
                    let risk = ExactDecimal(json: try entry.stated("vrs"))
                else { throw MissingStatement(path: "clearance") }
                let answer = clearance.permits(risk, isActive: entry["active"]?.bool ?? true)
                $0.equal("can_approve", answer, try entry.flag("can_approve"))
            }
        }
        for entry in try json.list("flows") {
            log.run("flow \(entry["name"]?.string ?? "?")") { try flow(entry, &$0) }
        }
        for entry in try json.list("direct") {
            log.run("\(entry["action"]?.string ?? "?") a decision that waits for nobody") { comparison in
                var queue = ReferenceApprovalQueue(onTimeout: .reject)
                let item = queue.add(risk: .zero, effect: .block, timeoutAt: 0)
                let error = comparison.throwing("the answer") {
                    try queue.answer(item, approve: entry["action"] == "approve", by: .L3, at: 0)
                }
                comparison.equal(
                    "error", (error as? ReferenceApprovalQueue.Refusal)?.rawValue, try entry.text("error"))
            }
        }
        log.run("token") { comparison in
            let stated = try json.stated("sso_token")
            let text = PythonText.json(try stated.stated("token"))
            let tag = authenticator(key: Array(try stated.text("secret_utf8").utf8), Array(text.utf8))
            comparison.equal("hmac_sha256_hex", Hex.encode(tag), try stated.text("hmac_sha256_hex"))
        }
    }

    private static func flow(_ entry: JSONValue, _ comparison: inout Comparison) throws {
        guard let onTimeout = ApprovalTerms.OnTimeout(rawValue: try entry.text("on_timeout")),
            let risk = ExactDecimal(json: try entry.stated("vrs"))
        else { throw MissingStatement(path: "flow") }
        var now: Int64 = 1_780_000_000
        let timeoutAt = now + (try entry.number("timeout_seconds") as Int64)
        var queue = ReferenceApprovalQueue(onTimeout: onTimeout)
        let item = queue.add(risk: risk, effect: .requireHuman, timeoutAt: timeoutAt)
        for (index, step) in try entry.list("steps").enumerated() {
            let operation = try step.text("op")
            switch operation {
            case "pending": comparison.equal("\(index) pending", queue.pendingCount, try step.number("count"))
            case "wait": now += try step.number("seconds")
            case "process_timeouts":
                queue.processTimeouts(at: now)
                let found = queue.items[item]
                comparison.equal("\(index) state", found.state.rawValue, try step.text("state"))
                comparison.equal("\(index) outcome", found.effect.rawValue, try step.text("outcome"))
                let suffix = try step.text("reason_suffix").replacing("<timeout_at>", with: String(timeoutAt))
                comparison.equal("\(index) reason_suffix", found.reasonSuffix, suffix)
                comparison.equal("\(index) justification", found.justification, step["justification"]?.string)
            case "approve", "reject":
                guard let clearance = ReferenceApprovalQueue.Clearance(rawValue: try step.text("by").uppercased()) else {
                    throw MissingStatement(path: "by")
                }
                do {
                    try queue.answer(item, approve: operation == "approve", by: clearance, at: now)
                    let result = try step.stated("result")
                    comparison.equal("\(index) state", queue.items[item].state.rawValue, try result.text("state"))
                    comparison.equal("\(index) outcome", queue.items[item].effect.rawValue, try result.text("outcome"))
                } catch let refusal as ReferenceApprovalQueue.Refusal {
                    comparison.equal("\(index) error", refusal.rawValue, step["error"]?.string ?? "none")
                }
            default: throw MissingStatement(path: "op")
            }
        }
    }

    /// HMAC-SHA256 (RFC 2104).
    private static func authenticator(key: [UInt8], _ text: [UInt8]) -> [UInt8] {
        let short = key.count > 64 ? Digest.sha256(key) : key
        let block = short + [UInt8](repeating: 0, count: 64 - short.count)
        return Digest.sha256(block.map { $0 ^ 0x5c } + Digest.sha256(block.map { $0 ^ 0x36 } + text))
    }
}

internal import ChanceryPatterns
internal import ChanceryWire

/// Both languages once more, straight from the text's tree: slow, short and without anything of the compiled form.
///
/// Only ``PatternSet`` for single patterns and the text views are shared; they have twins of their own.
struct SlowEvaluator {
    let root: PolicyNode
    private let compiled: [String: PatternSet]

    /// `root` is the tree of a text that loads; `patterns` keeps what was compiled for other texts.
    init(_ root: PolicyNode, _ patterns: inout [String: PatternSet]) {
        self.root = root
        func collect(_ node: PolicyNode, _ isPattern: Bool) {
            if isPattern, let text = node.text, patterns[text] == nil {
                patterns[text] = try? PatternSet([text], caseInsensitive: true)
            }
            node.list?.forEach { collect($0, isPattern) }
            node.map?.forEach {
                collect($0.value, isPattern || ["dangerous_patterns", "pattern", "patterns"].contains($0.name))
            }
        }
        collect(root, false)
        compiled = patterns
    }

    /// The verdict, with an empty reason.
    func decide(_ request: ActionRequest, _ facts: Facts) -> Verdict {
        var guards: [String] = []
        if !facts.authorized { guards.append("NOT_AUTHORIZED") }
        if facts.frozen { guards.append("FROZEN") }
        if facts.risk == nil || facts.stability == nil || facts.role == nil { guards.append("FACT_MISSING") }
        if let first = guards.first { return Verdict(effect: .block, rule: first, rules: guards, reason: "") }
        return root["language"] == nil ? trustGate(request, facts) : rules(request, facts)
    }

    // MARK: TrustGate

    private func trustGate(_ request: ActionRequest, _ facts: Facts) -> Verdict {
        let thresholds = root["thresholds"]
        let network = root["network"]
        let escalation = root["escalation"]
        let role = root["roles"]?.map?.first { $0.name.utf8.elementsEqual(facts.role!.utf8) }?.value
        let risk = facts.risk!.description
        func names(_ node: PolicyNode?) -> [String] { node?.list?.compactMap(\.text) ?? [] }
        func number(_ node: PolicyNode?, _ fallback: Int64) -> Int64 { node?.text.flatMap { Int64($0) } ?? fallback }
        func action(_ name: String, _ fallback: String) -> Effect { Effect(rawValue: thresholds?[name]?.text ?? fallback)! }
        let external =
            request.target.map { target in
                !names(network?["allowed_domains"]).contains { $0.utf8.elementsEqual(target.utf8) }
            } ?? false
        let blocks = network?["block_external"]?.text.map { $0.lowercased() == "true" } ?? true
        let logs = network?["log_external_calls"]?.text.map { $0.lowercased() == "true" } ?? true
        let recent = { (times: [Int64]) in Int64(times.count { facts.time - $0 < 3600 }) }
        let limit = number(escalation?["auto_restrict_after"], 5)
        let lasts = number(escalation?["restrict_duration_minutes"], 60) * 60
        let sorted = facts.alerts.sorted()
        let reached = sorted.indices.contains { last in
            sorted[...last].count { sorted[last] - $0 < 3600 } >= limit && facts.time - sorted[last] < lasts
        }
        let watched = recent(facts.watches) >= number(escalation?["max_watch_events"], 3)

        var spoken: [(String, Effect)] = []
        if !isBelow(risk, thresholds?["vrs_block"]?.text ?? "0.85") { spoken.append(("VRS_BLOCK", .block)) }
        if names(root["dangerous_patterns"]).contains(where: { occurs($0, request.views.all) }) {
            spoken.append(("DANGEROUS_PATTERN", .block))
        }
        let permitted =
            !names(role?["blocked_tools"]).contains { fits($0, request.action) }
            && names(role?["allowed_tools"]).contains { fits($0, request.action) }
        if !permitted { spoken.append(("ROLE", .block)) }
        if facts.stability == .critical { spoken.append(("TSI_CRITICAL", action("tsi_critical_action", "BLOCK"))) }
        if external, blocks { spoken.append(("DOMAIN", .block)) }
        if !isBelow(risk, thresholds?["vrs_require_human"]?.text ?? "0.6") { spoken.append(("VRS_HUMAN", .requireHuman)) }
        if facts.stability == .unstable { spoken.append(("TSI_UNSTABLE", action("tsi_unstable_action", "REQUIRE_HUMAN"))) }
        if recent(facts.alerts) >= limit || reached { spoken.append(("ESCALATION", .restrict)) }
        if facts.stability == .watch {
            spoken.append(watched ? ("WATCH_LIMIT", .restrict) : ("TSI_WATCH", .allowWithLog))
        }
        if external, !blocks, logs { spoken.append(("EXTERNAL_CALL", .allowWithLog)) }
        if spoken.isEmpty { spoken.append(("DEFAULT", .allow)) }

        // The first that asks or blocks; else the strictest, and of those the first.
        let strictest = spoken.map(\.1).max()!
        let decider = spoken.first { $0.1 >= .requireHuman } ?? spoken.first { $0.1 == strictest }!
        var owed: [Obligation] = []
        if let level = root["logging"]?["level"]?.text { owed.append(.init(.logLevel, level)) }
        if root["logging"]?["log_payload"]?.boolean == true { owed.append(.init(.logPayload)) }
        if external, logs, decider.1 != .block { owed.append(.init(.logExternalCall)) }
        return Verdict(effect: decider.1, rule: decider.0, rules: spoken.map(\.0), reason: "", obligations: owed)
    }

    // MARK: version 2

    private func rules(_ request: ActionRequest, _ facts: Facts) -> Verdict {
        var blocking: [String] = []
        var strictest: Effect?
        var opened = false
        var spoke: [(id: String, effect: Effect, rule: PolicyNode)] = []
        for rule in root["rules"]?.list ?? [] {
            let id = rule["id"]!.text!
            let word = rule["effect"]!.text!
            let effect = ["allow": Effect.allow, "restrict": .restrict, "require_human": .requireHuman, "forbid": .block][word]!
            let truth = holds(rule["when"]!, request, facts, allows: word == "allow", negated: false)
            guard truth == 1 || truth == nil && word != "allow" else { continue }
            spoke.append((id, effect, rule))
            strictest = max(strictest ?? .allow, effect)
            if effect == .block { blocking.append(id) }
            if truth == 1, effect != .block { opened = true }
        }
        guard let strictest, opened || strictest == .block else {
            return Verdict(effect: .block, rule: "DEFAULT", rules: spoke.map(\.id) + ["DEFAULT"], reason: "")
        }
        var owed: [Obligation] = []
        for (_, effect, rule) in spoke where strictest != .block || effect == .block {
            for node in rule["obligations"]?.list ?? [] {
                let entry = node.map?.first
                let one = Obligation(.init(rawValue: entry?.name ?? node.text!)!, entry?.value.text)
                if !owed.contains(one) { owed.append(one) }
            }
        }
        let isLogged = strictest == .allow && owed.contains { $0.name == .log }
        return Verdict(
            effect: isLogged ? .allowWithLog : strictest, rule: spoke.first { $0.effect == strictest }!.id,
            rules: spoke.map(\.id),
            reason: "", obligations: owed)
    }

    /// 1, 0, or nil for unknown.
    private func holds(_ when: PolicyNode, _ request: ActionRequest, _ facts: Facts, allows: Bool, negated: Bool) -> Int? {
        let everyView = allows == negated
        let views = everyView ? request.views.all : [request.views.raw]
        func flag(_ condition: Bool) -> Int? { condition ? 1 : 0 }
        func strings(_ node: PolicyNode) -> [String] { (node.list ?? [node]).compactMap(\.text) }
        func listed(_ section: String, _ node: PolicyNode) -> [String] {
            strings(node).flatMap { root[section]?[$0].map(strings) ?? [] }
        }
        let answers = (when.map ?? []).map { entry -> Int? in
            let node = entry.value
            switch entry.name {
            case "any", "all":
                let inner = (node.list ?? []).map { holds($0, request, facts, allows: allows, negated: negated) }
                return entry.name == "all" ? conjunction(inner) : conjunction(inner.map { $0.map { 1 - $0 } }).map { 1 - $0 }
            case "not": return holds(node, request, facts, allows: allows, negated: !negated).map { 1 - $0 }
            case "action": return flag(strings(node).contains { fits($0, request.action) })
            case "tools": return flag(listed("tools", node).contains { fits($0, request.action) })
            case "role": return flag(strings(node).contains { fits($0, facts.role!) })
            case "agent": return flag(strings(node).contains { fits($0, facts.agent) })
            case "delegated_by": return flag(facts.delegatedBy.map { by in strings(node).contains { fits($0, by) } } ?? false)
            case "stability": return flag(strings(node).contains(facts.stability!.rawValue))
            case "pattern": return flag(strings(node).contains { occurs($0, views) })
            case "patterns": return flag(listed("patterns", node).contains { occurs($0, views) })
            case "hour_utc":
                let hour = facts.time / 3600 % 24
                return flag(
                    strings(node).contains { range in
                        let ends = range.split(separator: "-").map { Int64($0)! }
                        return (0..<24).filter {
                            ($0 - ends[0] + 24) % 24 < (ends[1] - ends[0] + 24) % 24 || ends[1] - ends[0] == 24
                        }
                        .contains(hour)
                    })
            case "labels":
                let any = node.list?.compactMap(\.text) ?? node["any"].map(strings) ?? []
                let (all, none) = (node["all"].map(strings) ?? [], node["none"].map(strings) ?? [])
                return flag(
                    (any.isEmpty || !facts.labels.isDisjoint(with: any)) && facts.labels.isSuperset(of: all)
                        && facts.labels.isDisjoint(with: none))
            case "target":
                if let exists = node["exists"]?.boolean { return flag((request.target != nil) == exists) }
                guard let target = request.target?.lowercased() else { return 0 }
                let globs = strings(node["in"] ?? node["not_in"] ?? node).map { $0.lowercased() }
                let bare = target.split(separator: ":").first.map(String.init) ?? target
                let isCovered = globs.contains { fits($0, target) || !$0.contains(":") && fits($0, bare) }
                return flag(isCovered == (node["not_in"] == nil))
            case "risk": return within(node, facts.risk?.description)
            case "trust": return within(node, facts.trust?.description)
            case "collusion": return within(node, facts.collusion?.description)
            case "alerts_last_hour": return within(node, String(facts.alerts.count { facts.time - $0 < 3600 }))
            case "watches_last_hour": return within(node, String(facts.watches.count { facts.time - $0 < 3600 }))
            default: return payload(entry, request, everyView)
            }
        }
        return conjunction(answers)
    }

    private func payload(_ entry: PolicyNode.Entry, _ request: ActionRequest, _ everyView: Bool) -> Int? {
        var value: JSONValue? = request.payload
        for step in entry.name.split(separator: ".").dropFirst().map(String.init) {
            if let elements = value?.array {
                // A bare nil would be JSON's null here.
                let index = Int(step) ?? -1
                value = elements.indices.contains(index) ? Optional(elements[index]) : Optional<JSONValue>.none
            } else {
                value = value?[step]
            }
        }
        func equal(_ node: PolicyNode) -> Int? {
            switch (value, node.json) {
            case (.null?, .null): 1
            case (.bool(let a)?, .bool(let b)): a == b ? 1 : 0
            case (.string(let a)?, .string(let b)): a.utf8.elementsEqual(b.utf8) ? 1 : 0
            default:
                if let left = decimal(value), let right = node.number?.description {
                    !isBelow(left, right) && !isBelow(right, left) ? 1 : 0
                } else {
                    nil
                }
            }
        }
        guard entry.value.map != nil else { return equal(entry.value) }
        var answers: [Int?] = []
        let text = value?.string
        for test in entry.value.map ?? [] {
            let strings = (test.value.list ?? [test.value]).compactMap(\.text)
            switch test.name {
            case "exists": answers.append((value != nil) == test.value.boolean ? 1 : 0)
            case "equals": answers.append(equal(test.value))
            case "in": answers.append(conjunction((test.value.list ?? []).map { equal($0).map { 1 - $0 } }).map { 1 - $0 })
            case "glob": answers.append(text.map { text in strings.contains { fits($0, text) } ? 1 : 0 })
            case "pattern":
                answers.append(
                    text.flatMap { text in
                        let bytes = Array(text.utf8)
                        let views = everyView ? try? TextViews(of: [text], document: bytes).all : [bytes]
                        return views.map { views in strings.contains { occurs($0, views) } ? 1 : 0 }
                    })
            default: answers.append(within(entry.value, decimal(value)))
            }
        }
        return conjunction(answers)
    }

    // MARK: pieces

    private func conjunction(_ answers: [Int?]) -> Int? {
        answers.contains(0) ? 0 : answers.contains { $0 == nil } ? nil : 1
    }

    private func within(_ node: PolicyNode, _ value: String?) -> Int? {
        guard let value else { return nil }
        for entry in node.map ?? [] {
            guard let limit = entry.value.number?.description else { continue }
            switch entry.name {
            case "lt": if !isBelow(value, limit) { return 0 }
            case "ge": if isBelow(value, limit) { return 0 }
            case "gt": if !isBelow(limit, value) { return 0 }
            case "le": if isBelow(limit, value) { return 0 }
            default: break
            }
        }
        return 1
    }

    private func decimal(_ value: JSONValue?) -> String? {
        switch value {
        case .integer(let number): String(number)
        case .double(let number): ExactDecimal(double: number)?.description
        case .bigInteger(let digits): ExactDecimal(digits)?.description
        default: nil
        }
    }

    /// Of plain decimals: pads both to the same places and compares digits.
    private func isBelow(_ left: String, _ right: String) -> Bool {
        func parts(_ text: String) -> (negative: Bool, whole: String, fraction: String) {
            let body = text.drop { $0 == "-" || $0 == "+" }.split(separator: ".", omittingEmptySubsequences: false)
            return (text.hasPrefix("-"), String(body[0].drop { $0 == "0" }), body.count > 1 ? String(body[1]) : "")
        }
        let (a, b) = (parts(left), parts(right))
        let whole = max(a.whole.count, b.whole.count)
        let fraction = max(a.fraction.count, b.fraction.count)
        func padded(_ part: (negative: Bool, whole: String, fraction: String)) -> String {
            String(repeating: "0", count: whole - part.whole.count) + part.whole + part.fraction
                + String(repeating: "0", count: fraction - part.fraction.count)
        }
        let (x, y) = (padded(a), padded(b))
        if x.allSatisfy({ $0 == "0" }), y.allSatisfy({ $0 == "0" }) { return false }
        if a.negative != b.negative { return a.negative }
        return a.negative ? y < x : x < y
    }

    private func occurs(_ pattern: String, _ views: [[UInt8]]) -> Bool {
        views.contains { compiled[pattern]?.matches(in: $0).isEmpty == false }
    }

    /// Globs by plain recursion.
    private func fits(_ glob: String, _ text: String) -> Bool {
        func fits(_ glob: ArraySlice<Unicode.Scalar>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
            guard let first = glob.first else { return text.isEmpty }
            switch first {
            case "*": return fits(glob.dropFirst(), text) || (!text.isEmpty && fits(glob, text.dropFirst()))
            case "?": return !text.isEmpty && fits(glob.dropFirst(), text.dropFirst())
            case "\\" where glob.count > 1:
                let rest = glob.dropFirst()
                return text.first == rest.first && fits(rest.dropFirst(), text.dropFirst())
            default: return text.first == first && fits(glob.dropFirst(), text.dropFirst())
            }
        }
        return fits(Array(glob.unicodeScalars)[...], Array(text.unicodeScalars)[...])
    }
}

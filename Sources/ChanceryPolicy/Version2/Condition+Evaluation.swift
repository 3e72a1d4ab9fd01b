internal import ChanceryWire

extension Condition {
    func holds(in situation: inout Situation) -> Truth {
        switch self {
        case .all(let parts):
            var truth = Truth.yes
            for part in parts {
                switch part.holds(in: &situation) {
                case .no: return .no
                case .unknown: truth = .unknown
                case .yes: break
                }
            }
            return truth
        case .any(let parts):
            var truth = Truth.no
            for part in parts {
                switch part.holds(in: &situation) {
                case .yes: return .yes
                case .unknown: truth = .unknown
                case .no: break
                }
            }
            return truth
        case .not(let part): return part.holds(in: &situation).negated
        case .action(let globs): return Truth(globs.matches(situation.request.action, situation.request.actionBytes))
        case .role(let globs):
            guard let role = situation.facts.role, let bytes = situation.roleBytes else { return .unknown }
            return Truth(globs.matches(role, bytes))
        case .agent(let globs): return Truth(globs.matches(situation.facts.agent, situation.agentBytes))
        case .delegatedBy(let globs): return Truth(situation.facts.delegatedBy.map { globs.matches($0) } ?? false)
        case .target(let test): return Truth(test.holds(for: situation.request.target))
        case .number(let fact, let bounds): return situation.number(fact).map { Truth(bounds.hold(for: $0)) } ?? .unknown
        case .stability(let states): return situation.facts.stability.map { Truth(states.contains($0)) } ?? .unknown
        case .labels(let test): return Truth(test.holds(for: situation.facts.labels))
        case .payload(let path, let test): return test.holds(for: path.value(in: situation.request.payload), &situation)
        case .pattern(let indices, let everyView):
            return Truth(indices.contains { situation.hits($0, everyView: everyView) })
        case .hours(let ranges): return Truth(ranges.contains { $0.contains(situation.hour) })
        }
    }
}

extension TargetTest {
    func holds(for target: String?) -> Bool {
        guard let target = target.map(Self.lowered) else { return kind == .absent }
        switch kind {
        case .exists: return true
        case .absent: return false
        case .among: return covers(target)
        case .notAmong: return !covers(target)
        }
    }

    private func covers(_ target: String) -> Bool { whole.matches(target) || hosts.matches(Self.host(target)) }
}

extension LabelTest {
    func holds(for labels: Set<String>) -> Bool {
        (any.isEmpty || any.contains { labels.contains($0) }) && all.allSatisfy { labels.contains($0) }
            && !none.contains { labels.contains($0) }
    }
}

extension PayloadTest {
    /// A missing member, or one of another kind than it is compared with, is unknown.
    func holds(for value: JSONValue?, _ situation: inout Situation) -> Truth {
        var truths: [Truth] = []
        if let exists { truths.append(Truth((value != nil) == exists)) }
        if let among { truths.append(Self.among(among, value)) }
        if let bounds {
            truths.append(value.flatMap { ExactDecimal(json: $0) }.map { Truth(bounds.hold(for: $0)) } ?? .unknown)
        }
        if let globs { truths.append(value?.string.map { Truth(globs.matches($0)) } ?? .unknown) }
        if let patterns {
            truths.append(
                value?.string.map { situation.fieldHits(patterns, in: $0, everyView: everyView) } ?? .unknown)
        }
        return truths.contains(.no) ? .no : truths.contains(.unknown) ? .unknown : .yes
    }

    private static func among(_ scalars: [Scalar], _ value: JSONValue?) -> Truth {
        guard let found = value.flatMap({ Scalar($0) }) else { return .unknown }
        let truths = scalars.map { found.equals($0) }
        return truths.contains(.yes) ? .yes : truths.contains(.unknown) ? .unknown : .no
    }
}

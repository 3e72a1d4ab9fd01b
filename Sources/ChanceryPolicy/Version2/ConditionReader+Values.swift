internal import ChanceryWire

extension ConditionReader {
    func bounds(_ node: PolicyNode, _ what: String, _ findings: inout FindingLog) -> Bounds? {
        guard var reader = NodeReader(node, "`\(what)`", .strict, &findings) else { return nil }
        let bounds = bounds(&reader, &findings)
        reader.finish(&findings)
        guard let bounds else {
            if node.map?.isEmpty == true { findings.error(.missingKey, "`\(what)` needs one of gt, ge, lt, le", node.at) }
            return nil
        }
        if bounds.isEmpty { findings.warning(.unreachable, "no number can be \(bounds.description)", node.at) }
        return bounds
    }

    /// Nil when none of the four is given.
    func bounds(_ reader: inout NodeReader, _ findings: inout FindingLog) -> Bounds? {
        let bounds = Bounds(
            above: reader.decimal("gt", &findings)?.value, atLeast: reader.decimal("ge", &findings)?.value,
            below: reader.decimal("lt", &findings)?.value, atMost: reader.decimal("le", &findings)?.value)
        return bounds == Bounds() ? nil : bounds
    }

    func labels(_ node: PolicyNode, _ findings: inout FindingLog) -> LabelTest? {
        if let list = node.list {
            return LabelTest(any: list.compactMap { $0.readText("`labels`", .strict, limit: 256, &findings) })
        }
        guard var reader = NodeReader(node, "`labels`", .strict, &findings) else { return nil }
        let test = LabelTest(
            any: reader.texts("any", &findings)?.map(\.text) ?? [], all: reader.texts("all", &findings)?.map(\.text) ?? [],
            none: reader.texts("none", &findings)?.map(\.text) ?? [])
        reader.finish(&findings)
        if test.any.isEmpty, test.all.isEmpty, test.none.isEmpty {
            findings.error(.missingKey, "`labels` needs one of any, all, none", node.at)
        }
        return test
    }

    func target(_ node: PolicyNode, _ findings: inout FindingLog) -> TargetTest? {
        func make(_ kind: TargetTest.Kind, _ entries: [(text: String, at: Position)], _ findings: inout FindingLog)
            -> TargetTest
        {
            let lowered = entries.map { (text: TargetTest.lowered($0.text), at: $0.at) }
            return TargetTest(
                kind: kind, whole: GlobList(lowered, .strict, &findings),
                hosts: GlobList(lowered.filter { !$0.text.utf8.contains(0x3a) }, .strict, &findings),
                sources: entries.map(\.text))
        }
        func texts(_ node: PolicyNode, _ findings: inout FindingLog) -> [(text: String, at: Position)] {
            (node.list ?? [node]).compactMap { element in
                element.readText("`target`", .strict, limit: 1024, &findings).map { ($0, element.at) }
            }
        }
        guard let entries = node.map else { return make(.among, texts(node, &findings), &findings) }
        guard entries.count == 1, let entry = entries.first else {
            findings.error(.value, "`target` takes a list, or one of in, not_in, exists", node.at)
            return nil
        }
        switch entry.name {
        case "in": return make(.among, texts(entry.value, &findings), &findings)
        case "not_in": return make(.notAmong, texts(entry.value, &findings), &findings)
        case "exists":
            guard let flag = entry.value.boolean else {
                findings.error(.wrongType, "`exists` must be true or false, found \(entry.value.kind)", entry.value.at)
                return nil
            }
            return make(flag ? .exists : .absent, [], &findings)
        default:
            findings.error(.unknownKey, "`target` has no key `\(entry.name.prefix(64))`", entry.at)
            return nil
        }
    }

    /// `payload.a.b`; a backslash takes the next character as it is, so that a name may hold a dot.
    func path(_ entry: PolicyNode.Entry, _ findings: inout FindingLog) -> PayloadPath? {
        var steps = [""]
        var isEscaped = false
        for character in entry.name.unicodeScalars.dropFirst("payload.".utf8.count) {
            if isEscaped {
                steps[steps.count - 1].unicodeScalars.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "." {
                steps.append("")
            } else {
                steps[steps.count - 1].unicodeScalars.append(character)
            }
        }
        guard !isEscaped, steps.count <= 32, steps.allSatisfy({ !$0.isEmpty }) else {
            findings.error(.value, "`\(entry.name.prefix(64))` is no path: names between dots, at most 32", entry.at)
            return nil
        }
        return PayloadPath(steps: steps, source: entry.name)
    }

    func payload(
        _ node: PolicyNode, everyView: Bool, _ lists: inout RuleBookReader.Lists, _ findings: inout FindingLog
    ) -> PayloadTest? {
        var test = PayloadTest()
        test.everyView = everyView
        if node.map == nil {
            guard let value = scalar(node, &findings) else { return nil }
            test.among = [value]
            return test
        }
        guard var reader = NodeReader(node, "a payload test", .strict, &findings) else { return nil }
        test.exists = reader.flag("exists", &findings)
        let equals = reader.value("equals").flatMap { scalar($0, &findings) }
        if let equals { test.among = [equals] }
        if let node = reader.value("in") {
            guard let list = node.list, !list.isEmpty, test.among == nil else {
                findings.error(.value, "`in` must be a list that is not empty, and stands without `equals`", node.at)
                return nil
            }
            test.among = list.compactMap { scalar($0, &findings) }
        }
        test.bounds = bounds(&reader, &findings)
        func strings(_ name: String, _ findings: inout FindingLog) -> [(text: String, at: Position)]? {
            reader.value(name).map { node in
                (node.list ?? [node]).compactMap { element in
                    element.readText("`\(name)`", .strict, limit: 4096, &findings).map { ($0, element.at) }
                }
            }
        }
        test.globs = strings("glob", &findings).map { GlobList($0, .strict, &findings) }
        test.patterns = strings("pattern", &findings).map { lists.indices($0, inFields: true) }
        reader.finish(&findings)
        if test.exists == nil, test.among == nil, test.bounds == nil, test.globs == nil, test.patterns == nil {
            findings.error(
                .missingKey, "a payload test needs one of exists, equals, in, gt, ge, lt, le, glob, pattern", node.at)
            return nil
        }
        return test
    }

    private func scalar(_ node: PolicyNode, _ findings: inout FindingLog) -> PayloadTest.Scalar? {
        if node.isNull, node.text != "" { return .null }
        if let flag = node.boolean { return .bool(flag) }
        if let number = node.number { return .number(number) }
        return node.readText("a value", .strict, limit: 4096, &findings).map { .text(Array($0.utf8)) }
    }
}

extension TargetTest {
    /// ASCII letters in lower case; other characters stay.
    static func lowered(_ text: String) -> String {
        String(decoding: text.utf8.map { (0x41...0x5a).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
    }

    /// A target without its port; IPv6 addresses stand in brackets.
    static func host(_ target: String) -> String {
        guard let colon = target.utf8.lastIndex(of: 0x3a) else { return target }
        let port = target.utf8[target.utf8.index(after: colon)...]
        return port.allSatisfy { (0x30...0x39).contains($0) } ? String(target[..<colon]) : target
    }
}

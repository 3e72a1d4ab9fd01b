internal import Yams

/// Reads the plain part of YAML: maps with string keys, lists and scalars, one document.
///
/// Anchors and aliases are refused before anything could be expanded: the text is composed with its asterisks masked, so
/// that no alias exists, and composed as it is only when no scalar began with one.
enum YAMLReader {
    static func read(_ text: PolicyText, _ findings: inout FindingLog) -> PolicyNode? {
        guard text.bytes.contains(0x2a) else { return compose(text.string, text, &findings) }
        // A private-use character stands for the asterisk: one scalar for one, so positions stay.
        let masked = String(String.UnicodeScalarView(text.string.unicodeScalars.map { $0 == "*" ? "\u{f8ff}" : $0 }))
        var trial = FindingLog()
        guard compose(masked, text, &trial) != nil else {
            findings = trial
            return nil
        }
        return compose(text.string, text, &findings)
    }

    private static func compose(_ yaml: String, _ text: PolicyText, _ findings: inout FindingLog) -> PolicyNode? {
        do {
            let parser = try Parser(yaml: yaml, resolver: .basic, constructor: .default, encoding: .utf8)
            guard let root = try parser.singleRoot() else {
                findings.error(.syntax, "the text is empty", Position(line: 1, column: 1))
                return nil
            }
            let log = findings.items.count
            let node = convert(root, text, depth: 0, &findings)
            return findings.items.count == log ? node : nil
        } catch {
            let (code, message, position) = explain(error, text)
            findings.error(code, message, position)
            return nil
        }
    }

    private static func convert(_ node: Node, _ text: PolicyText, depth: Int, _ findings: inout FindingLog) -> PolicyNode? {
        let at = node.mark.map { Position(line: $0.line, column: $0.column) } ?? Position(line: 1, column: 1)
        let anchor =
            switch node {
            case .scalar(let scalar): scalar.anchor
            case .mapping(let mapping): mapping.anchor
            case .sequence(let sequence): sequence.anchor
            case .alias(let alias): alias.anchor
            }
        guard anchor == nil else {
            findings.error(.yamlFeature, "anchors and aliases are not allowed", at)
            return nil
        }
        // A node's mark stands at its tag, where it has one.
        if let offset = text.offset(of: at), offset < text.bytes.count {
            if text.bytes[offset] == 0x21 {
                findings.error(.yamlFeature, "tags are not allowed", at)
                return nil
            }
            if text.bytes[offset] == 0x2a {
                findings.error(.yamlFeature, "an alias; put the text in quotes if it is meant as text", at)
                return nil
            }
        }
        switch node {
        case .scalar(let scalar):
            return PolicyNode(content: .scalar(scalar.string, plain: scalar.style == .plain || scalar.style == .any), at: at)
        case .sequence(let sequence):
            guard depth < PolicyNode.deepest else { return tooDeep(at, &findings) }
            var elements: [PolicyNode] = []
            for element in sequence {
                guard let element = convert(element, text, depth: depth + 1, &findings) else { return nil }
                elements.append(element)
            }
            return PolicyNode(content: .list(elements), at: at)
        case .mapping(let mapping):
            guard depth < PolicyNode.deepest else { return tooDeep(at, &findings) }
            var entries: [PolicyNode.Entry] = []
            var names: Set<[UInt8]> = []
            for (key, value) in mapping {
                guard let name = convert(key, text, depth: depth + 1, &findings) else { return nil }
                guard let spelt = name.text else {
                    findings.error(.wrongType, "a key must be a string, found \(name.kind)", name.at)
                    return nil
                }
                if spelt.utf8.elementsEqual("<<".utf8), case .scalar(_, plain: true) = name.content {
                    findings.error(.yamlFeature, "merge keys are not allowed", name.at)
                    return nil
                }
                guard names.insert(Array(spelt.utf8)).inserted else {
                    findings.error(.duplicateKey, "`\(spelt)` appears twice in a map", name.at)
                    return nil
                }
                guard let value = convert(value, text, depth: depth + 1, &findings) else { return nil }
                entries.append(.init(name: spelt, at: name.at, value: value))
            }
            return PolicyNode(content: .map(entries), at: at)
        case .alias:
            findings.error(.yamlFeature, "anchors and aliases are not allowed", at)
            return nil
        }
    }

    private static func tooDeep(_ at: Position, _ findings: inout FindingLog) -> PolicyNode? {
        findings.error(.tooDeep, "more than \(PolicyNode.deepest) levels", at)
        return nil
    }

    private static func explain(_ error: any Error, _ text: PolicyText) -> (PolicyError.Reason, String, Position) {
        let start = Position(line: 1, column: 1)
        guard let error = error as? YamlError else { return (.syntax, "the text is not YAML", start) }
        func place(_ mark: Mark) -> Position { Position(line: mark.line, column: mark.column) }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
            return (.syntax, problem, place(mark))
        case .composer(_, let problem, let mark, _):
            return (.yamlFeature, problem, place(mark))
        case .duplicatedKeysInMapping(let names, let context):
            return (.duplicateKey, "`\(names.first ?? "")` appears twice in a map", place(context.mark))
        case .reader(let problem, let offset, _, _):
            let position = offset.map { text.position(of: text.string.prefix($0).utf8.count) } ?? start
            return (.syntax, problem, position)
        default: return (.syntax, "the text is not YAML", start)
        }
    }
}

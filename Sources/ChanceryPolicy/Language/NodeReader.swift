internal import ChanceryPatterns
internal import ChanceryWire

/// How a policy text is taken.
public enum Reading: Sendable {
    /// Every key is known, typed and in its range; tool lists are globs; patterns see every view of a payload.
    case strict
    /// The leniences and the matching of the reference, for comparison only (TrustGate form).
    case compat
}

/// Takes the members of a map one by one and remarks on what is missing, mistyped or left over.
struct NodeReader {
    private let entries: [PolicyNode.Entry]
    private let what: String
    private let at: Position
    private let reading: Reading
    private var known: Set<[UInt8]> = []

    /// Nil when `node` is not a map.
    init?(_ node: PolicyNode, _ what: String, _ reading: Reading, _ findings: inout FindingLog) {
        guard let entries = node.map else {
            findings.error(.wrongType, "\(what) must be a map, found \(node.kind)", node.at)
            return nil
        }
        self.entries = entries
        self.what = what
        self.reading = reading
        at = node.at
    }

    mutating func value(_ name: String) -> PolicyNode? {
        known.insert(Array(name.utf8))
        return entries.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// The entries that nobody has asked for yet.
    mutating func rest(where condition: (String) -> Bool) -> [PolicyNode.Entry] {
        entries.filter { entry in
            guard !known.contains(Array(entry.name.utf8)), condition(entry.name) else { return false }
            known.insert(Array(entry.name.utf8))
            return true
        }
    }

    mutating func required(_ name: String, _ findings: inout FindingLog) -> PolicyNode? {
        guard let node = value(name) else {
            findings.error(.missingKey, "\(what) lacks `\(name)`", at)
            return nil
        }
        return node
    }

    /// Remarks on keys that nobody asked for; compat reading ignores them, as the reference does.
    func finish(_ findings: inout FindingLog) {
        guard reading == .strict else { return }
        for entry in entries where !known.contains(Array(entry.name.utf8)) {
            let nearest = known.map { String(decoding: $0, as: UTF8.self) }.sorted().first { isNear($0, entry.name) }
            let hint = nearest.map { "; is `\($0)` meant?" } ?? ""
            findings.error(.unknownKey, "\(what) has no key `\(entry.name.prefix(64))`\(hint)", entry.at)
        }
    }

    /// One edit apart.
    private func isNear(_ left: String, _ right: String) -> Bool {
        let (a, b) = (Array(left.utf8), Array(right.utf8))
        guard abs(a.count - b.count) <= 1, max(a.count, b.count) > 3 else { return false }
        let prefix = zip(a, b).prefix { $0 == $1 }.count
        let suffix = zip(a.reversed(), b.reversed()).prefix { $0 == $1 }.count
        return prefix + suffix >= max(a.count, b.count) - 1
    }
}

extension NodeReader {
    mutating func text(_ name: String, limit: Int = 4096, _ findings: inout FindingLog) -> String? {
        guard let node = value(name) else { return nil }
        return node.readText("`\(name)`", reading, limit: limit, &findings)
    }

    mutating func flag(_ name: String, _ findings: inout FindingLog) -> Bool? {
        guard let node = value(name) else { return nil }
        if let flag = reading == .strict ? node.boolean : node.looseBoolean { return flag }
        findings.error(.wrongType, "`\(name)` must be true or false, found \(node.kind)", node.at)
        return nil
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int64>, _ findings: inout FindingLog) -> Int64? {
        guard let node = value(name) else { return nil }
        guard let text = node.text, reading == .compat || node.number != nil, let number = Int64(text) else {
            findings.error(.wrongType, "`\(name)` must be a whole number, found \(node.kind)", node.at)
            return nil
        }
        guard reading == .compat || range.contains(number) else {
            findings.error(.range, "`\(name)` must lie in \(range.lowerBound)…\(range.upperBound)", node.at)
            return nil
        }
        return number
    }

    mutating func decimal(_ name: String, _ findings: inout FindingLog) -> (value: ExactDecimal, at: Position)? {
        guard let node = value(name) else { return nil }
        guard let number = node.number ?? (reading == .compat ? node.text.flatMap { ExactDecimal($0) } : nil) else {
            findings.error(.wrongType, "`\(name)` must be a number, found \(node.describedValue)", node.at)
            return nil
        }
        return (number, node.at)
    }

    /// Strings, each with its place.
    mutating func texts(
        _ name: String, limit: Int = 4096, _ findings: inout FindingLog
    ) -> [(text: String, at: Position)]? {
        guard let node = value(name) else { return nil }
        guard let list = node.list else {
            findings.error(.wrongType, "`\(name)` must be a list, found \(node.kind)", node.at)
            return nil
        }
        guard list.count <= limit else {
            findings.error(.tooLong, "`\(name)` has more than \(limit) entries", node.at)
            return nil
        }
        return list.compactMap { element in
            element.readText("`\(name)`", reading, limit: 4096, &findings).map { ($0, element.at) }
        }
    }

    /// One of the words that `Word` knows, with the node it stood in.
    mutating func word<Word: RawRepresentable<String>>(
        _ name: String, _ allowed: [Word], _ findings: inout FindingLog,
        fix: (PolicyNode) -> PolicyFinding.Fix? = { _ in nil }
    ) -> Word? {
        guard let node = value(name) else { return nil }
        if let text = node.text, let word = allowed.first(where: { $0.rawValue.utf8.elementsEqual(text.utf8) }) { return word }
        let list = allowed.map(\.rawValue).joined(separator: ", ")
        findings.error(.value, "`\(name)` must be one of \(list); found \(node.describedValue)", node.at, fix: fix(node))
        return nil
    }
}

extension PolicyNode {
    var describedValue: String {
        text.map { "`\($0.prefix(64))`" } ?? kind
    }

    func readText(_ what: String, _ reading: Reading, limit: Int, _ findings: inout FindingLog) -> String? {
        guard let text = reading == .strict ? string : text else {
            let hint = text == nil ? "" : "; put it in quotes"
            findings.error(.wrongType, "\(what) must be a string, found \(kind)\(hint)", at)
            return nil
        }
        guard text.utf8.count <= limit else {
            findings.error(.tooLong, "\(what) exceeds \(limit) bytes", at)
            return nil
        }
        return text
    }
}

package import ChanceryPolicy
package import ChanceryWire

extension Verdict {
    /// Reads what ``json()`` wrote.
    package init(_ value: JSONValue) throws(WireError) {
        var reader = try RecordReader(value, "verdict")
        let effect = try reader.string("effect", limit: 32)
        guard let effect = Effect(rawValue: effect) else { throw WireError(.invalidValue, "`\(effect)` is no effect") }
        var obligations: [Obligation] = []
        for value in try reader.array("obligations", limit: 256) { obligations.append(try Obligation(reading: value)) }
        var rules: [String] = []
        for value in try reader.array("rules", limit: 2048) {
            guard let rule = value.string else { throw WireError(.wrongType, "a rule is named by a text") }
            rules.append(rule)
        }
        self.init(
            effect: effect, rule: try reader.string("rule", limit: 256), rules: rules,
            reason: try reader.string("reason", limit: 4096), obligations: obligations)
        try reader.finish()
    }
}

extension Obligation {
    fileprivate init(reading value: JSONValue) throws(WireError) {
        var (text, argument) = (value.string ?? "", String?.none)
        if value.string == nil {
            var reader = try RecordReader(value, "obligation")
            text = try reader.string("name", limit: 64)
            argument = try reader.string("value")
            try reader.finish()
        }
        guard let name = Name(rawValue: text) else { throw WireError(.invalidValue, "`\(text)` is no obligation") }
        self.init(name, argument)
    }
}

import ChanceryPolicy
import ChanceryWire
import Testing

struct ReferenceRulesTests {
    @Test func `the ten rules answer as the reference does, reasons included`() throws {
        let document = try PolicyVectors.json("trustgate_cases.json")
        let cases = try #require(document["cases"]?.array)
        #expect(cases.count == 108)
        for entry in cases {
            let name = entry["name"]?.string ?? "?"
            let file = try #require(document["policies"]?[entry["policy"]?.string ?? ""]?["file"]?.string)
            let policy = try Policy(
                parsing: PolicyVectors.bytes("policies/" + file), format: file.hasSuffix(".json") ? .json : .yaml,
                reading: .compat)
            let rules = try #require(ReferenceRules(policy))
            let context = try #require(entry["context"])
            let expected = try #require(entry["expected"])
            let question = ReferenceRules.Context(
                role: context["role"]?.string ?? "", action: context["action"]?.string ?? "",
                payload: context["payload"] ?? .null, risk: try #require(number(context["vrs"])),
                stability: context["tsi_state"]?.string ?? "", target: context["target_domain"]?.string,
                alertAges: entry["recent_alert_ages_s"]?.array?.compactMap(\.integer) ?? [])
            let verdict = rules.evaluate(question)
            #expect(verdict.effect.rawValue == expected["outcome"]?.string, "\(name)")
            #expect(verdict.rule == expected["rule"]?.string, "\(name)")
            #expect(verdict.reason == expected["reason"]?.string, "\(name)")
            #expect(PythonText.json(question.payload) == expected["payload_text"]?.string, "\(name)")
            #expect(rules.simulate(question) == entry["simulate_triggered_rules"]?.array?.compactMap(\.string), "\(name)")
        }
    }

    private func number(_ value: JSONValue?) -> Double? {
        switch value {
        case .double(let number): number
        case .integer(let number): Double(number)
        default: nil
        }
    }

    /// Made with Python 3: `f"{x:.3f}"` and `repr(x)`.
    @Test(arguments: [
        (0.0005, "0.001", "0.0005"), (0.0015, "0.002", "0.0015"), (0.0025, "0.003", "0.0025"), (2.5, "2.500", "2.5"),
        (0.6995, "0.700", "0.6995"), (1e-9, "0.000", "1e-09"), (-0.25, "-0.250", "-0.25"),
        (123456.7895, "123456.789", "123456.7895"),
        (0.3333333333333333, "0.333", "0.3333333333333333"), (1e22, "10000000000000000000000.000", "1e+22"),
    ])
    func `numbers are written as Python writes them`(number: Double, places: String, repr: String) {
        #expect(PythonText.threePlaces(number) == places)
        #expect(PythonText.number(number) == repr)
    }
}

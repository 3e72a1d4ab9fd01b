import ChanceryPolicy
import ChanceryWire
import Testing

struct FactsTests {
    static let full: Facts = {
        var facts = Facts(agent: "did:a", time: 1_800_000_000)
        facts.agentName = "A"
        facts.role = "operator"
        facts.risk = ExactDecimal("0.399999999")
        facts.trust = ExactDecimal("1e-30")
        facts.collusion = .zero
        facts.stability = .watch
        facts.alerts = [5, 3, .min]
        facts.watches = [1]
        facts.authorized = true
        facts.delegatedBy = "did:b"
        facts.labels = ["b", "a"]
        return facts
    }()

    @Test(arguments: [full, Facts(agent: "did:x", time: -1)])
    func `facts survive their sealed form exactly`(facts: Facts) throws {
        let sealed = try CanonicalForm.aiss1.encode(facts.json())
        #expect(try Facts(JSONParser.parse(sealed)) == facts)
    }

    @Test func `every member is needed, typed and known`() throws {
        let object = try #require(Self.full.json().object)
        for name in object.names {
            #expect(throws: PolicyError.self, "\(name)") { try Facts(.object(object.removing([name]))) }
            var changed = object
            changed[name] = .double(1.5)
            #expect(throws: PolicyError.self, "\(name)") { try Facts(.object(changed)) }
        }
        var more = object
        more["extra"] = 1
        #expect(throws: PolicyError.self) { try Facts(.object(more)) }
    }

    @Test func `requests beyond the limits are refused`() throws {
        func code(_ action: String, _ payload: JSONValue) -> String? {
            do {
                _ = try ActionRequest(action: action, payload: payload)
                return nil
            } catch { return error.code }
        }
        var deep: JSONValue = 1
        for _ in 0..<64 { deep = [deep] }
        #expect(code("a", deep) == nil)
        #expect(code("a", [deep]) == "policy.request_too_large")
        #expect(code("", [:]) == "policy.request")
        #expect(code("a", ["x": .double(.nan)]) == "policy.request")
        #expect(code(String(repeating: "a", count: 1025), [:]) == "policy.request_too_large")
        #expect(code("a", .string(String(repeating: "a", count: 1 << 20))) == "policy.request_too_large")
        let layered = ["a", "b", "c"].reduce("rm -rf / # and a longer tail of plain words \n") { text, _ in
            Base64.standard.encode(Array(text.utf8))
        }
        #expect(code("a", .string(layered)) == "policy.request_too_layered")
    }
}

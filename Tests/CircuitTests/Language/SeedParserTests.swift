import ChanceryArithmetic
import ChanceryCircuit
import ChanceryWire
import Testing

@Suite struct SeedParserTests {
    @Test(arguments: [false, true])
    func `every valid program gives the stated outputs, with public and with secret constants`(isStrict: Bool) throws {
        let cases = try QuorumVectors.cases("dsl_valid.json")
        #expect(cases.count == 72)
        for test in cases {
            let id = try #require(test["id"]?.string)
            let profile = try #require(SeedParser.Profile(rawValue: test["profile"]?.string ?? ""))
            let program = try SeedParser.parse(try #require(test["source"]?.string), profile: profile, isStrict: isStrict)
            #expect(program.nodes.filter { $0.operation == .mul }.count == test["mul_nodes"]?.integer.map(Int.init), "\(id)")
            let open = try program.circuit()
            let closed = try program.circuit(constants: .secret)
            for entry in try #require(test["cases"]?.array) {
                let stated = try #require(entry["outputs"]?.object)
                for (circuit, secrets) in [(open, []), (closed, program.constantValues)] {
                    let found = try circuit.outputs(try #require(entry["inputs"]), secrets: secrets)
                    #expect(found.count == stated.count, "\(id)")
                    for member in stated.members {
                        #expect(found[member.name]?.decimal == member.value.string, "\(id) \(member.name)")
                    }
                }
            }
        }
    }

    private static let codes = [
        "unknown_keyword": "compute.unknown_keyword", "duplicate_identifier": "compute.duplicate_name",
        "undefined_identifier": "compute.undefined_name", "no_output": "compute.no_output",
        "incomplete_statement": "compute.incomplete_statement", "bad_literal": "compute.bad_literal",
        "multiple_outputs": "compute.multiple_outputs", "duplicate_output": "compute.duplicate_output",
        "bad_arity": "compute.bad_arity", "missing_equals": "compute.missing_equals",
        "trailing_tokens": "compute.trailing_tokens", "bad_identifier": "compute.bad_name",
    ]

    @Test func `every invalid program is refused for its reason, in each profile that must refuse it`() throws {
        let cases = try QuorumVectors.cases("dsl_invalid.json")
        #expect(cases.count == 37)
        for test in cases {
            let source = try #require(test["source"]?.string)
            let code = Self.codes[test["class"]?.string ?? ""]
            let profiles: [(SeedParser.Profile, Bool)] =
                switch test["profile"]?.string {
                case "both": [(.seed, false), (.seed, true), (.extended, false), (.extended, true)]
                case "seed": [(.seed, false), (.seed, true)]
                case "extended": [(.extended, false), (.extended, true)]
                default: [(.seed, true), (.extended, true)]
                }
            for (profile, isStrict) in profiles {
                let error = #expect(throws: CircuitError.self, "\(test)") {
                    try SeedParser.parse(source, profile: profile, isStrict: isStrict)
                }
                #expect(error?.code == code, "\(test)")
                #expect(error?.place != nil)
            }
            if test["profile"]?.string == "strict" {
                #expect(throws: Never.self) { try SeedParser.parse(source, profile: .seed, isStrict: false) }
            }
        }
    }

    @Test func `an error names line and column`() throws {
        let error = #expect(throws: CircuitError.self) {
            try SeedParser.parse("input x\r\n\n  add y =  x z\noutput y", profile: .seed, isStrict: true)
        }
        #expect(error?.place == .init(line: 3, column: 14))
        #expect(error?.detail == "line 3, column 14: undefined identifier `z`")
    }

    @Test(arguments: ["", "-", "+", "_1", "1_", "1__0", "--1", "0x10", "1e3", "٣", String(repeating: "9", count: 4301)])
    func `what is no integer is refused`(word: String) { #expect(SeedInteger(word) == nil) }

    @Test(arguments: [("+007", "7"), ("-0", "0"), ("1_000", "1000"), ("-00_5", "-5")])
    func `an integer is kept in its one form`(word: String, text: String) { #expect(SeedInteger(word)?.text == text) }

    @Test func `a name that a macro uses is a duplicate`() {
        let source = "input a\ninput b\ninput __dot_y_m_1\ndot y = a b b a\noutput y"
        let error = #expect(throws: CircuitError.self) { try SeedParser.parse(source, profile: .extended, isStrict: false) }
        #expect(error?.reason == .duplicateName)
    }

    @Test func `a program of many megabytes is refused`() {
        let error = #expect(throws: CircuitError.self) {
            try SeedParser.parse(String(repeating: " ", count: 1 << 21), profile: .seed, isStrict: false)
        }
        #expect(error?.reason == .tooLarge)
    }
}

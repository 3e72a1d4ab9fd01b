import ChanceryCircuit
import ChanceryWire
import Testing

@Suite struct SeedPackageTests {
    @Test func `every package of the vectors has its id, its bytes and its program`() throws {
        let cases = try QuorumVectors.cases("packages.json")
        #expect(cases.count == 9)
        for test in cases {
            let stated = try #require(test["package"])
            let package = try SeedPackage(json: stated)
            #expect(package.programID == test["program_id"]?.string)
            #expect(String(decoding: try package.hashedBytes, as: UTF8.self) == test["canonical_bytes_utf8"]?.string)
            #expect(package.json == stated)
            let form = try #require(SeedProgram.Form(rawValue: test["ir_form"]?.string ?? ""))
            let source = try #require(test["source"]?.string)
            #expect(try SeedParser.parse(source, profile: .extended, isStrict: true, form: form) == package.program)
        }
    }

    @Test func `a package whose id is not the hash of its content is refused`() throws {
        for test in try QuorumVectors.cases("packages.json") {
            var object = try #require(test["package"]?.object)
            object["policy_manifest"] = ["budget_per_identity": 999, "cost_per_eval": 1, "max_evals_per_minute": 10]
            let error = #expect(throws: CircuitError.self) { try SeedPackage(json: .object(object)) }
            #expect(error?.code == "compute.program_id_mismatch")
        }
    }

    @Test func `two versions of one content share an id`() throws {
        let program = try SeedParser.parse("input x\noutput x", profile: .seed, isStrict: true)
        let one = try SeedPackage(program: program, version: "1", policy: .init())
        #expect(try SeedPackage(program: program, version: "2", policy: .init()).programID == one.programID)
    }

    @Test func `text outside printable ASCII is escaped as Python does`() throws {
        let program = try SeedParser.parse("input x\noutput x", profile: .seed, isStrict: true)
        let package = try SeedPackage(program: program, policy: .init(), secretName: "é\u{7f}😀\u{1}\"\\")
        let text = String(decoding: try package.hashedBytes, as: UTF8.self)
        #expect(text.hasSuffix(#""secret_manifest":{"secret_name":"\u00e9\u007f\ud83d\ude00\u0001\"\\"}}"#))
    }
}

internal import ChancerySuite
internal import ChanceryWire

/// Both canonical forms of JSON texts, and texts that have none.
enum CanonicalVectors {
    static let runner = VectorRunner(
        "AISS canonical forms",
        recognises: { file in
            file.name == "canonical.json" && file.json?["cases"]?.array?.first?["aiss1"] != nil
        },
        run: { file, _, log in
            let json = file.json ?? .null
            for entry in try json.list("cases") + json.list("must_fail") {
                let input = try entry.text("input_json")
                for (member, form) in [("aiss1", CanonicalForm.aiss1), ("aiss21", .jcs)] {
                    log.run("\(member) of \(input)") { try check(input, try entry.stated(member), form, &$0) }
                }
            }
        })

    private static func check(
        _ input: String, _ expected: JSONValue, _ form: CanonicalForm, _ comparison: inout Comparison
    ) throws {
        if expected["error"] != nil {
            comparison.throwing("the text") { _ = try form.encode(JSONParser.parse(input)) }
            return
        }
        let bytes = try form.encode(JSONParser.parse(input))
        comparison.equal("bytes", Hex.encode(bytes), try expected.text("hex"))
        if form == .aiss1 {
            comparison.equal("sha256", Hex.encode(Digest.sha256(bytes)), try expected.text("sha256"))
        } else {
            comparison.equal("sha512", Hex.encode(Digest.sha512(bytes)), try expected.text("sha512"))
        }
    }
}

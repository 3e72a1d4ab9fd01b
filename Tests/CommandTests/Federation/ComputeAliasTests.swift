import Testing

/// An alias is an owner's word: it may say which program is asked about, and never which one is let run.
struct ComputeAliasTests {
    @Test(arguments: [["approve"], ["activate"], ["secrets", "values.json"]])
    func `what binds a program takes its id and no alias`(command: [String]) throws {
        let chancery = CommandProcess()
        let alias = "alias:" + String(repeating: "a", count: 64)
        var arguments = ["compute", command[0], alias]
        arguments += command.dropFirst()
        arguments += ["--coordinator", "http://127.0.0.1:1"]
        let outcome = try chancery.run(arguments)
        #expect(outcome.status == 2 && outcome.code == "command.usage", "\(outcome)")
        #expect(outcome.error.contains("name it by its id"), "\(outcome)")
    }
}

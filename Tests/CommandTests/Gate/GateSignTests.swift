import ChanceryWire
import Foundation
import TestKit
import Testing

/// A person answers from a machine that has nothing of the home.
struct GateSignTests {
    private static let policy = """
        language: chancery/policy/v2
        name: house
        rules:
          - {id: payments, effect: require_human, when: {action: pay}}
        """

    /// A question in `question.json` and Ann's key in `ann.key`.
    private func asked() throws -> (chancery: CommandProcess, id: String, event: String) {
        let chancery = try CommandProcess.withAgent()
        let open = "--insecure-no-passphrase"
        try chancery.folder.write(Array(Self.policy.utf8), to: "policy.yaml")
        for command in [
            ["gate", "init", open], ["policy", "activate", "policy.yaml"],
            ["approver", "register", "ann", "--clearance", "L3", "--out", "ann.key", open],
        ] {
            let done = try chancery.run(command)
            #expect(done.status == 0, "\(command): \(done)")
        }
        let asked = try chancery.run("gate", "decide", "--agent", "a", "--action", "pay", "--payload", "{}", "--json")
        let id = try #require(try JSONParser.parse(Array(asked.output.utf8))["decision"]?.string, "\(asked)")
        let found = try chancery.run("search", "--type", "gate_decision", "--all", "--json")
        #expect(found.status == 0)
        let event = try #require(found.lines.first { $0.contains(id) }, "\(found)")
        try chancery.folder.write(Array(event.utf8), to: "question.json")
        return (chancery, id, event)
    }

    @Test func `an answer signed elsewhere is the one for what was shown, and for nothing else`() throws {
        let (chancery, id, event) = try asked()
        // Nothing of the home is there.
        let elsewhere = chancery.with(home: "nothing")
        let signed = try elsewhere.run("gate", "sign", "question.json", "--key", "ann.key", "--yes", "--out", "answer.json")
        #expect(signed.status == 0, "\(signed)")
        let answer = try JSONParser.parse(chancery.folder.read("answer.json"))["body"]
        #expect(answer?["decision"]?.string == id && answer?["choice"] == "approve" && answer?["action"] == "pay")
        // Another action is not what was decided, and another question is another decision.
        func signing(_ text: String, _ instead: String) throws -> CommandProcess.Outcome {
            let changed = event.replacing(text, with: instead)
            try #require(changed != event)
            try chancery.folder.write(Array(changed.utf8), to: "other.json")
            return try elsewhere.run("gate", "sign", "other.json", "--key", "ann.key", "--reject", "--yes")
        }
        #expect(try signing(#"\"pay\""#, #"\"pax\""#).code == "gate.event_malformed")
        let other = try signing("asks for a person", "asks for no person")
        let otherID = try JSONParser.parse(Array(other.output.utf8))["body"]?["decision"]?.string
        #expect(other.status == 0 && otherID?.utf8.count == 128 && otherID != id, "\(other)")
        #expect(try elsewhere.run("gate", "sign", "ann.key", "--key", "ann.key", "--yes").status == 2)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
    func `who signs elsewhere sees who asks, through whom, by which rule, and what was known`() throws {
        let (chancery, id, _) = try asked()
        let elsewhere = chancery.with(home: "nothing")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
        let sign = try "'\(CommandProcess.binary().path)' gate sign question.json --key ann.key --out terminal.answer"
        process.arguments = ["-qec", sign, "/dev/null"]
        process.currentDirectoryURL = URL(fileURLWithPath: chancery.folder.path)
        process.environment = elsewhere.environment
        try chancery.folder.write(Array("no\n".utf8), to: "no")
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: chancery.folder.path + "/no"))
        try chancery.folder.write([], to: "terminal")
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: chancery.folder.path + "/terminal"))
        try process.run()
        process.waitUntilExit()
        let shown = String(decoding: try chancery.folder.read("terminal"), as: UTF8.self)
        #expect(process.terminationStatus == 2, "\(shown)")
        for expected in [id, "a asked (through uid:", "what was known then", "risk ", "REQUIRE_HUMAN by payments", "policy "] {
            #expect(shown.contains(expected), "\(expected): \(shown)")
        }
    }
}

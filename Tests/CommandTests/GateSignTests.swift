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

    @Test func `an answer signed elsewhere is the one for what was shown, and for nothing else`() throws {
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
        let event = try #require(found.lines.first { $0.contains(id) } ?? found.lines.first)
        try chancery.folder.write(Array(event.utf8), to: "question.json")
        // Nothing of the home is there.
        let elsewhere = chancery.with(home: "nothing")
        let signed = try elsewhere.run("gate", "sign", "question.json", "--key", "ann.key", "--yes", "--out", "answer.json")
        #expect(signed.status == 0, "\(signed)")
        let answer = try JSONParser.parse(chancery.folder.read("answer.json"))["body"]
        #expect(answer?["decision"]?.string == id && answer?["choice"] == "approve" && answer?["action"] == "pay")
        // Another question is another decision.
        try chancery.folder.write(Array(event.replacing("pay", with: "pax").utf8), to: "other.json")
        let other = try elsewhere.run(
            "gate", "sign", "other.json", "--key", "ann.key", "--reject", "--yes", "--out", "other.answer")
        let otherID = try? JSONParser.parse(chancery.folder.read("other.answer"))["body"]?["decision"]?.string
        #expect(other.status != 0 || otherID != id, "\(other)")
        #expect(try elsewhere.run("gate", "sign", "ann.key", "--key", "ann.key", "--yes").status == 2)
    }
}

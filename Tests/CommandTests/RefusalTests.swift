import Foundation
import TestKit
import Testing

/// A refused command leaves one record of the refusal and no other trace.
struct RefusalTests {
    private static let did = "did:pqaid:" + String(repeating: "a", count: 64)

    @Test func `each refusal is recorded once`() throws {
        let chancery = try CommandProcess.withAgent(2)
        #expect(try chancery.run("identity", "create", "b", "--insecure-no-passphrase").status == 0)
        #expect(try chancery.run("agent", "register", "r", "--role", "r", "--insecure-no-passphrase").status == 0)
        #expect(try chancery.run("agent", "retire", "r").status == 0)
        #expect(try chancery.run("log", "start", "--insecure-no-passphrase").status == 0)
        try chancery.folder.write(Array("[{".utf8), to: "bad")
        let refused: [(command: [String], status: Int32)] = [
            (["stamp", "--agent", "a", "--payload", #"{"event_type":"key_rotation"}"#], 3),
            (["stamp", "--agent", "a", "--payload", "{}", "--profile", "batch"], 3),
            (["stamp", "--agent", "r", "--payload", "{}"], 3),
            (["identity", "create", "a", "--insecure-no-passphrase"], 3),
            (["log", "start", "--insecure-no-passphrase"], 3),
            (["a2a", "propose", "--agent", "a", "--to", Self.did], 3),
            (["session", "start", "--member", "a", "--member", "r"], 3),
            (["export", "--agent", "a", "--out", "bad"], 3), (["import", "bad"], 4), (["identity", "import", "bad"], 4),
            (["a2a", "respond", "bad", "--agent", "a"], 4), (["a2a", "confirm", "bad", "--agent", "a"], 4),
        ]
        for (index, (command, status)) in refused.enumerated() {
            let before = try chancery.run("stats", "--json").output
            let outcome = try chancery.run(command)
            #expect(outcome.status == status, "\(command): \(outcome)")
            #expect(try chancery.count("chancery/refusal/v1") == index + 1, "\(command) \(before)")
        }
        let last = try chancery.run("search", "--kind", "chancery/refusal/v1", "--newest", "--limit", "1", "--json").output
        #expect(last.contains("a2a confirm"))
        #expect(try chancery.run("search", "--all", "--json").lines.count == 8 + refused.count)
    }

    @Test func `what is missing, locked or mistyped is no refusal`() throws {
        let chancery = try CommandProcess.withAgent()
        try chancery.folder.write(Array("one\n".utf8), to: "pass")
        #expect(try chancery.run("identity", "create", "p", "--passphrase-file", "pass").status == 0)
        try chancery.folder.write(Array("two\n".utf8), to: "pass")
        let commands: [(command: [String], status: Int32)] = [
            (["stamp", "--agent", "none", "--payload", "{}"], 1), (["stamp", "--agent", "a", "--payload", "["], 2),
            (["stamp", "--agent", "p", "--payload", "{}"], 5),
            (["stamp", "--agent", "p", "--payload", "{}", "--passphrase-file", "pass"], 5),
        ]
        for (command, status) in commands {
            let outcome = try chancery.run(command)
            #expect(outcome.status == status, "\(command): \(outcome)")
        }
        #expect(try chancery.count("chancery/refusal/v1") == 0)
    }

    @Test func `a file that exists is refused before anything is done`() throws {
        let chancery = try CommandProcess.withAgent(1)
        #expect(try chancery.run("log", "checkpoint", "--insecure-no-passphrase").status == 0)
        try chancery.folder.write([1], to: "taken")
        for command in [
            ["export", "--agent", "a", "--out", "taken"], ["log", "prove", "--agent", "a", "--out", "taken"],
            ["log", "prove", "0", "--record-out", "free", "--out", "taken"], ["identity", "export", "a", "--out", "taken"],
        ] {
            let outcome = try chancery.run(command)
            #expect(outcome.status == 3 && outcome.code == "node.already_exists", "\(command): \(outcome)")
        }
        #expect(try chancery.folder.read("taken") == [1])
        #expect(!chancery.folder.files().contains("free"))
        #expect(try chancery.count("chancery/export/v1") == 0 && chancery.count("chancery/chain-head/v1") == 0)
    }

    @Test func `proving without a log starts none`() throws {
        let chancery = try CommandProcess.withAgent(1)
        let outcome = try chancery.run("log", "prove", "--agent", "a", "--insecure-no-passphrase")
        #expect(outcome.status == 1 && outcome.code == "node.not_found")
        #expect(chancery.folder.files(under: "home/log").isEmpty && chancery.folder.files(under: "home/private").isEmpty)
    }
}

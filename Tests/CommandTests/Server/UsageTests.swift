import Foundation
import TestKit
import Testing

/// What the command line gets wrong is said on one line, with exit code 2 and no effect.
struct UsageTests {
    private static let did = "did:pqaid:" + String(repeating: "a", count: 64)
    static let mistakes: [[String]] = [
        ["--nope"], ["nope"], ["stats", "--nope"], ["stats", "--home", ""], ["stats", "--state", ""], ["stats", "surplus"],
        ["verify"], ["stamp", "--agent", "a", "--payload", "{"], ["stamp", "--agent", "a", "--payload", "[]"],
        ["stamp", "--agent", "a", "--payload", "{}", "--peer", "b"], ["stamp", "--agent", "a", "--group", "0"],
        ["stamp", "--payload", "{}"],
        ["stamp", "--agent", "a", "--payload", "{}", "--passphrase-file", "p", "--insecure-no-passphrase"],
        ["stamp", "--agent", "a", "--payload", "{}", "--passphrase-file", "p", "--passphrase-fd", "3"],
        ["identity", "create", "b", "--passphrase-fd", "99"], ["identity", "create", "b/c", "--insecure-no-passphrase"],
        ["identity", "create", "b", "--passphrase-file", "none"], ["identity", "remove-key", "a"],
        ["agent", "register", "b", "--role", "", "--insecure-no-passphrase"],
        [
            "agent", "register", "b", "--role", "r", "--insecure-no-passphrase", "--metadata",
            "k=" + String(repeating: "v", count: 257),
        ],
        ["agent", "register", "b", "--role", "r", "--insecure-no-passphrase", "--metadata", "k"],
        ["search", "--limit", "0"], ["search", "--from", "yesterday"], ["history", "a", "--limit", "0"],
        ["export", "--agent", "a", "--format", "sealed-event"], ["export", "--agent", "a", "--sequence", "1"],
        ["log", "prove"], ["log", "prove", "0", "--agent", "a"], ["log", "prove", "0", "--out", "f", "--record-out", "f"],
        ["session", "start", "--member", "a"], ["session", "show", "x"],
        ["session", "stamp", "x", "--from", "a", "--type", "", "--payload", "{}"],
        ["session", "stamp", "x", "--from", "a", "--to", "a", "--type", "t", "--payload", "{}"],
        ["a2a", "propose", "--agent", "a", "--to", "did:pqaid:xx"],
        ["a2a", "propose", "--agent", "a", "--to", did, "--capability", "c", "--capability", "c"],
        ["a2a", "respond", "f", "--agent", "a", "--refuse", "--reason", "ok\nchancery: owned"],
        ["conformance", ".", "--strict", "--compat"], ["verify", "f", "--checkpoint", "c"],
    ]

    @Test func `mistakes of every command are one line and change nothing`() throws {
        let chancery = try CommandProcess.withAgent()
        let files = chancery.folder.files()
        let before = try chancery.run("stats", "--json").output
        for mistake in Self.mistakes {
            let outcome = try chancery.run(mistake)
            #expect(outcome.status == 2, "\(mistake): \(outcome)")
            #expect(["command.usage", "node.invalid_name"].contains(outcome.code), "\(mistake): \(outcome.error)")
            #expect(outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(mistake): \(outcome)")
        }
        #expect(try chancery.run("stats", "--json").output == before)
        #expect(chancery.folder.files() == files)
    }

    @Test func `options of every command may stand before it`() throws {
        let chancery = try CommandProcess.withAgent()
        let usual = try chancery.run("stats", "--json")
        let home = "\(chancery.folder.path)/home"
        for leading in [["--json"], ["--json", "--quiet"], ["--home", home, "--json"], ["--json", "--home=\(home)"]] {
            let outcome = try chancery.with(home: "other").run(
                leading + ["stats"]
                    + (leading.count > 2 || leading[1...].contains { $0.hasPrefix("--home") } ? [] : ["--home", home]))
            #expect(outcome.output == usual.output, "\(leading): \(outcome)")
        }
        #expect(try chancery.run("--json", "agent", "list").output == chancery.run("agent", "list", "--json").output)
        // What stands behind the command is nearer to it.
        let nearer = try chancery.run("--home", "none", "stats", "--home", home)
        #expect(nearer.status == 0, "\(nearer.error)")
    }

    @Test func `missing folders and folders without vectors fail`() throws {
        let chancery = CommandProcess()
        for folder in ["none", "."] {
            let outcome = try chancery.run("conformance", folder)
            #expect(outcome.status == 1 && outcome.code == "node.not_found", "\(outcome)")
        }
    }

    @Test func `help and version are results`() throws {
        for arguments in [["--help"], ["--version"], ["help", "stamp"], [], ["stamp", "--help"]] {
            let outcome = try CommandProcess().run(arguments)
            #expect(outcome.status == 0 && outcome.error.isEmpty && !outcome.output.isEmpty, "\(arguments)")
        }
    }
}

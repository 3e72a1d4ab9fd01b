import Foundation
import TestKit
import Testing

/// What comes in on standard input and through descriptors is bytes, taken as they are or not at all.
struct InputTests {
    private func passphraseAgent() throws -> CommandProcess {
        let chancery = CommandProcess()
        try chancery.folder.write(Array("one\n".utf8), to: "pass")
        let made = try chancery.run("agent", "register", "a", "--role", "r", "--passphrase-fd", "3", redirection: "3<pass")
        #expect(made.status == 0, "\(made.error)")
        return chancery
    }

    @Test func `a line that is not UTF-8 is refused, and what came before it is stamped`() throws {
        let chancery = try CommandProcess.withAgent()
        let input = Array(#"{"n":"1"}"#.utf8) + [0x0a] + Array(#"{"n":""#.utf8) + [0xff] + Array("\"}\n{\"n\":\"3\"}\n".utf8)
        let outcome = try chancery.run("stamp", "--agent", "a", input: input)
        #expect(outcome.status == 2 && outcome.code == "command.usage" && outcome.error.contains("line 2"), "\(outcome)")
        #expect(outcome.lines.count == 1)
        let history = try chancery.run("history", "a", "--json").output
        #expect(history.split(separator: "\n").count == 1 && !history.contains("\u{fffd}"))
    }

    @Test func `a line longer than a payload may be ends the command`() throws {
        let chancery = try CommandProcess.withAgent()
        let long = Array("{\"n\":\"".utf8) + [UInt8](repeating: 0x61, count: 1 << 20) + Array("\"}\n".utf8)
        let outcome = try chancery.run("stamp", "--agent", "a", input: long + long)
        #expect(outcome.status == 2 && outcome.error.contains("line 1"), "\(outcome.error)")
        #expect(try chancery.count("AISS-2.1") == 0)
    }

    @Test func `a last line without a line feed and blank lines are read`() throws {
        let chancery = try CommandProcess.withAgent()
        let outcome = try chancery.run("stamp", "--agent", "a", input: Array("\n{\"n\":1}\r\n \n{\"n\":2}".utf8))
        #expect(outcome.status == 0 && outcome.lines.count == 2, "\(outcome)")
    }

    @Test func `standard input without payloads is remarked on`() throws {
        let outcome = try CommandProcess.withAgent().run("stamp", "--agent", "a", input: Array("\n\n".utf8))
        #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.error.contains("no payloads"))
    }

    @Test func `a passphrase on standard input leaves the payloads behind it`() throws {
        let chancery = try passphraseAgent()
        let outcome = try chancery.run(
            "stamp", "--agent", "a", "--passphrase-fd", "0", input: Array("one\n{\"n\":1}\n{\"n\":2}\n".utf8))
        #expect(outcome.status == 0 && outcome.lines.count == 2, "\(outcome)")
    }

    @Test func `a descriptor gives its passphrase once for all keys of a command`() throws {
        let chancery = try passphraseAgent()
        #expect(
            try chancery.run("agent", "register", "b", "--role", "r", "--passphrase-fd", "0", input: Array("one\n".utf8)).status
                == 0)
        let session = try chancery.run(
            "session", "start", "--member", "a", "--member", "b", "--passphrase-fd", "0", input: Array("one\n".utf8))
        #expect(session.status == 0, "\(session.error)")
        let export = try chancery.run(
            "identity", "export", "a", "--format", "pqky-v1", "--out", "key", "--passphrase-fd", "0",
            input: Array("one\n".utf8))
        #expect(export.status == 0, "\(export.error)")
    }

    @Test func `a new passphrase is never the old one by accident, nor dropped`() throws {
        let chancery = try passphraseAgent()
        try chancery.folder.write(Array("two\n".utf8), to: "new")
        let both = try chancery.run(
            "identity", "protect", "a", "--passphrase-file", "pass", "--new-passphrase-file", "new", "--insecure-no-passphrase")
        #expect(both.status == 2 && both.code == "command.usage")
        let none = try chancery.run("identity", "protect", "a", prelude: "export CHANCERY_PASSPHRASE=one;")
        #expect(none.status == 5, "\(none)")
        #expect(try chancery.run("identity", "show", "a").output.contains("passphrase file"))
        #expect(
            try chancery.run("identity", "protect", "a", "--passphrase-file", "pass", "--new-passphrase-file", "new").status
                == 0)
        let stamped = try chancery.run("stamp", "--agent", "a", "--payload", "{}", "--passphrase-file", "new")
        #expect(stamped.status == 0, "\(stamped.error)")
        let open = try chancery.run("identity", "protect", "a", "--passphrase-file", "new", "--insecure-no-passphrase")
        #expect(open.status == 0 && open.output.contains("not encrypted"))
    }

    @Test func `a passphrase file that others may read is remarked on`() throws {
        let chancery = try passphraseAgent()
        let outcome = try chancery.run(
            "stamp", "--agent", "a", "--payload", "{}", "--passphrase-file", "pass", prelude: "chmod 644 pass;")
        #expect(outcome.status == 0 && outcome.error.contains("others may read the passphrase"))
        let closed = try chancery.run(
            "stamp", "--agent", "a", "--payload", "{}", "--passphrase-file", "pass", prelude: "chmod 600 pass;")
        #expect(closed.status == 0 && closed.error.isEmpty, "\(closed.error)")
    }

    @Test(arguments: ["aiss-2.1", "batch"])
    func `an event does not wait for others longer than it was told to`(profile: String) throws {
        let chancery = try CommandProcess.withAgent()
        // The writer holds the pipe open for long; the receipt must be there before it ends.
        let outcome = try chancery.run(
            "stamp", "--agent", "a", "--profile", profile, "--within", "50",
            redirection: "< pipe > receipts & sleep 3; wc -l < receipts; wait",
            prelude: "mkfifo pipe; { echo '{\"n\":1}'; sleep 5; echo '{\"n\":2}'; } > pipe &")
        #expect(outcome.output.split(separator: "\n").first?.contains("1") == true, "\(outcome)")
        #expect(try chancery.run("history", "a", "--json").lines.count == 2)
    }

    @Test func `a group is no larger than it was told to be`() throws {
        let chancery = try CommandProcess.withAgent()
        let input = (0..<10).map { "{\"n\":\($0)}\n" }.joined()
        let outcome = try chancery.run("stamp", "--agent", "a", "--profile", "batch", "--group", "4", input: Array(input.utf8))
        #expect(outcome.status == 0 && outcome.lines.count == 10, "\(outcome)")
        #expect(try chancery.count("chancery/seal/v1") == 3)
    }
}

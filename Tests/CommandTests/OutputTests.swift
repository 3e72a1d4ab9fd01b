import Foundation
import TestKit
import Testing

/// What the binary writes to may be closed, full or gone.
struct OutputTests {
    @Test(arguments: [">&-", ">/dev/full"])
    func `a result that cannot be written is one line and exit code 1`(redirection: String) throws {
        let chancery = try CommandProcess.withAgent()
        let commands = [
            ["stats"], ["stamp", "--agent", "a", "--payload", #"{"n":1}"#], ["search"],
            ["identity", "show", "a", "--format", "did"],
            ["--version"], ["doctor"],
        ]
        for command in commands {
            let outcome = try chancery.run(command, redirection: redirection)
            #expect(outcome.status == 1 && outcome.code == "command.output_failed", "\(command): \(outcome)")
            #expect(outcome.errorLines.count == 1, "\(outcome.error)")
        }
        #expect(try chancery.count("AISS-2.1") == 1)
    }

    @Test(arguments: ["2>&-", "2>/dev/full"])
    func `an error that cannot be told keeps its exit code`(redirection: String) throws {
        let chancery = try CommandProcess.withAgent()
        #expect(try chancery.run("stamp", "--agent", "nobody", "--payload", "{}", redirection: redirection).status == 1)
        #expect(try chancery.run("stats", "--nope", redirection: redirection).status == 2)
        // The remark is lost, the result is not.
        let made = try chancery.run("identity", "create", "b", "--insecure-no-passphrase", redirection: redirection)
        #expect(made.status == 0 && made.output.contains("created b"))
    }

    @Test func `a reader that goes away ends the command quietly`() throws {
        let chancery = try CommandProcess.withAgent(600)
        let prelude = "trap '' PIPE; mkfifo p; (: <p) & exec 3>p; wait; set --; "
        let outcome = try chancery.run("ignored", prelude: prelude + "\"$0\" search --all --json >&3; exit $?")
        #expect(outcome.status == 1 && outcome.error.isEmpty, "\(outcome)")
    }

    @Test func `a full disk ends stamping with store full and keeps what was acknowledged`() throws {
        let chancery = try CommandProcess.withAgent()
        let lines = (0..<3000).map { "{\"n\":\($0)}\n" }.joined()
        let outcome = try chancery.run(
            "stamp", "--agent", "a", "--group", "8", input: Array(lines.utf8), redirection: "| cat",
            prelude: "ulimit -f 600;")
        #expect(outcome.code == "store.full", "\(outcome.error)")
        #expect(outcome.lines.count > 0 && outcome.lines.count < 3000)
        #expect(try chancery.run("history", "a", "--json", "--limit", "5000").lines.count == outcome.lines.count)
        #expect(try chancery.run("log", "audit").status == 0)
    }

    @Test func `nothing that somebody else wrote reaches the terminal as a command`() throws {
        let chancery = try CommandProcess.withAgent()
        let evil = "x\u{1b}[2J\u{9b}31m\u{202e}\nchancery: ok"
        for outcome in [
            try chancery.run("stamp", "--agent", evil, "--payload", "{}"), try chancery.run("search", "--from", evil),
            try chancery.run("stats", "--" + evil), try chancery.run("verify", evil),
        ] {
            #expect(outcome.errorLines.count == 1 && outcome.status != 0, "\(outcome)")
            #expect(!outcome.error.unicodeScalars.contains { [0x1b, 0x9b, 0x202e].contains($0.value) }, "\(outcome.error)")
        }
        let payload = #"{"event_type":"e\u009b\u202e"}"#
        #expect(try chancery.run("stamp", "--agent", "a", "--payload", payload).status == 0)
        for form in [["history", "a"], ["history", "a", "--json"]] {
            let shown = try chancery.run(form).output
            #expect(!shown.unicodeScalars.contains { [0x9b, 0x202e].contains($0.value) }, "\(shown)")
        }
        let json = try chancery.run("history", "a", "--json").output
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        #expect(object?["event_type"] as? String == "e\u{9b}\u{202e}")
    }
}

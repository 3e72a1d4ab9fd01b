import Foundation
import GRDB
import TestKit
import Testing

/// Chains as they are shown, exported and compared.
struct ChainTests {
    private func positions(_ outcome: CommandProcess.Outcome) throws -> [Int] {
        try outcome.lines.map {
            (try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])?["position"] as? Int ?? -1
        }
    }

    /// Two copies of a home that go on differently, and what they export.
    private func forked(profile: String) throws -> CommandProcess {
        let chancery = try CommandProcess.withAgent(3, profile: profile)
        #expect(try chancery.run("identity", "export", "a", "--out", "id").status == 0)
        #expect(try chancery.run("stats", redirection: "&& cp -a home copy").status == 0)
        let other = chancery.with(home: "copy")
        try chancery.stamp(2, type: "one", profile: profile)
        try other.stamp(1, type: "other", profile: profile)
        for (process, file) in [(chancery, "one"), (other, "other")] {
            #expect(try process.run("export", "--agent", "a", "--out", file).status == 0)
        }
        return chancery
    }

    @Test func `records are found by the name of an agent as by its id`() throws {
        let chancery = try CommandProcess.withAgent(3)
        let found = try chancery.run("search", "--agent", "a", "--type", "step", "--json")
        #expect(found.status == 0 && found.lines.count == 3, "\(found)")
        let id = try chancery.run("search", "--agent", "nobody", "--json")
        #expect(id.status == 0 && id.lines.isEmpty, "\(id)")
    }

    @Test func `history goes on where it stopped until nothing is left`() throws {
        let chancery = try CommandProcess.withAgent(7)
        #expect(try chancery.run("identity", "rotate", "a").status == 0)
        try chancery.stamp(4)
        let all = try positions(chancery.run("history", "a", "--follow-rotation", "--json"))
        #expect(all.count == 12 && all == all.sorted())
        var seen: [Int] = []
        var arguments = ["history", "a", "--follow-rotation", "--limit", "5", "--json"]
        while seen.count < 20 {
            let page = try chancery.run(arguments)
            seen += try positions(page)
            guard let more = page.error.split(separator: "\n").first(where: { $0.hasPrefix("more: ") }) else { break }
            arguments = Array(arguments.prefix(6)) + ["--after", String(more.split(separator: " ").last ?? "")]
        }
        #expect(seen == all)
        #expect(try chancery.run("history", "a", "--limit", "4").errorLines.isEmpty)
    }

    @Test func `a damaged record is an error of history, not its end`() throws {
        let chancery = try CommandProcess.withAgent(5)
        let queue = try DatabaseQueue(path: "\(chancery.folder.path)/home/ledger.sqlite")
        try queue.writeWithoutTransaction { try $0.execute(sql: "UPDATE record SET leaf = x'00' WHERE position = 4") }
        try queue.close()
        for command in [["history", "a"], ["forks"]] {
            let outcome = try chancery.run(command)
            #expect(outcome.status == 1 && outcome.code == "store.corrupt", "\(command): \(outcome)")
        }
    }

    @Test(arguments: ["aiss-2.1", "aiss-1", "batch"])
    func `two histories of one agent are found out`(profile: String) throws {
        let chancery = try forked(profile: profile)
        let outcome = try chancery.run("forks", "one", "other", "--identity", "id", "--json")
        #expect(outcome.status == 4 && !outcome.output.contains("\"forks\":[]"), "\(outcome)")
        let same = try chancery.run("forks", "one", "one", "--identity", "id")
        #expect(same.status == 0 && same.output.hasPrefix("no forks"), "\(same)")
        #expect(try chancery.run("forks").status == 0)
    }

    @Test func `events in one copy and batches in the other are two chains of one agent`() throws {
        let chancery = try CommandProcess.withAgent(0)
        #expect(try chancery.run("identity", "export", "a", "--out", "id").status == 0)
        #expect(try chancery.run("stats", redirection: "&& cp -a home copy").status == 0)
        let other = chancery.with(home: "copy")
        try chancery.stamp(1, profile: "aiss-2.1")
        try other.stamp(1, profile: "batch")
        for (process, file) in [(chancery, "one"), (other, "other")] {
            #expect(try process.run("export", "--agent", "a", "--out", file).status == 0)
        }
        let outcome = try chancery.run("forks", "one", "other", "--identity", "id")
        #expect(outcome.status == 4 && outcome.output.contains("profiles of one chain"), "\(outcome)")
    }

    @Test func `nobody is accused of what was not signed`() throws {
        let chancery = try CommandProcess.withAgent(3)
        #expect(try chancery.run("identity", "export", "a", "--out", "id").status == 0)
        let audit = try chancery.run("export", "--agent", "a", "--format", "audit").output
        let document = try JSONSerialization.jsonObject(with: Data(audit.utf8)) as? [String: Any]
        var events = try #require(document?["events"] as? [[String: Any]])
        var forged = events[2]
        forged["payload"] = ["event_type": "forged"]
        events.append(forged)
        try chancery.folder.write(Array(JSONSerialization.data(withJSONObject: events)), to: "forged")
        let outcome = try chancery.run("forks", "forged", "--identity", "id")
        #expect(outcome.status == 4 && outcome.code == "ledger.event_signature_invalid" && outcome.output.isEmpty)
        // Without the keys nothing can be said.
        let stranger = try chancery.with(home: "none").run("forks", "forged")
        #expect(stranger.status == 3 && stranger.code == "node.unknown_agent", "\(stranger)")
    }

    @Test(arguments: ["{}", "42", "null", "[]", #""x""#, "[[],1]", "[[],[]]", #"{"events":[]}"#])
    func `forks reads nothing into what is no history`(text: String) throws {
        let outcome = try CommandProcess.withAgent().run("forks", "-", input: Array(text.utf8))
        #expect(outcome.status == 4 && outcome.output.isEmpty && outcome.errorLines.count == 1, "\(outcome)")
    }

    @Test func `the chain before a rotation is exported by document and by agent id`() throws {
        let chancery = try CommandProcess.withAgent(3)
        let before = try chancery.run("agent", "info", "a", "--json").output
        #expect(try chancery.run("identity", "rotate", "a").status == 0)
        try chancery.stamp(1)
        let info = try JSONSerialization.jsonObject(with: Data(before.utf8)) as? [String: Any]
        let agentID = try #require(info?["agent_id"] as? String)
        for (file, choice) in [("one", ["a", "--document", "0"]), ("two", [agentID])] {
            let outcome = try chancery.run(["export", "--out", file, "--json", "--agent"] + choice)
            #expect(outcome.status == 0 && outcome.output.contains("\"out\":\"\(file)\""), "\(outcome)")
            let verdict = try chancery.run("verify", file)
            #expect(verdict.status == 0 && verdict.output.contains(agentID) && verdict.output.contains("4 AISS-2.1 events"))
        }
        #expect(try chancery.run("export", "--agent", "a", "--document", "2").status == 1)
        #expect(try chancery.run("export", "--agent", agentID, "--document", "0").status == 2)
    }
}

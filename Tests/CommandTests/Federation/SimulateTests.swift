import Foundation
import TestKit
import Testing

struct SimulateTests {
    @Test func `seeds run without a home, and the counts are printed`() throws {
        let chancery = CommandProcess()
        let outcome = try chancery.run("simulate", "governance", "--seeds", "5", "--first", "3", "--slots", "2", "--json")
        #expect(outcome.status == 0, "\(outcome)")
        let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        #expect(json?["schedules"] as? Int == 5 && json?["slots"] as? Int == 10)
        #expect((json?["failures"] as? [Any])?.isEmpty == true)
        #expect(!FileManager.default.fileExists(atPath: "\(chancery.folder.path)/home"))
    }

    @Test func `a seed replays as the same trace in another process`() throws {
        let chancery = CommandProcess()
        let run = { try chancery.run("simulate", "governance", "--seed", "11", "--trace", "--slots", "2") }
        let (first, second) = (try run(), try run())
        // The last line holds the rate.
        #expect(first.lines.count > 20 && first.lines.dropLast() == second.lines.dropLast())
        #expect(first.lines.contains { $0.contains("decides 2") })
    }

    @Test(arguments: [["--trace"], ["--seeds", "0"], ["--slots", "0"], ["--seed", "x"]])
    func `nonsense is a usage error`(arguments: [String]) throws {
        let outcome = try CommandProcess().run(["simulate", "governance"] + arguments)
        #expect(outcome.status == 2 && outcome.code == "command.usage", "\(outcome)")
    }
}

import Foundation
import TestKit
import Testing

/// The numbers that risk is computed with are the operator's choice, and every score says which they were.
struct VigilProfileTests {
    private static func engine(_ chancery: CommandProcess) throws -> String {
        let shown = try chancery.run("vigil", "agent", "a", "--json")
        let json = try JSONSerialization.jsonObject(with: Data(shown.output.utf8)) as? [String: Any]
        return try #require(json?["engine"] as? String, "\(shown)")
    }

    @Test func `a profile is chosen, shown, and named by every score after`() throws {
        let chancery = try CommandProcess.withAgent()
        #expect(try Self.engine(chancery) == "chancery-vigil/1 standard")
        #expect(try chancery.run("vigil", "profile", "seed").status == 0)
        #expect(try Self.engine(chancery) == "chancery-vigil/1 seed")
        let own = try chancery.run("vigil", "profile").output.replacing("\"seed\"", with: "\"own\"")
            .replacing("\"silence\":", with: "\"silence\":9")
        try chancery.folder.write(Array(own.utf8), to: "own.json")
        let taken = try chancery.run("vigil", "profile", "--file", "own.json")
        #expect(taken.status == 0 && taken.output == own, "\(taken)")
        let engine = try Self.engine(chancery)
        #expect(engine.hasPrefix("chancery-vigil/1 own#") && engine.utf8.count == 29, "\(engine)")
    }

    @Test func `what is no profile changes nothing, and a damaged one stops the watch`() throws {
        let chancery = try CommandProcess.withAgent()
        for text in ["", "{}", "[", #"{"name":"standard"}"#] {
            try chancery.folder.write(Array(text.utf8), to: "bad.json")
            #expect(try chancery.run("vigil", "profile", "--file", "bad.json").code == "vigil.profile_invalid", "\(text)")
        }
        #expect(try chancery.run("vigil", "profile", "fast").status == 2)
        #expect(try chancery.run("vigil", "profile").output.contains("\"standard\""))
        try chancery.folder.write(Array("{}".utf8), to: "home/vigil.json")
        #expect(try chancery.run("vigil", "status").code == "vigil.profile_invalid")
        // Nobody chose the standard numbers by a link to a file that is gone.
        let path = chancery.folder.path + "/home/vigil.json"
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "gone.json")
        #expect(try chancery.run("vigil", "status").code == "vigil.profile_invalid")
    }
}

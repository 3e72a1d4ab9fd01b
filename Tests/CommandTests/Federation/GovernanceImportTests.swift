import Foundation
import TestKit
import Testing

struct GovernanceImportTests {
    /// The objects of `Tests/Vectors/pqc/envelopes.json` by their id.
    private func objects() throws -> [String: Any] {
        let path = CommandProcess.package.appending(path: "Tests/Vectors/pqc/envelopes.json")
        let file = try JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any]
        var objects: [String: Any] = [:]
        for object in file?["objects"] as? [[String: Any]] ?? [] {
            if let id = object["id"] as? String { objects[id] = object["object"] }
        }
        return objects
    }

    private func rows(_ outcome: CommandProcess.Outcome) throws -> [[String: Any]] {
        try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
    }

    @Test func `records of trusted signers are accepted, and nothing else happens`() throws {
        let chancery = CommandProcess()
        let objects = try objects()
        let records = try ["proposal-1", "vote-1", "result-1"].map { try #require(objects[$0]) }
        let signer = try #require((records[0] as? [String: Any])?["proposer_did"] as? String)
        try chancery.folder.write(Array(JSONSerialization.data(withJSONObject: records)), to: "records.json")
        let trusting = try chancery.run("governance", "import", "records.json", "--signer", signer, "--json")
        let rows = try rows(trusting)
        #expect(
            rows.map { $0["kind"] as? String } == ["proposal", "vote", "result"] && rows[0]["verdict"] as? String == "accepted")
        #expect(rows.allSatisfy { $0["profile"] as? String == "pqaid-v0" && $0["package_verifies"] as? Bool == true })
        let blind = try chancery.run("governance", "import", "records.json", "--json")
        let refused = try self.rows(blind)
        #expect(blind.status == 4 && refused.allSatisfy { $0["verdict"] as? String == "unknown signer" })
        #expect(!FileManager.default.fileExists(atPath: "\(chancery.folder.path)/home"))
    }

    @Test func `a forged vote is refused although the package takes it`() throws {
        let chancery = CommandProcess()
        let forged = try #require(try objects()["forged-vote"] as? [String: Any])
        let victim = try #require((forged["vote"] as? [String: Any])?["voter_did"] as? String)
        try chancery.folder.write(Array(JSONSerialization.data(withJSONObject: forged)), to: "vote.json")
        let outcome = try chancery.run("governance", "import", "vote.json", "--signer", victim, "--json")
        let row = try #require(try rows(outcome).first)
        #expect(outcome.status == 4 && row["package_verifies"] as? Bool == true && row["verdict"] as? String != "accepted")
    }

    @Test func `text that is no record is an error, not a verdict`() throws {
        let chancery = CommandProcess()
        let outcome = try chancery.run("governance", "import", "-", input: Array("{}".utf8))
        #expect(outcome.status == 4 && outcome.code?.hasPrefix("wire.") == true, "\(outcome)")
    }
}

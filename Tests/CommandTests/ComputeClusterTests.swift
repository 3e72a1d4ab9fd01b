import Foundation
import Synchronization
import TestKit
import Testing

/// Custodians as processes: keys, channels, logs and clients as their users have them.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct ComputeClusterTests {
    /// QuorumVM's form of x³; its id is the SHA-256 of the content.
    private static let package = """
        {"ir":{"nodes":[{"id":"x","inputs":[],"type":"input"},{"id":"a","inputs":["x","x"],"op":"mul","type":"mul"},\
        {"id":"y","inputs":["a","x"],"op":"mul","type":"mul"}],"output_node_id":"y"},"policy_manifest":{"budget_per_identity":500,\
        "cost_per_eval":1,"max_evals_per_minute":500},"program_id":"\(id)","secret_manifest":{"secret_name":"S_v"},"version":"1.0.0"}
        """
    private static let id = "fb6f40d55fb1f213d946ffee5c3148dcfef3240d221b81738fab529f81e2b242"

    private struct Cluster {
        let process = CommandProcess()

        func json(_ arguments: String...) throws -> [String: Any] {
            let outcome = try process.run(arguments + ["--json"])
            #expect(outcome.status == 0, "\(arguments): \(outcome)")
            return try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any] ?? [:]
        }

        /// What comes of evaluating at `x`; nil when it is refused.
        func evaluate(_ x: Int) throws -> (y: String, assurance: String)? {
            let outcome = try process.run(
                "compute", "eval", ComputeClusterTests.id, "--input", "x=\(x)", "--dir", "chancery-compute", "--json")
            guard outcome.status == 0 else { return nil }
            let answer = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
            let rows = answer?["results"] as? [[String: String]]
            return (rows?.first?["y"] ?? "", answer?["assurance"] as? String ?? "")
        }
    }

    @Test func `the published circuits and scores come out right from custodian processes`() throws {
        let vectors = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Vectors/quorumvm")
            .standardizedFileURL
        for folder in ["circuits", "scoring"] {
            let outcome = try CommandProcess().run("conformance", "--protocol", "--json", vectors.path + "/" + folder)
            #expect(outcome.status == 0, "\(outcome)")
            let counts = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
            #expect(counts?["failed"] as? Int == 0 && counts?["passed"] as? Int ?? 0 >= 18, "\(outcome)")
        }
    }

    @Test func `four processes evaluate, one is killed again and again, and no answer is wrong`() throws {
        let cluster = Cluster()
        let port = Int.random(in: 20_000...60_000)
        defer { _ = try? cluster.process.run("compute", "cluster", "stop") }
        let up = try cluster.process.run(
            "compute", "cluster", "up", "--n", "4", "--k", "2", "--base-port", String(port), "--material", "32")
        #expect(up.status == 0, "\(up)")
        try cluster.process.folder.write(Array(Self.package.utf8), to: "cube.json")
        let installed = try cluster.json("compute", "install", "cube.json", "--dir", "chancery-compute")
        #expect(installed["program"] as? String == Self.id)
        let early = try cluster.process.run(
            "compute", "eval", Self.id, "--input", "x=2", "--dir", "chancery-compute")
        #expect(early.code == "custodian.not_activated" && early.status == 3, "\(early)")
        for number in [1, 3] {
            _ = try cluster.json(
                "compute", "approve", Self.id, "--dir", "chancery-compute", "--home", "chancery-compute/c\(number)/home",
                "--state", "chancery-compute/c\(number)/state")
        }
        _ = try cluster.json("compute", "activate", Self.id, "--dir", "chancery-compute")
        let first = try cluster.evaluate(5)
        #expect(first?.y == "125" && first?.assurance == "corrected", "\(String(describing: first))")
        for victim in 1...4 {
            // At some moment of the evaluations.
            let killer = Thread { [process = cluster.process] in
                usleep(UInt32.random(in: 50_000...250_000))
                _ = try? process.run("compute", "cluster", "kill", String(victim))
            }
            killer.start()
            for x in 2...5 {
                guard let result = try cluster.evaluate(x) else { continue }
                #expect(result.y == String(x * x * x), "custodian \(victim) was killed")
            }
            while !killer.isFinished { usleep(10_000) }
            let without = try cluster.evaluate(7)
            #expect(without?.y == "343" && without?.assurance == "checked", "\(String(describing: without))")
            _ = try cluster.json("compute", "cluster", "start", String(victim))
        }
        let audit = try cluster.process.run("compute", "audit", Self.id, "--dir", "chancery-compute", "--json")
        #expect(audit.status == 0, "\(audit)")
    }
}

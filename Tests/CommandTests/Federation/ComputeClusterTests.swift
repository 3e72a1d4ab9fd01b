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
        let vectors = CommandProcess.package.appending(path: "Tests/Vectors/quorumvm")
        for folder in ["circuits", "scoring"] {
            let outcome = try CommandProcess().run("conformance", "--protocol", "--json", vectors.path + "/" + folder)
            #expect(outcome.status == 0, "\(outcome)")
            let counts = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
            #expect(counts?["failed"] as? Int == 0 && counts?["passed"] as? Int ?? 0 >= 18, "\(outcome)")
        }
    }

    @Test func `four processes evaluate, one is killed again and again, and no answer is wrong`() throws {
        let cluster = Cluster()
        let port = try FreePorts.first(5)
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
    /// As a newcomer writes them: a policy on lines of its own, and decimal numbers.
    @Test func `a first program is packaged, installed and asked, also right after a custodian came back`() throws {
        let cluster = Cluster()
        let port = try FreePorts.first(5)
        defer { _ = try? cluster.process.run("compute", "cluster", "stop") }
        let up = try cluster.process.run(
            "compute", "cluster", "up", "--n", "4", "--k", "2", "--base-port", String(port), "--material", "16")
        #expect(up.status == 0, "\(up)")
        let folder = cluster.process.folder
        try folder.write(Array("input x: fixed<32,16> in 0...1\noutput y = x + x\n".utf8), to: "twice.chc")
        let policy = """
            {
              "type": "chancery/compute-policy/v1", "cost": 1, "client_budget": 10, "program_budget": 10,
              "evaluations_per_minute": 60, "output_bits": 8, "bits": null, "rank": null, "ranges": true,
              "extraction": null, "allow_unchecked": false, "refill": true, "ticket_seconds": 600
            }

            """
        try folder.write(Array(policy.utf8), to: "short.json")
        try folder.write(Array(policy.replacing("\"output_bits\": 8", with: "\"output_bits\": 32").utf8), to: "policy.json")
        func package(_ policy: String) throws -> [String: Any] {
            try cluster.json(
                "compute", "package", "twice.chc", "--policy", "\(policy).json", "--out", "\(policy).package", "--dir",
                "chancery-compute")
        }
        let (made, short) = (try package("policy"), try package("short"))
        // There are no secrets to commit to.
        #expect(made["salt"] is NSNull)
        _ = try cluster.json("compute", "cluster", "kill", "4")
        _ = try cluster.json("compute", "cluster", "start", "4")
        let id =
            try cluster.json("compute", "install", "policy.package", "--dir", "chancery-compute")["program"] as? String ?? ""
        #expect(id == made["program"] as? String)
        func approve(_ id: String, _ number: Int) throws -> CommandProcess.Outcome {
            try cluster.process.run(
                "compute", "approve", id, "--dir", "chancery-compute", "--home", "chancery-compute/c\(number)/home")
        }
        for number in [1, 2] { #expect(try approve(id, number).status == 0) }
        _ = try cluster.json("compute", "activate", id, "--dir", "chancery-compute")
        try folder.write(Array(#"[{"x": 0.25}, {"x": "0.5"}, {"x": 1}]"#.utf8), to: "rows.json")
        let rows = try cluster.json("compute", "batch", id, "rows.json", "--dir", "chancery-compute")
        #expect((rows["results"] as? [[String: String]])?.map { $0["y"] } == ["0.5", "1", "2"], "\(rows)")
        #expect(rows["program"] as? String == id)
        // What is missing is said in numbers.
        _ = try cluster.json("compute", "install", "short.package", "--dir", "chancery-compute")
        let refused = try approve(short["program"] as? String ?? "", 1)
        #expect(refused.code == "compute.policy_understated" && "\(refused)".contains("`output_bits` counts 8"), "\(refused)")
    }
}

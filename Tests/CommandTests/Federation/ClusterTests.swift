import Foundation
import TestKit
import Testing

/// Node processes as their operators run them.
@Suite(.serialized)
struct ClusterTests {
    /// One member of the cluster, as its people use it.
    private struct Member {
        let process: CommandProcess
        let number: Int

        func run(_ arguments: String...) throws -> CommandProcess.Outcome {
            try process.run(
                arguments + ["--home", "chancery-cluster/n\(number)/home", "--state", "chancery-cluster/n\(number)/state"])
        }

        func json(_ arguments: String...) throws -> [String: Any] {
            let outcome = try process.run(
                arguments + [
                    "--json", "--home", "chancery-cluster/n\(number)/home", "--state", "chancery-cluster/n\(number)/state",
                ])
            #expect(outcome.status == 0, "\(arguments): \(outcome)")
            return try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any] ?? [:]
        }

        /// Proposes to authorise the model `model` and returns id and words.
        func propose(_ model: Int) throws -> (id: String, words: String) {
            let hex = String(repeating: "0", count: 60) + String(1000 + model)
            let made = try json("governance", "propose", "authorize-model", "--manifest", hex, "--scope", "prod")
            return (made["id"] as? String ?? "", made["fingerprint"] as? String ?? "")
        }
    }

    private func cluster(_ nodes: Int, _ arguments: String...) throws -> (CommandProcess, [Member]) {
        let process = CommandProcess()
        let port = try FreePorts.first(nodes)
        let up = try process.run(["cluster", "up", "--nodes", String(nodes), "--base-port", String(port)] + arguments)
        #expect(up.status == 0, "\(up)")
        return (process, (1...nodes).map { Member(process: process, number: $0) })
    }

    private func heads(_ process: CommandProcess) throws -> [[String: Any]] {
        let outcome = try process.run("cluster", "status", "--json")
        return try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]] ?? []
    }

    /// Waits until `isDone`, at most `seconds`.
    private func wait(_ seconds: Int, _ isDone: () throws -> Bool) throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            if try isDone() { return true }
            usleep(100_000)
        }
        return false
    }

    @Test func `four nodes decide, a stranger verifies, and SIGTERM ends them`() throws {
        let (process, members) = try cluster(4)
        defer { _ = try? process.run("cluster", "stop") }
        let (id, words) = try members[0].propose(1)
        for member in members[0..<3] {
            #expect(try wait(60) { try member.run("governance", "show", id).status == 0 })
            let wrong = try member.run("governance", "vote", id, "approve", "--fingerprint", "boost enroll hope bench become x")
            #expect(wrong.status == 3 && wrong.code == "node.rejected", "\(wrong)")
            let vote = try member.run("governance", "vote", id, "approve", "--fingerprint", words)
            #expect(vote.status == 0, "\(vote)")
        }
        let second = try members[0].run("governance", "vote", id, "reject", "--fingerprint", words)
        #expect(second.status == 3, "\(second)")
        let manifest = String(repeating: "0", count: 60) + "1001"
        #expect(
            try wait(60) {
                try members[3].run("governance", "authorized", "--manifest", manifest, "--scope", "prod/eu").status == 0
            })
        #expect(try members[3].run("governance", "authorized", "--manifest", manifest, "--scope", "test").status == 3)
        let up = try process.run("cluster", "up", "--json")
        let federation =
            (try JSONSerialization.jsonObject(with: Data(up.output.utf8)) as? [String: Any])?["federation"] as? String ?? ""
        let file = try members[2].run("governance", "certificate", "export", id).output
        try process.folder.write(Array(file.utf8), to: "decision")
        let verdict = try process.run("governance", "certificate", "verify", "decision", "--federation", federation)
        #expect(verdict.status == 0 && verdict.output.contains(id), "\(verdict)")
        let other = String(federation.reversed())
        let foreign = try process.run("governance", "certificate", "verify", "decision", "--federation", other)
        #expect(foreign.status == 4 && foreign.code == "governance.genesis_invalid", "\(foreign)")
        try process.folder.write(
            Array(file.replacing("\"approve\"", with: "\"abstain\"", maxReplacements: 1).utf8), to: "forged")
        let forged = try process.run("governance", "certificate", "verify", "forged", "--federation", federation)
        #expect(forged.status == 4 && forged.output.isEmpty, "\(forged)")
        #expect(try members[1].run("log", "audit").status == 0)
        let stopped = try process.run("cluster", "stop")
        #expect(stopped.output.contains("stopped 4"), "\(stopped)")
        #expect(try heads(process).allSatisfy { $0["pid"] is NSNull })
    }

    @Test func `four nodes decide over mutual TLS, and answer a client that shows a certificate`() throws {
        let (process, members) = try cluster(4, "--tls")
        defer { _ = try? process.run("cluster", "stop") }
        let (id, words) = try members[0].propose(1)
        for member in members[0..<3] {
            #expect(try wait(60) { try member.run("governance", "show", id).status == 0 })
            #expect(try member.run("governance", "vote", id, "approve", "--fingerprint", words).status == 0)
        }
        #expect(try wait(60) { try heads(process).allSatisfy { $0["slot"] as? Int == 1 } })
        let up = try process.run("cluster", "up", "--json")
        let nodes = (try JSONSerialization.jsonObject(with: Data(up.output.utf8)) as? [String: Any])?["nodes"] as? [String]
        let url = try #require(nodes?.first) + "/v1/governance/decisions"
        // The certificate of a node is that of a member, whose role may read this.
        let answer = try process.run("api", "GET", url, "--tls", "chancery-cluster/n2/tls")
        #expect(answer.status == 0 && answer.output.contains(id), "\(answer)")
        #expect(try process.run("api", "GET", url).code == "transport.tls_required")
    }

    @Test func `a federation of one decides alone`() throws {
        let (process, members) = try cluster(1)
        defer { _ = try? process.run("cluster", "stop") }
        let (id, words) = try members[0].propose(1)
        #expect(try members[0].run("governance", "vote", id, "approve", "--fingerprint", words).status == 0)
        #expect(try members[0].run("governance", "watch", id, "--timeout", "60").output.contains("decided"))
        #expect(try heads(process).allSatisfy { !($0["pid"] is NSNull) })
    }

    @Test func `halves that cannot talk decide nothing, and decide when they can again`() throws {
        let (process, members) = try cluster(4)
        defer { _ = try? process.run("cluster", "stop") }
        for wrong in [["1,2"], ["1,2", "2,3,4"], ["1,2", "3,x"], ["1,2,3,4", "--heal"], []] {
            #expect(try process.run(["cluster", "partition"] + wrong).code == "command.usage", "\(wrong)")
        }
        let (id, words) = try members[0].propose(1)
        for member in members { #expect(try wait(60) { try member.run("governance", "show", id).status == 0 }) }
        #expect(try process.run("cluster", "partition", "1,2", "3,4").status == 0)
        sleep(2)
        for member in members {
            #expect(try member.run("governance", "vote", id, "approve", "--fingerprint", words).status == 0)
        }
        sleep(3)
        #expect(try heads(process).allSatisfy { $0["slot"] as? Int == 0 })
        #expect(try process.run("cluster", "partition", "--heal").status == 0)
        #expect(try wait(60) { try heads(process).allSatisfy { $0["slot"] as? Int == 1 } })
        #expect(Set(try heads(process).compactMap { $0["decision"] as? String }).count == 1)
    }

    @Test func `thirty kills among five nodes fork nothing and lose no vote`() throws {
        let (process, members) = try cluster(5)
        defer { _ = try? process.run("cluster", "stop") }
        var random = SystemRandomNumberGenerator()
        var acknowledged: [(id: String, member: Int)] = []
        var open: [(id: String, words: String)] = []
        for round in 0..<30 {
            let proposer = members[Int.random(in: 0..<5, using: &random)]
            open.append(try proposer.propose(round))
            let victim = Int.random(in: 1...5, using: &random)
            #expect(try process.run("cluster", "kill", String(victim)).status == 0)
            // People vote on what reached their home, whether their node runs or not.
            if let (id, words) = open.last {
                for member in members {
                    let vote = try member.run("governance", "vote", id, "approve", "--fingerprint", words)
                    if vote.status == 0 { acknowledged.append((id, member.number)) }
                }
            }
            #expect(try process.run("cluster", "start", String(victim)).status == 0)
        }
        // Who missed a proposal while it was open to the others votes now.
        let settled = try members[0].run("governance", "show").lines.filter { $0.contains("decided") }
        for (id, words) in open where !settled.contains(where: { $0.contains(id.prefix(16)) }) {
            for member in members[0..<4] { _ = try member.run("governance", "vote", id, "approve", "--fingerprint", words) }
        }
        let didConverge = try wait(180) {
            let heads = try heads(process)
            let isOneHead = Set(heads.map { $0["decision"] as? String }).count == 1
            let standings = try members[0].run("governance", "show").lines.dropFirst()
            return isOneHead && standings.allSatisfy { $0.contains("decided") }
        }
        let standings = try members[0].run("governance", "show").output
        #expect(didConverge, "\(standings)")
        // Every vote that was acknowledged is in the home of whoever cast it, and the decisions are the same everywhere.
        #expect(acknowledged.count > 30)
        let decisions = try members.map { try $0.run("governance", "decisions", "--json").output }
        #expect(Set(decisions).count == 1)
        for member in members {
            let audit = try member.run("log", "audit")
            #expect(audit.status == 0, "\(audit)")
            let ballots = try member.run("search", "--kind", "chancery/ballot/v1", "--limit", "1000", "--json").output
            for (id, _) in acknowledged.filter({ $0.member == member.number }) { #expect(ballots.contains(id), "\(id)") }
        }
    }
}

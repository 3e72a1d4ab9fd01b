import ChanceryWire
import Foundation

/// A gated and stamped call over the Unix socket of a daemon that signs for its agent, on a kept connection: what the daemon
/// alone costs, client code left out.
enum DeskBench {
    static func run(_ bench: Bench) throws -> [Measurement] {
        let folder = bench.home.file("desk")
        let program = try Program(in: folder, policy: PolicySample.trustGate(PolicySample.fewPatterns))
        let path = folder + "/s"
        let daemon = try program.start([
            "serve", "--socket", path, "--port", "0", "--sign", "--insecure-no-passphrase", "--local-agent",
            "\(Program.agent)=\(getuid())",
        ])
        defer {
            daemon.terminate()
            daemon.waitUntilExit()
        }
        let client = try SocketBench.connect(path)
        let action: JSONValue = [
            "action": .string(PolicySample.action), "payload": .object(ActionSample.order), "redeem": true,
            "target": .string(PolicySample.target),
        ]
        let decide = SocketClient.request("POST", "/v1/gate/decisions", try CanonicalForm.jcs.encode(action))
        var decisions: [[Double]] = []
        var stamps: [[Double]] = []
        let calls = try bench.rounds {
            var (decided, stamped): ([Double], [Double]) = ([], [])
            let whole = try medianMicroseconds(bench.scale.roundTrips) { index in
                let started = ContinuousClock.now
                let answer = try client.ask(decide)
                let decision = try JSONParser.parse(answer.body)
                guard answer.status == 200, decision["redeemed"] == true, let id = decision["decision"] else {
                    throw failure(answer.status, answer.body)
                }
                decided.append((ContinuousClock.now - started) / .microseconds(1))
                let events: JSONValue = [
                    "events": [["event_type": "tool_call", "n": .integer(Int64(index))]],
                    "outcomes": [["decision": id, "status": "done"]],
                ]
                let between = ContinuousClock.now
                let receipt = try client.ask(
                    SocketClient.request(
                        "POST", "/v1/agents/\(Program.agent)/events", try CanonicalForm.jcs.encode(events)))
                guard receipt.status == 201 else { throw failure(receipt.status, receipt.body) }
                stamped.append((ContinuousClock.now - between) / .microseconds(1))
            }
            decisions.append(decided)
            stamps.append(stamped)
            return whole
        }
        return [
            Measurement(
                "gate.desk", "gated and stamped call over the Unix socket, p50", .microseconds, calls, target: .atMost(1000)),
            Measurement(
                "gate.desk.decide", "of it: decide and use, durable, p50", .microseconds, decisions.map(median)),
            Measurement(
                "gate.desk.stamp", "of it: stamp, durable, with the outcome, p50", .microseconds, stamps.map(median)),
        ]
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private static func failure(_ status: Int, _ body: [UInt8]) -> Failure {
        Failure(description: "the daemon says \(status): \(String(decoding: body, as: UTF8.self))")
    }
}

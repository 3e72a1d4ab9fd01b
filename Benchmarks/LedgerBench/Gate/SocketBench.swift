import ChanceryWire
import Foundation

/// A dry run over the Unix socket of a daemon, on a kept connection: everything but the journal.
enum SocketBench {
    static func run(_ bench: Bench) throws -> [Measurement] {
        let folder = bench.home.file("socket")
        let program = try Program(in: folder, policy: PolicySample.trustGate(PolicySample.fewPatterns))
        let path = folder + "/s"
        let daemon = try program.start([
            "serve", "--socket", path, "--port", "0", "--local-agent", "\(Program.agent)=\(getuid())",
        ])
        defer {
            daemon.terminate()
            daemon.waitUntilExit()
        }
        let client = try connect(path)
        let body: JSONValue = [
            "action": .string(PolicySample.action), "dry_run": true, "payload": .object(ActionSample.order),
            "target": .string(PolicySample.target),
        ]
        let request = SocketClient.request("POST", "/v1/gate/decisions", try CanonicalForm.jcs.encode(body))
        let samples = try bench.rounds {
            try medianMicroseconds(bench.scale.roundTrips) { _ in
                let answer = try client.ask(request)
                guard answer.status == 200, try JSONParser.parse(answer.body)["effect"]?.string == "ALLOW" else {
                    throw Failure(
                        description: "the daemon says \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
                }
            }
        }
        return [
            Measurement(
                "gate.socket", "dry run over the Unix socket, connection kept, p50", .microseconds, samples,
                target: .atMost(300))
        ]
    }

    /// Connects once the daemon listens.
    static func connect(_ path: String) throws -> SocketClient {
        for _ in 0..<200 {
            if let client = try? SocketClient(path: path) { return client }
            usleep(50_000)
        }
        return try SocketClient(path: path)
    }
}

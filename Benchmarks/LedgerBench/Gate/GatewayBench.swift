import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Foundation

/// A tool call over standard input and output: what the gateway adds to a server that does nothing.
///
/// Every call waits for two signed commits, that of its decision and that of its outcome.
enum GatewayBench {
    static func run(_ bench: Bench) throws -> [Measurement] {
        let program = try Program(
            in: bench.home.file("gateway"), policy: PolicySample.trustGate(PolicySample.fewPatterns))
        let server = ["python3", "-B", "scripts/bench/mcp_echo.py"]
        let direct = try Client(server, program.environment)
        let gated = try Client(
            [Program.path, "mcp", "gate", "--agent", Program.agent, "--upstream", "bench", "--"] + server, program.environment)
        let key = try IdentityKeys.generate(.hybrid).record
        let message = [UInt8](repeating: 7, count: 400)
        var (alone, through, flushes, seals): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        let added = try bench.rounds {
            alone.append(try medianMicroseconds(bench.scale.roundTrips / 2, direct.call) / 1000)
            through.append(try medianMicroseconds(bench.scale.roundTrips / 2, gated.call) / 1000)
            flushes.append(try DiskBench.flush(bench.home.file("flush")) * 2)
            seals.append(try medianMicroseconds(50) { _ in _ = try key.sign(message, type: "chancery/bench/v1") } / 500)
            return (through.last ?? 0) - (alone.last ?? 0)
        }
        return [
            Measurement("gate.mcp.direct", "MCP tool call over stdio, without the gateway, p50", .milliseconds, alone),
            Measurement("gate.mcp.through", "the same through the gateway, p50", .milliseconds, through),
            Measurement("gate.mcp", "what the gateway adds", .milliseconds, added, target: .atMost(2)),
            Measurement("gate.mcp.seals", "two signatures, which it waits for, measured alone", .milliseconds, seals),
            Measurement("gate.mcp.disk", "two flushes of the disk, which it waits for, measured alone", .milliseconds, flushes),
        ]
    }

    /// A client that speaks revision 2025-11-25.
    private final class Client {
        private let process: LineProcess
        private var number: Int64 = 0

        init(_ command: [String], _ environment: [String: String]) throws {
            process = try LineProcess(command, environment: environment)
            _ = try ask(
                "initialize",
                [
                    "capabilities": [:], "clientInfo": ["name": "bench", "version": "1"], "protocolVersion": "2025-11-25",
                ])
            try process.send(
                CanonicalForm.jcs.encode(["jsonrpc": "2.0", "method": "notifications/initialized"] as JSONValue))
            guard try ask("tools/list", [:])["tools"]?.array?.count == 1 else {
                throw Failure(description: "the server's tool is not listed")
            }
        }

        /// Calls the tool and checks that it was really called.
        func call(_ turn: Int) throws {
            let result = try ask(
                "tools/call", ["arguments": .object(ActionSample.order), "name": .string(PolicySample.action)])
            guard result["isError"]?.bool != true, result["content"]?.array?.first?["text"]?.string == "done" else {
                throw Failure(description: "the call ended with \(result)")
            }
        }

        private func ask(_ method: String, _ parameters: JSONObject) throws -> JSONValue {
            number += 1
            let request: JSONValue = [
                "id": .integer(number), "jsonrpc": "2.0", "method": .string(method), "params": .object(parameters),
            ]
            try process.send(CanonicalForm.jcs.encode(request))
            let answer = try JSONParser.parse(process.receive())
            guard answer["id"]?.integer == number, let result = answer["result"] else {
                throw Failure(description: "`\(method)` is answered by \(answer)")
            }
            return result
        }
    }
}

internal import ChanceryWire
internal import Foundation

/// A client that starts `chancery mcp gate` before a server and calls tools through it.
final class GatewayClient {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var number: Int64 = 0
    private var pending: [UInt8] = []

    init(home: String, state: String, agent: String, server: [String]) throws {
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments =
            ["mcp", "gate", "--home", home, "--state", state, "--agent", agent, "--upstream", "files", "--"] + server
        process.standardInput = input
        process.standardOutput = output
        signal(SIGPIPE, SIG_IGN)
        try process.run()
        _ = try request(
            "initialize",
            [
                "capabilities": [:], "clientInfo": ["name": "demo", "version": "1"], "protocolVersion": "2025-11-25",
            ])
        try send(["jsonrpc": "2.0", "method": "notifications/initialized"])
    }

    /// The result of calling a tool.
    func call(_ tool: String, _ arguments: JSONValue) throws -> JSONValue {
        try request("tools/call", ["arguments": arguments, "name": .string(tool)])
    }

    func end() {
        try? input.fileHandleForWriting.close()
        for _ in 0..<300 where process.isRunning { usleep(10_000) }
        if process.isRunning { process.terminate() }
    }

    private func request(_ method: String, _ params: JSONValue) throws -> JSONValue {
        number += 1
        try send(["id": .integer(number), "jsonrpc": "2.0", "method": .string(method), "params": params])
        while true {
            let message = try JSONParser.parse(line())
            guard message["id"]?.integer == number else { continue }
            guard let result = message["result"] else {
                throw DemoFailure(detail: "the gateway answers \(message["error"]?["message"]?.string ?? "nothing")")
            }
            return result
        }
    }

    private func send(_ message: JSONValue) throws {
        try input.fileHandleForWriting.write(contentsOf: Data(CanonicalForm.jcs.encode(message) + [0x0a]))
    }

    private func line() throws -> [UInt8] {
        while true {
            if let end = pending.firstIndex(of: 0x0a) {
                defer { pending.removeFirst(end + 1) }
                return Array(pending[..<end])
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw DemoFailure(detail: "the gateway ended") }
            pending += more
        }
    }
}

import Foundation
import TestKit

/// `chancery serve` as a process of its own; it is killed when the test forgets to stop it.
final class RunningServer {
    let process = Process()
    /// Where its interfaces listen: the seed's by name, its own under an empty one.
    let ports: [String: Int]
    var port: Int { ports[""] ?? 0 }
    /// Keeps its folder.
    private let chancery: CommandProcess

    init(_ chancery: CommandProcess, _ arguments: [String]) throws {
        self.chancery = chancery
        let output = Pipe()
        process.executableURL = try CommandProcess.binary()
        process.arguments = ["serve", "--port", "0", "--json", "--quiet"] + arguments
        process.environment = chancery.environment
        process.currentDirectoryURL = URL(fileURLWithPath: chancery.folder.path)
        process.standardOutput = output
        try process.run()
        let interfaces = 1 + arguments.count { ["--trustgate-port", "--vigil-port"].contains($0) }
        var text = ""
        while text.split(separator: "\n").count < interfaces || !text.hasSuffix("\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { break }
            text += String(decoding: data, as: UTF8.self)
        }
        var ports: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let json = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
            ports[json?["interface"] ?? ""] = (json?["url"]).flatMap { URL(string: $0)?.port }
        }
        self.ports = ports
    }

    deinit { if process.isRunning { process.terminate() } }

    /// Seconds until it ended after SIGTERM.
    func stop() -> Double {
        let started = Date()
        process.terminate()
        process.waitUntilExit()
        return Date().timeIntervalSince(started)
    }

    func connect(_ text: String, port: Int? = nil) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port ?? self.port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw CocoaError(.fileReadUnknown) }
        let bytes = Array(text.utf8)
        _ = unsafe send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        return descriptor
    }

    func answer(_ descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}

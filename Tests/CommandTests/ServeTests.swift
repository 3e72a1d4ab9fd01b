import Foundation
import TestKit
import Testing

/// `chancery serve` as its users start it.
struct ServeTests {
    /// A running server; it is killed when the test forgets to stop it.
    private final class Running {
        let process = Process()
        let port: Int
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
            let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            port = line.split(separator: ":").last.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
        }

        deinit { if process.isRunning { process.terminate() } }

        /// Seconds until it ended after SIGTERM.
        func stop() -> Double {
            let started = Date()
            process.terminate()
            process.waitUntilExit()
            return Date().timeIntervalSince(started)
        }

        func connect(_ text: String) throws -> Int32 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
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

    @Test func `a server answers, and stops within five seconds with connections open`() throws {
        let server = try Running(try CommandProcess.withAgent(3), [])
        #expect(server.port > 0)
        let asked = try server.connect("GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(server.answer(asked).hasPrefix("HTTP/1.1 200"))
        // One that answered and stays, one that says nothing, one in the middle of a head, one in the middle of a body.
        let open = try [
            "", "GET /heal", "POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab",
            "GET /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        ].map { try server.connect($0) }
        Thread.sleep(forTimeInterval: 0.3)
        let seconds = server.stop()
        #expect(seconds < 5 && server.process.terminationReason == .exit && server.process.terminationStatus == 0, "\(seconds)")
        for descriptor in open + [asked] { close(descriptor) }
    }

    @Test func `another address than loopback is refused without TLS`() throws {
        let chancery = try CommandProcess.withAgent()
        let outcome = try chancery.run("serve", "--host", "0.0.0.0", "--port", "0")
        #expect(outcome.status == 3 && outcome.code == "api.plain_http_refused", "\(outcome)")
        let missing = try chancery.run("serve", "--tls", "nowhere", "--port", "0")
        #expect(missing.status == 1 && missing.code == "node.not_found", "\(missing)")
    }

    @Test func `with TLS no plain word is understood`() throws {
        let chancery = try CommandProcess.withAgent()
        let federation = String(repeating: "ab", count: 32)
        #expect(try chancery.run("ca", "init", "--federation", federation, "--insecure-no-passphrase", "--quiet").status == 0)
        #expect(try chancery.run("ca", "issue", "a", "--out", "node", "--host", "127.0.0.1").status == 0)
        let server = try Running(chancery, ["--tls", "node", "--host", "0.0.0.0"])
        #expect(server.port > 0)
        let plain = try server.connect("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(!server.answer(plain).hasPrefix("HTTP/1.1"))
        close(plain)
        #expect(server.stop() < 5)
    }
}

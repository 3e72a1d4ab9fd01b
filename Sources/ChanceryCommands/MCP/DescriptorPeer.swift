internal import ChanceryMCP
internal import Dispatch
internal import Foundation

/// Lines over a pair of descriptors. A thread of its own reads, and reads on only while somebody takes the lines.
final class DescriptorPeer: LinePeer {
    private static let ahead = 64

    private let lines: AsyncStream<InboundLine>
    // Blocks the thread that reads, which runs no task, while nobody takes the lines.
    private let room = DispatchSemaphore(value: DescriptorPeer.ahead)
    private let output: Int32
    private let writer = DispatchQueue(label: "chancery.mcp.writer")

    /// - Parameter limit: longest line that is kept, in bytes.
    init(reading input: Int32, writing output: Int32, limit: Int = 4 << 20) {
        self.output = output
        let (lines, continuation) = AsyncStream<InboundLine>.makeStream()
        self.lines = lines
        let room = room
        Thread.detachNewThread {
            var splitter = LineSplitter(limit: limit)
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = unsafe read(input, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                for line in splitter.push(buffer[..<count]) {
                    room.wait()
                    continuation.yield(line)
                }
            }
            continuation.finish()
        }
    }

    func receive() async throws -> InboundLine? {
        for await line in lines {
            room.signal()
            return line
        }
        return nil
    }

    func send(_ line: [UInt8]) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            writer.async { [output] in done.resume(with: Result { try Self.write(line + [0x0a], to: output) }) }
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { throw SystemFailure(detail: "the other end does not read any more") }
            rest = rest.dropFirst(count)
        }
    }
}

/// The process of an MCP server. It speaks on its standard input and output; what it says on standard error goes to ours.
final class ServerProcess {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    let peer: DescriptorPeer

    /// - Throws: `command.failed` when there is no such program.
    init(_ command: [String]) throws {
        // A server that ends must not end us while we write to it.
        signal(SIGPIPE, SIG_IGN)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["--"] + command
        process.standardInput = input
        process.standardOutput = output
        peer = DescriptorPeer(
            reading: output.fileHandleForReading.fileDescriptor, writing: input.fileHandleForWriting.fileDescriptor,
            limit: 16 << 20)
        do {
            try process.run()
        } catch {
            throw SystemFailure(detail: "`\(command[0])` cannot be run: \(error)")
        }
    }

    /// Ends the process: it is asked by the end of its input, then by SIGTERM, then not asked any more.
    func end() {
        try? input.fileHandleForWriting.close()
        for signal in [nil, SIGTERM, SIGKILL] {
            if let signal { kill(process.processIdentifier, signal) }
            for _ in 0..<100 where process.isRunning { usleep(10_000) }
            if !process.isRunning { return }
        }
    }
}

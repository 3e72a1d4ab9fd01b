import Foundation

/// Another program that is asked by a line and answers by a line.
final class LineProcess {
    private let process = Process()
    private let requests = Pipe()
    private let answers = Pipe()
    private var unread: [UInt8] = []

    /// Starts `command`, its program looked for in `PATH`.
    init(_ command: [String], environment: [String: String]) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.environment = environment
        process.standardInput = requests
        process.standardOutput = answers
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        try? requests.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Sends a line, to which no answer need come.
    func send(_ line: [UInt8]) throws { try requests.fileHandleForWriting.write(contentsOf: Data(line + [0x0a])) }

    /// The next line.
    func receive() throws -> [UInt8] {
        while true {
            if let end = unread.firstIndex(of: 0x0a) {
                defer { unread.removeFirst(end + 1) }
                return Array(unread[..<end])
            }
            let data = answers.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Failure(description: "the other program ended; does its command run?") }
            unread += data
        }
    }
}

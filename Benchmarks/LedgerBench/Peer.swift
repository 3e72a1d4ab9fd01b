import ChanceryWire
import Foundation

/// Another implementation in a process of its own, measured between our own measurements.
///
/// One line of JSON asks, one line answers; while nobody asks, it waits and costs nothing.
final class Peer {
    private let process = Process()
    private let requests = Pipe()
    private let answers = Pipe()
    private var unread: [UInt8] = []
    private let folder: String

    /// Starts `command` (words separated by spaces) with an empty home inside `folder`.
    init(command: String, in folder: String) throws {
        self.folder = "\(folder)/peer-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command.split(separator: " ").map(String.init)
        process.environment = ["HOME": self.folder, "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
        process.standardInput = requests
        process.standardOutput = answers
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        try? requests.fileHandleForWriting.close()
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The figure of one measurement.
    ///
    /// - Throws: ``Failure`` with what the peer says when it cannot be measured.
    func measure(_ name: String, _ arguments: JSONObject) throws -> Double {
        var request = arguments
        request["measure"] = .string(name)
        let line = try CanonicalForm.jcs.encode(request) + [0x0a]
        try requests.fileHandleForWriting.write(contentsOf: Data(line))
        let answer = try JSONParser.parse(try readLine())
        switch answer["value"] {
        case .integer(let value): return Double(value)
        case .double(let value): return value
        default: throw Failure(description: "the peer failed at `\(name)`: \(answer["error"]?.string ?? "no figure")")
        }
    }

    private func readLine() throws -> [UInt8] {
        while true {
            if let end = unread.firstIndex(of: 0x0a) {
                defer { unread.removeFirst(end + 1) }
                return Array(unread[..<end])
            }
            let data = answers.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Failure(description: "the peer ended; does its command run?") }
            unread += data
        }
    }
}

/// Why a measurement gives no figure.
struct Failure: Error, CustomStringConvertible {
    let description: String
}

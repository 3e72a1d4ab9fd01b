import Foundation
import TestKit

/// A running `chancery-fault`.
final class FaultProcess {
    struct Outcome {
        /// Lines that were whole when the process ended.
        let lines: [String]
        let status: Int32
        /// The code of the error that ended it; nil when none did.
        var error: String? {
            lines.last.flatMap { $0.hasPrefix("error ") ? $0.split(separator: " ").dropFirst().first.map(String.init) : nil }
        }
        var acknowledged: [String] { lines.filter { !$0.hasPrefix("error ") } }
    }

    private let process = Process()
    private let output = Pipe()

    init(_ arguments: [String], _ environment: [String: String] = [:]) throws {
        process.executableURL = try Self.binary()
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        try process.run()
    }

    /// Ends the process at once, without warning.
    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

    /// Waits for the first line, which shows that the process is at work.
    func waitForOutput() -> [UInt8] { Array(output.fileHandleForReading.availableData) }

    /// Waits until it has said so many lines, or has ended.
    func waitForLines(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count(where: { $0 == UInt8(ascii: "\n") }) < count {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { break }
            bytes += Array(more)
        }
        return bytes
    }

    /// Waits for the end. `first` is what was read already.
    func outcome(after first: [UInt8] = []) -> Outcome {
        let bytes = first + Array(output.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
        // What follows the last line break was cut, or is empty.
        if !lines.isEmpty { lines.removeLast() }
        return Outcome(lines: lines, status: process.terminationStatus)
    }

    static func run(_ arguments: [String], _ environment: [String: String] = [:]) throws -> Outcome {
        try FaultProcess(arguments, environment).outcome()
    }

    /// Beside the test bundle, which SwiftPM builds into the same folder.
    private static func binary() throws -> URL {
        let candidates = [CommandLine.arguments[0], Bundle.main.executablePath ?? ""].map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("chancery-fault")
        }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let built = ["release", "debug"].map { package.appendingPathComponent(".build/\($0)/chancery-fault") }
        guard let found = (candidates + built).first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
            throw CocoaError(.fileNoSuchFile)
        }
        return found
    }
}

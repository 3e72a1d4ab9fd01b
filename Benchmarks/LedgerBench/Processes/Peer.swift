import ChanceryWire
import Foundation

/// Another implementation in a process of its own, measured between our own measurements.
///
/// One line of JSON asks, one line answers; while nobody asks, it waits and costs nothing.
final class Peer {
    private let process: LineProcess
    private let folder: String

    /// Starts `command` (words separated by spaces) with an empty home inside `folder`.
    init(command: String, in folder: String) throws {
        self.folder = "\(folder)/peer-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
        process = try LineProcess(
            command.split(separator: " ").map(String.init),
            environment: ["HOME": self.folder, "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"])
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// The figure of one measurement.
    ///
    /// - Throws: ``Failure`` with what the peer says when it cannot be measured.
    func measure(_ name: String, _ arguments: JSONObject) throws -> Double {
        var request = arguments
        request["measure"] = .string(name)
        try process.send(CanonicalForm.jcs.encode(request))
        let answer = try JSONParser.parse(process.receive())
        switch answer["value"] {
        case .integer(let value): return Double(value)
        case .double(let value): return value
        default: throw Failure(description: "the peer failed at `\(name)`: \(answer["error"]?.string ?? "no figure")")
        }
    }
}

/// Why a measurement gives no figure.
struct Failure: Error, CustomStringConvertible {
    let description: String
}

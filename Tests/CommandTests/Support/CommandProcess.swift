import Foundation
import TestKit

/// Runs the binary as a user does, in a folder that stands for the user's own.
struct CommandProcess: Sendable {
    struct Outcome: Sendable {
        let status: Int32
        let output: String
        let error: String
        /// What ended the command; nil when nothing did.
        var code: String? {
            let line = error.split(separator: "\n").last { $0.hasPrefix("chancery: ") }
            return line.map { String($0.dropFirst(10).prefix { $0 != ":" }) }
        }
        var lines: [String] { output.split(separator: "\n").map(String.init) }
        var errorLines: [String] { error.split(separator: "\n").map(String.init) }
    }

    let folder: TemporaryFolder
    /// The home, relative to the folder.
    let home: String

    init(_ folder: TemporaryFolder = TemporaryFolder(), home: String = "home") {
        self.folder = folder
        self.home = home
    }

    /// The same user with another home.
    func with(home: String) -> CommandProcess { CommandProcess(folder, home: home) }

    /// Runs `chancery` through a shell, whose `redirection` follows the arguments.
    ///
    /// - Parameters:
    ///   - prelude: shell commands before it, such as limits.
    ///   - isNobody: gives the rights of the superuser up first.
    func run(
        _ arguments: String..., input: [UInt8] = [], redirection: String = "", prelude: String = "", isNobody: Bool = false
    ) throws -> Outcome {
        try run(arguments, input: input, redirection: redirection, prelude: prelude, isNobody: isNobody)
    }

    func run(
        _ arguments: [String], input: [UInt8] = [], redirection: String = "", prelude: String = "", isNobody: Bool = false
    ) throws -> Outcome {
        let scratch = TemporaryFolder()
        try scratch.write(input, to: "in")
        let drop = isNobody && geteuid() == 0 ? "setpriv --reuid=65534 --clear-groups " : ""
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        // Runners of tests ignore signals that users do not, and processes inherit that.
        let signals = "env --default-signal=PIPE,XFSZ "
        process.arguments =
            ["-c", "\(prelude)\n\(signals)\(drop)\"$0\" \"$@\" \(redirection)", try Self.binary().path] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.environment = environment
        let files = try ["out", "err"].map { name in
            try scratch.write([], to: name)
            return try FileHandle(forWritingTo: URL(fileURLWithPath: "\(scratch.path)/\(name)"))
        }
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: "\(scratch.path)/in"))
        process.standardOutput = files[0]
        process.standardError = files[1]
        try process.run()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
            output: String(decoding: try scratch.read("out"), as: UTF8.self),
            error: String(decoding: try scratch.read("err"), as: UTF8.self))
    }

    var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("CHANCERY_") && !$0.key.hasPrefix("PIQRYPT_") && $0.key != "XDG_STATE_HOME"
        }
        environment["HOME"] = folder.path
        environment["CHANCERY_HOME"] = "\(folder.path)/\(home)"
        environment["CHANCERY_STATE"] = "\(folder.path)/state"
        return environment
    }

    /// The folder of the package.
    static let package = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL

    /// Beside the test bundle, which SwiftPM builds into the same folder.
    static func binary() throws -> URL {
        let candidates = [CommandLine.arguments[0], Bundle.main.executablePath ?? ""].map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("chancery")
        }
        let built = ["release", "debug"].map { package.appendingPathComponent(".build/\($0)/chancery") }
        guard let found = (candidates + built).first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
            throw CocoaError(.fileNoSuchFile)
        }
        return found
    }
}

extension CommandProcess {
    /// An agent with unencrypted keys and `events` events.
    static func withAgent(_ events: Int = 0, profile: String = "aiss-2.1") throws -> CommandProcess {
        let chancery = CommandProcess()
        let made = try chancery.run("agent", "register", "a", "--role", "tester", "--insecure-no-passphrase")
        guard made.status == 0 else { throw CocoaError(.featureUnsupported, userInfo: ["error": made.error]) }
        try chancery.stamp(events, profile: profile)
        return chancery
    }

    func stamp(_ events: Int, type: String = "step", profile: String = "aiss-2.1") throws {
        guard events > 0 else { return }
        let lines = (0..<events).map { "{\"event_type\":\"\(type)\",\"n\":\($0)}\n" }.joined()
        let outcome = try run("stamp", "--agent", "a", "--profile", profile, input: Array(lines.utf8))
        guard outcome.status == 0 else { throw CocoaError(.featureUnsupported, userInfo: ["error": outcome.error]) }
    }

    /// How many records of `kind` the store holds.
    func count(_ kind: String) throws -> Int {
        try run("search", "--kind", kind, "--all", "--json").lines.count
    }
}

internal import Foundation

/// A program of another package that a test needs for as long as it holds this.
public final class ChildProcess {
    private let process = Process()

    /// The program's path, or nil where its package is not installed.
    public static func find(_ name: String) -> String? {
        ["/usr/bin/", "/usr/sbin/", "/usr/local/bin/"].map { $0 + name }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    /// Starts `path`, silent, with only `environment` besides the search path.
    public init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = environment.merging(["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"]) { own, _ in own }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// Its exit status, once it has ended.
    public func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    public func stop() {
        guard process.isRunning else { return }
        // Not SIGTERM: children of a test run start with it blocked.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    deinit { stop() }
}

import Foundation

/// The binary that lies beside this one, on a home of its own.
struct Program {
    static let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("chancery").path
    static let agent = "trading_bot"

    let environment: [String: String]

    /// Makes a home with a gate, an agent and the policy `text`.
    init(in folder: String, policy text: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        environment = ProcessInfo.processInfo.environment.merging([
            "CHANCERY_HOME": folder + "/home", "CHANCERY_STATE": folder + "/state",
        ]) { _, own in own }
        let policy = folder + "/policy.yaml"
        try Data(text.utf8).write(to: URL(fileURLWithPath: policy))
        try run("agent", "register", Self.agent, "--role", PolicySample.role, "--insecure-no-passphrase")
        try run("gate", "init", "--insecure-no-passphrase")
        try run("policy", "activate", policy)
    }

    /// Runs a command to its end.
    func run(_ arguments: String...) throws {
        let process = try start(arguments)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: "`chancery \(arguments)` failed") }
    }

    /// Starts a command that goes on until it is ended.
    func start(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.path)
        process.arguments = arguments + ["--quiet"]
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        return process
    }
}

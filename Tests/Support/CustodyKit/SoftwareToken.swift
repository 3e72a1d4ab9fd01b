internal import Foundation

/// Tokens of SoftHSM2 in a temporary folder.
public final class SoftwareToken: Sendable {
    public static let module = [
        "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    ].first { FileManager.default.fileExists(atPath: $0) }
    /// Whether SoftHSM2 is there; tests that need it say so and are skipped.
    public static let isInstalled = module != nil && ChildProcess.find("softhsm2-util") != nil
    public static let pin = "31415926"

    private let folder: String
    private let configuration: String

    /// Makes a token for each label.
    public init(_ labels: [String]) throws {
        folder = NSTemporaryDirectory() + "/hsm-" + UUID().uuidString.prefix(8)
        configuration = folder + "/softhsm2.conf"
        try FileManager.default.createDirectory(atPath: folder + "/tokens", withIntermediateDirectories: true)
        try Data("directories.tokendir = \(folder)/tokens\nobjectstore.backend = file\n".utf8)
            .write(to: URL(fileURLWithPath: configuration))
        for label in labels {
            let status = try run(
                "softhsm2-util",
                ["--init-token", "--free", "--label", label, "--pin", Self.pin, "--so-pin", "27182818"])
            guard status == 0 else { throw CustodyContract.Broken(description: "softhsm2-util ended with \(status)") }
        }
    }

    /// Makes these the tokens of this process. A module reads its configuration once, so there is one such call in a process;
    /// programs get ``setting`` instead.
    public func useInThisProcess() { unsafe _ = setenv("SOFTHSM2_CONF", configuration, 1) }

    /// What a shell does so that its programs see these tokens.
    public var setting: String { "export SOFTHSM2_CONF='\(configuration)';" }

    /// Runs a program on these tokens; its exit status.
    public func run(_ name: String, _ arguments: [String]) throws -> Int32 {
        guard let program = ChildProcess.find(name) else {
            throw CustodyContract.Broken(description: "\(name) is not installed")
        }
        return try ChildProcess(program, arguments, environment: ["SOFTHSM2_CONF": configuration]).wait()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
}

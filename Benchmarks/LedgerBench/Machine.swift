import ChanceryWire
import Foundation

/// What the figures were measured on.
struct Machine {
    let cpu: String
    let cores: Int
    let kernel: String
    /// Of the folder with the homes. On `tmpfs` nothing is durable and no figure of stamping counts.
    let filesystem: String
    let compiler: String

    init(folder: String, compiler: String) {
        cpu =
            Self.lines("/proc/cpuinfo").first { $0.hasPrefix("model name") }?.split(separator: ":").last
            .map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
        cores = ProcessInfo.processInfo.activeProcessorCount
        kernel = Self.lines("/proc/sys/kernel/osrelease").first ?? "unknown"
        filesystem = Self.filesystem(of: URL(fileURLWithPath: folder).resolvingSymlinksInPath().path)
        self.compiler = compiler
    }

    var text: String { "\(cpu), \(cores) cores, Linux \(kernel), \(filesystem), \(compiler)" }

    var json: JSONValue {
        [
            "cpu": .string(cpu), "cores": .integer(Int64(cores)), "kernel": .string(kernel),
            "filesystem": .string(filesystem), "compiler": .string(compiler),
        ]
    }

    /// The type of the longest mount point above `path`.
    private static func filesystem(of path: String) -> String {
        let mounts = lines("/proc/mounts").map { $0.split(separator: " ") }.filter { mount in
            guard mount.count > 2 else { return false }
            return mount[1] == "/" || path == mount[1] || path.hasPrefix("\(mount[1])/")
        }
        return mounts.max { $0[1].count < $1[1].count }.map { String($0[2]) } ?? "unknown filesystem"
    }

    private static func lines(_ path: String) -> [String] {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }
}

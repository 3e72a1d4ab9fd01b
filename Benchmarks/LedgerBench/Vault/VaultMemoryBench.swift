import ChanceryNode
import Foundation

/// The most memory that this process had while it sealed, and while it opened, a file that is larger than any machine's cache.
enum VaultMemoryBench {
    static func run(_ bench: Bench) throws -> [Measurement] {
        let mebibytes = bench.scale.largeVaultMebibytes
        let file = bench.home.file("large")
        // Without blocks: its zeros come from the kernel and take no disk.
        guard FileManager.default.createFile(atPath: file, contents: nil), let handle = FileHandle(forWritingAtPath: file)
        else {
            throw Failure(description: "cannot write \(file)")
        }
        try handle.truncate(atOffset: UInt64(mebibytes) << 20)
        let vault = try BenchVault(in: bench.folder)
        try forgetPeak()
        let entry = try vault.put(file, workers: Vault.cores)
        let sealing = try peak()
        let opening = try vault.open(entry)
        try forgetPeak()
        try Bench.blocking { try await opening.read(BenchVault.path) { _ in } }
        return [
            Measurement(
                "vault.memory.put", "most memory of the process while it seals \(mebibytes >> 10) GiB, all cores", .mebibytes,
                [sealing], target: .atMost(64)),
            Measurement(
                "vault.memory.get", "the same while it opens them", .mebibytes, [try peak()], target: .atMost(64)),
        ]
    }

    /// proc_pid_clear_refs(5): 5 sets the peak to what is resident now.
    private static func forgetPeak() throws {
        try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
    }

    /// `VmHWM` of /proc/self/status, in MiB.
    private static func peak() throws -> Double {
        let lines = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
        let words = lines.first { $0.hasPrefix("VmHWM") }?.split(whereSeparator: \.isWhitespace) ?? []
        guard words.count > 1, let kibibytes = Double(words[1]) else {
            throw Failure(description: "the system does not say how much memory was used")
        }
        return kibibytes / 1024
    }
}

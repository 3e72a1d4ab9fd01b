import Foundation

/// What one synchronised write costs on the disk of the homes: the limit of every caller that waits for each event.
enum DiskBench {
    static func run(_ bench: Bench) throws -> [Measurement] {
        let path = bench.home.file("disk")
        let samples = try bench.rounds { try flush(path) }
        return [Measurement("disk.sync", "append 4 KiB and fsync", .milliseconds, samples)]
    }

    /// Milliseconds that one such write takes, the median of a hundred.
    static func flush(_ path: String) throws -> Double {
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path) else {
            throw Failure(description: "cannot write \(path)")
        }
        let page = Data(repeating: 0x61, count: 4096)
        return try medianMicroseconds(100) { _ in
            try file.write(contentsOf: page)
            try file.synchronize()
        } / 1000
    }
}

import Foundation

/// What one synchronised write costs on the disk of the homes: the limit of every caller that waits for each event.
enum DiskBench {
    static func run(_ bench: Bench) throws -> [Measurement] {
        let path = bench.home.file("disk")
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path) else {
            throw Failure(description: "cannot write \(path)")
        }
        let page = Data(repeating: 0x61, count: 4096)
        let samples = try bench.rounds {
            let times = try (0..<100).map { _ in
                try seconds {
                    try file.write(contentsOf: page)
                    try file.synchronize()
                }
            }
            return times.sorted()[times.count / 2] * 1000
        }
        return [Measurement("disk.sync", "append 4 KiB and fsync", .milliseconds, samples)]
    }
}

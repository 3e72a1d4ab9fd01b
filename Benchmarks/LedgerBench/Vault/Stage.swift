import ChanceryWire
import Foundation

/// The content of a measurement, and where it is sealed to.
final class Stage {
    let bytes: Int
    /// Where homes and the peers' files go.
    let folder: String
    let file: String
    private let bench: Bench
    private let room: String
    private var isOwner = true

    var size: String { bytes >= 1 << 30 ? "\(bytes >> 30) GiB" : "\(bytes >> 20) MiB" }

    /// Writes content that does not repeat, and reads it once.
    init(_ bench: Bench, inMemory: Bool) throws {
        self.bench = bench
        bytes = bench.scale.vaultMebibytes << 20
        room = "\(inMemory && Self.hasRoom(3 * bytes) ? Self.memory : bench.folder)/vault-bench-\(UUID().uuidString)"
        folder = room
        file = "\(room)/content"
        try FileManager.default.createDirectory(atPath: room, withIntermediateDirectories: true)
        try Self.fill(file, bytes)
    }

    private init(_ whole: Stage, bytes: Int) throws {
        (bench, room, folder, self.bytes) = (whole.bench, whole.room, whole.folder, bytes)
        file = "\(room)/content-\(bytes)"
        isOwner = false
        if !FileManager.default.fileExists(atPath: file) { try Self.fill(file, bytes) }
    }

    deinit { if isOwner { try? FileManager.default.removeItem(atPath: room) } }

    /// For a peer that holds everything in memory, several times.
    var smaller: Stage { get throws { try Stage(self, bytes: bench.scale.smallVaultMebibytes << 20) } }

    private static let memory = "/dev/shm"

    private static func hasRoom(_ bytes: Int) -> Bool {
        var status = statvfs()
        guard unsafe statvfs(memory, &status) == 0 else { return false }
        return Int(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize)) > bytes
    }

    private static func fill(_ path: String, _ count: Int) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path) else {
            throw Failure(description: "cannot write \(path)")
        }
        var state: UInt64 = 1
        for _ in 0..<count >> 20 {
            let words = (0..<1 << 17).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return state
            }
            try file.write(contentsOf: unsafe words.withUnsafeBytes { unsafe Data($0) })
        }
        try file.close()
    }

    /// Gigabytes a second.
    func rate(_ seconds: Double) -> Double { Double(bytes) / seconds / 1e9 }

    /// Measures `ours` and one of the peer's measurements in turns.
    ///
    /// - Parameter ours: gives the seconds for the content.
    func compare(
        _ id: String, _ title: String, _ target: Measurement.Target?, _ program: String, _ measure: String,
        _ ours: (String) throws -> Double
    ) throws -> Measurement {
        let isHere = try has(program)
        var (mine, theirs): ([Double], [Double]) = ([], [])
        for _ in 0..<bench.scale.rounds {
            mine.append(try rate(ours(file)))
            if isHere { theirs.append(try ask(measure) / 1e9) }
        }
        return Measurement("vault.\(id)", title, .gigabytesPerSecond, mine, peer: theirs, target: target)
    }

    /// Lets the peer make what it reads in `compare`.
    func prepare(_ program: String, _ measure: String) throws { if try has(program) { _ = try ask(measure) } }

    /// Seconds to write the content and sync it.
    func secondsToCopy() throws -> Double {
        let target = "\(room)/copy"
        defer { try? FileManager.default.removeItem(atPath: target) }
        guard FileManager.default.createFile(atPath: target, contents: nil), let out = FileHandle(forWritingAtPath: target),
            let source = FileHandle(forReadingAtPath: file)
        else { throw Failure(description: "cannot write \(target)") }
        return try seconds {
            while let part = try source.read(upToCount: 1 << 20), !part.isEmpty { try out.write(contentsOf: part) }
            try out.synchronize()
        }
    }

    private func has(_ program: String) throws -> Bool {
        guard let peer = bench.peer else { return false }
        let isHere = try peer.measure("has", ["peer": .string(program)]) == 1
        if !isHere { FileHandle.standardError.write(Data("\(program) is not here; its figures are left out\n".utf8)) }
        return isHere
    }

    private func ask(_ measure: String) throws -> Double {
        guard let peer = bench.peer else { throw Failure(description: "there is no peer") }
        return try peer.measure(
            measure,
            [
                "bytes": .integer(Int64(bytes)), "file": .string(file), "out": .string("\(room)/peer-sealed-\(bytes)"),
                "sync": .bool(!room.hasPrefix(Self.memory)),
            ])
    }
}

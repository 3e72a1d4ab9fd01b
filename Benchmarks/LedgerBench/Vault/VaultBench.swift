import ChanceryNode
import ChanceryVault
import ChanceryWire
import Foundation

/// Sealing and opening of one large file, in turns with programs that encrypt files.
///
/// Content lies in the page cache. What is sealed goes to memory (`/dev/shm`) where there is room, so that the figure is not that
/// of the disk; ``disk(_:)`` says what the disk makes of it.
enum VaultBench {
    static func put(_ bench: Bench) throws -> [Measurement] {
        let stage = try Stage(bench, inMemory: true)
        let vault = try BenchVault(in: stage.folder)
        return [
            try stage.compare("put.one", "seal \(stage.size), one core (peer: age)", .atLeast(1.0), "age", "age_put") {
                try vault.secondsToPut($0, workers: 1)
            },
            try stage.compare("put.all", "seal \(stage.size), all cores (peer: pyrage)", nil, "pyrage", "pyrage_put") {
                try vault.secondsToPut($0, workers: Vault.cores)
            },
            try stage.smaller.compare(
                "put.small", "seal \(stage.smaller.size), one core (peer: pqc-enclave-sdk, which keeps it in memory)", nil,
                "pqc_enclave_sdk", "enclave_put"
            ) { try vault.secondsToPut($0, workers: 1) },
        ]
    }

    static func get(_ bench: Bench) throws -> [Measurement] {
        let stage = try Stage(bench, inMemory: true)
        let vault = try BenchVault(in: stage.folder)
        func opening(_ stage: Stage) throws -> VaultOpening { try vault.open(vault.put(stage.file, workers: Vault.cores)) }
        let (whole, small) = (try opening(stage), try opening(stage.smaller))
        try stage.prepare("age", "age_put")
        let one = try stage.compare(
            "get.one", "open \(stage.size), tree checked, one core (peer: age)", .atLeast(1.2), "age", "age_get"
        ) { _ in try secondsToRead(whole, workers: 1) }
        try stage.prepare("pyrage", "pyrage_put")
        return [
            one,
            try stage.compare(
                "get.all", "open \(stage.size), tree checked, all cores (peer: pyrage)", nil, "pyrage", "pyrage_get"
            ) { _ in try secondsToRead(whole, workers: Vault.cores) },
            try stage.smaller.compare(
                "get.small", "open \(stage.smaller.size), tree checked, one core (peer: pqc-enclave-sdk)", nil,
                "pqc_enclave_sdk", "enclave_get"
            ) { _ in try secondsToRead(small, workers: 1) },
        ]
    }

    /// The same on the disk of the homes, synced.
    static func disk(_ bench: Bench) throws -> [Measurement] {
        let stage = try Stage(bench, inMemory: false)
        let vault = try BenchVault(in: stage.folder)
        let raw = try bench.rounds { try stage.rate(stage.secondsToCopy()) }
        return [
            Measurement(
                "vault.disk.copy", "write \(stage.size) to the disk and sync, nothing sealed", .gigabytesPerSecond, raw),
            try stage.compare(
                "disk", "seal \(stage.size) on the disk, durable, all cores (peer: age, synced)", nil, "age", "age_put"
            ) { try vault.secondsToPut($0, workers: Vault.cores) },
        ]
    }

    /// Short reads anywhere inside one opening: their chunks are read, opened, and checked by their paths.
    static func read(_ bench: Bench) throws -> [Measurement] {
        let stage = try Stage(bench, inMemory: false)
        let vault = try BenchVault(in: stage.folder)
        let opening = try vault.open(vault.put(stage.file, workers: Vault.cores))
        let (size, count) = (UInt64(stage.bytes), bench.scale.randomReads)
        var (middle, slow): ([Double], [Double]) = ([], [])
        var place: UInt64 = 7
        for _ in 0..<bench.scale.rounds {
            var places: [UInt64] = []
            for _ in 0..<count {
                place = place &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                places.append(place >> 11 % (size - 4096))
            }
            let times = try Bench.blocking { [places] in
                let clock = ContinuousClock()
                var times: [Double] = []
                for place in places {
                    let start = clock.now
                    let bytes = try await opening.bytes(place..<place + 4096, of: BenchVault.path)
                    times.append((clock.now - start) / .microseconds(1))
                    guard bytes.count == 4096 else { throw Failure(description: "a read gave \(bytes.count) bytes") }
                }
                return times.sorted()
            }
            middle.append(times[times.count / 2])
            slow.append(times[times.count * 99 / 100])
        }
        return [
            Measurement(
                "vault.read.p50", "read 4 KiB anywhere in \(stage.size), tree checked, p50", .microseconds, middle,
                target: .atMost(150)),
            Measurement("vault.read.p99", "the same, p99", .microseconds, slow),
        ]
    }

    /// New wrapping keys for many artifacts, on the disk of the homes, durable.
    static func rewrap(_ bench: Bench) throws -> [Measurement] {
        let stage = try Stage(bench, inMemory: false)
        let vault = try BenchVault(in: stage.folder)
        let count = bench.scale.rewrappedArtifacts
        return [
            Measurement(
                "vault.rewrap", "re-wrap \(count) artifacts, durable", .seconds,
                try bench.rounds { try vault.secondsToRewrap(count) },
                target: count == 10_000 ? .atMost(10) : nil)
        ]
    }

    private static func secondsToRead(_ opening: VaultOpening, workers: Int) throws -> Double {
        try seconds {
            try Bench.blocking { try await opening.read(BenchVault.path, workers: workers) { _ in } }
        }
    }
}

import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChanceryVault
import ChanceryWire
import Foundation

/// A vault of a home of its own, unlocked, with one agent that may read everything.
final class BenchVault {
    static let path: FilePath = {
        do { return try FilePath("model.bin") } catch { preconditionFailure("the path is well-formed") }
    }()

    private static let reader = "did:pqaid:" + String(repeating: "b1", count: 32)
    private let home: BenchHome
    private let vault: Vault
    private let caller: AuthenticatedCaller

    /// - Parameter folder: where the home is made.
    init(in folder: String) throws {
        home = try BenchHome(in: folder)
        let identity = try home.identity("vault")
        let files = try VaultFolder(
            path: home.file("vault"), statePath: home.file("state"), store: home.store.storeID())
        let backend = MemoryBackend()
        try Vault.create(
            identity: identity, store: home.store, registry: home.registry, files: files, backend: backend, now: home.time)
        vault = try Vault(
            identity: identity, store: home.store, registry: home.registry, files: files, authority: nil, now: home.time,
            monotonic: { Int64(clamping: DispatchTime.now().uptimeNanoseconds / 1_000_000) })
        try vault.unlock(backend, by: "bench")
        try vault.setPolicy(AccessPolicy([AccessRule(.modelWeights, bundles: ["bench"], rights: [.read])]), by: "bench")
        caller = try AuthenticatedCaller(principal: Self.reader, bundle: "bench")
    }

    func put(_ file: String, workers: Int) throws -> CatalogueEntry {
        let new = try Vault.NewArtifact(
            name: ArtifactName("model"), kind: .modelWeights, tier: .open, metadata: ArtifactMetadata(created: home.now))
        return try vault.put(
            new, files: [(Self.path, PlainFile(file))], by: "bench", options: Vault.PutOptions(workers: workers))
    }

    /// Seconds that sealing `file` as a new artifact takes; it is removed afterwards.
    func secondsToPut(_ file: String, workers: Int) throws -> Double {
        var entry: CatalogueEntry?
        let time = try seconds { entry = try put(file, workers: workers) }
        if let entry { try vault.delete(entry.artifact, by: "bench") }
        return time
    }

    /// Seconds that giving every one of `count` artifacts a new wrapping key takes, durably.
    func secondsToRewrap(_ count: Int) throws -> Double {
        let known = try vault.catalogue { $0.live.count }
        let (vault, now) = (vault, home.now)
        _ = try Parallel.map(
            Array(known..<max(known, count)), chunk: 8,
            throwing: { (_, number) in
                let new = try Vault.NewArtifact(
                    name: ArtifactName("a\(number)"), kind: .modelWeights, tier: .open,
                    metadata: ArtifactMetadata(created: now))
                return try vault.put(new, files: [(Self.path, BytesContent([1]))], by: "bench")
            })
        let versions = try vault.catalogue { $0.live }
        return try seconds {
            guard try vault.rewrap(versions, by: "bench").count == count else {
                throw Failure(description: "not every artifact was re-wrapped")
            }
        }
    }

    func open(_ entry: CatalogueEntry) throws -> VaultOpening {
        _ = try vault.grant(entry, to: Self.reader, lifetime: 86_400, by: "bench")
        let (vault, caller) = (vault, caller)
        return try Bench.blocking { try await vault.open(entry, by: caller) }
    }
}

/// A file as it lies on the disk.
private final class PlainFile: VaultContent {
    private let file: FileHandle

    init(_ path: String) throws { file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path)) }

    func read(into buffer: inout MutableSpan<UInt8>) throws -> Int {
        let descriptor = file.fileDescriptor
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe Foundation.read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw Failure(description: "a file of the benchmark cannot be read") }
        return count
    }
}

import ChanceryAPI
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Foundation
import TestKit
import Testing

/// The promise of ``NonceStore``, kept by the store on disk.
struct NonceStoreTests {
    private let folder = TemporaryFolder()
    private var path: String { folder.path + "/requests.sqlite" }
    private static let start = SampleKeys.time(1000)

    private func open(mayBeNew: Bool = true, limit: Int = 1000) throws -> SQLiteNonceStore {
        try SQLiteNonceStore(path: path, mayBeNew: mayBeNew, at: Self.start, limit: limit)
    }

    private func time(_ seconds: Int64) -> UTCTime { Self.start.advanced(bySeconds: seconds) }

    /// A use of nonce `number` that is fresh for `seconds` from the start on.
    private func use(_ number: UInt8, by key: String = "a", until seconds: Int64 = 300) throws -> NonceUse {
        try NonceUse(
            keyID: key, nonce: RequestNonce([UInt8](repeating: number, count: 16)), until: time(seconds))
    }

    @Test func `of many who use one nonce at once exactly one is first`() async throws {
        let store = try open()
        let use = try use(1)
        let results = try await withThrowingTaskGroup(of: NonceInsertion.self) { group in
            for _ in 0..<16 { group.addTask { try await store.insert(use, at: Self.start) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count { $0 == .inserted } == 1 && results.count { $0 == .seen } == 15)
        #expect(try await store.insert(self.use(1, by: "b"), at: Self.start) == .inserted, "another key's nonces are its own")
    }

    @Test func `a restart forgets nothing`() async throws {
        #expect(try await open().insert(use(1), at: Self.start) == .inserted)
        #expect(try await open(mayBeNew: false).insert(use(1), at: Self.start) == .seen)
        #expect(try await open(mayBeNew: false).insert(use(2), at: Self.start) == .inserted)
    }

    @Test func `a store whose file is gone takes nothing that it may have seen`() async throws {
        _ = try await open().insert(use(1), at: Self.start)
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        let store = try open(mayBeNew: false)
        #expect(try await store.insert(use(1), at: Self.start) == .full)
        let window = SQLiteNonceStore.longestWindow
        #expect(try await store.insert(use(2, until: window - 1), at: Self.start) == .full)
        #expect(try await store.insert(use(2, until: window + 300), at: time(window)) == .inserted)
    }

    @Test func `a crash while a lost file is made anew brings its memory back no sooner`() async throws {
        try Data().write(to: URL(fileURLWithPath: path))
        #expect(try await open(mayBeNew: false).insert(use(1), at: Self.start) == .full)
        #expect(try await open(mayBeNew: false).insert(use(1), at: Self.start) == .full, "nor does another start")
    }

    @Test func `at its limit a store forgets what is over and nothing else`() async throws {
        let store = try open(limit: 2)
        #expect(try await store.insert(use(1, until: 10), at: Self.start) == .inserted)
        #expect(try await store.insert(use(2, until: 300), at: Self.start) == .inserted)
        #expect(try await store.insert(use(3), at: time(10)) == .full, "the first is still fresh")
        #expect(try await store.insert(use(3), at: time(11)) == .inserted)
        #expect(try await store.insert(use(2, until: 300), at: time(11)) == .seen)
        // Setting the clock back does not revive what was forgotten.
        #expect(try await store.insert(use(1, until: 10), at: Self.start) == .full)
    }

    @Test func `its file is its owner's alone`() throws {
        _ = try open()
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }
}

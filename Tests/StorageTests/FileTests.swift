import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import Foundation
import Synchronization
import TestKit
import Testing

struct AtomicFileTests {
    private let folder = TemporaryFolder()
    private var path: String { folder.path + "/file" }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func `what is written is read, by its owner alone, and leaves nothing beside it`() throws {
        for bytes in [[], [1, 2, 3], [UInt8](repeating: 7, count: 300_000)] as [[UInt8]] {
            try AtomicFile.write(bytes, to: path, replacing: true)
            #expect(try AtomicFile.read(path) == bytes)
            #expect(folder.files() == ["file"])
        }
        #expect(try mode(path) == 0o600)
    }

    @Test func `an existing file is not overwritten`() throws {
        try AtomicFile.write([1], to: path)
        #expect(code { try AtomicFile.write([2], to: path) } == "node.already_exists")
        #expect(try AtomicFile.read(path) == [1])
        #expect(folder.files() == ["file"])
    }

    @Test func `of many writers of one name one wins`() async throws {
        let path = path
        let won = await inParallel(Array(0..<16)) { number -> UInt8? in
            (try? AtomicFile.write([UInt8(number)], to: path)).map { UInt8(number) }
        }
        #expect(won.count == 1)
        #expect(try AtomicFile.read(path) == won)
        #expect(folder.files() == ["file"])
    }

    @Test func `a failed write leaves nothing`() {
        #expect(code { try AtomicFile.write([1], to: folder.path + "/none/file") } == "store.unavailable")
        #expect(code { try AtomicFile.write([1], to: folder.path, replacing: true) } == "store.unavailable")
        #expect(folder.files() == [])
    }

    @Test func `a missing, a long and an unreadable file are told apart`() throws {
        #expect(code { _ = try AtomicFile.read(path) } == "node.not_found")
        try AtomicFile.write([UInt8](repeating: 0, count: 11), to: path)
        #expect(code { _ = try AtomicFile.read(path, limit: 10) } == "wire.too_long")
        #expect(code { _ = try AtomicFile.read(folder.path) } == "store.unavailable")
    }

    @Test func `folders are made with all above them, for their owner alone`() throws {
        let deep = folder.path + "/a/b/c"
        try AtomicFile.makeFolder(deep)
        try AtomicFile.makeFolder(deep)
        #expect(try mode(deep) == 0o700 && mode(folder.path + "/a") == 0o700)
        try AtomicFile.write([1], to: path)
        #expect(code { try AtomicFile.makeFolder(path + "/x") } == "store.unavailable")
    }
}

struct IdentityFolderTests {
    private let folder = TemporaryFolder()
    private var files: IdentityFolder { IdentityFolder(path: folder.path + "/identities") }

    @Test func `an identity has both files or is not there`() throws {
        #expect(try files.names() == [] && files.documents(of: "a") == [] && files.keyFile(of: "a", number: 0) == nil)
        try files.create("a", document: [1], keyFile: [2])
        #expect(try files.names() == ["a"] && files.documents(of: "a") == [[1]] && files.keyFile(of: "a", number: 0) == [2])
        #expect(folder.files() == ["identities/a/document-0.json", "identities/a/keys-0.chkf"])
    }

    @Test func `an identity is not overwritten, nor is any of its files`() throws {
        try files.create("a", document: [1], keyFile: [2])
        #expect(code { try files.create("a", document: [3], keyFile: [4]) } == "node.already_exists")
        #expect(code { try files.addDocument([3], of: "a", number: 0) } == "node.already_exists")
        #expect(code { try files.writeKeyFile([3], of: "a", number: 0, replacing: false) } == "node.already_exists")
        #expect(try files.documents(of: "a") == [[1]] && files.keyFile(of: "a", number: 0) == [2])
        try files.writeKeyFile([5], of: "a", number: 0, replacing: true)
        #expect(try files.keyFile(of: "a", number: 0) == [5])
        #expect(folder.files().count == 2)
    }

    @Test func `documents are listed in order and end at a gap`() throws {
        try files.create("a", document: [0], keyFile: [1])
        for number in [1, 2, 4] as [Int64] { try files.addDocument([UInt8(number)], of: "a", number: number) }
        #expect(try files.documents(of: "a") == [[0], [1], [2]])
    }

    @Test func `what a crash left of a key goes with it, and nothing of another identity`() throws {
        let manager = FileManager.default
        let root = folder.path + "/identities"
        for stray in ["a/keys-0.chkf.77.5.tmp", ".a.12.34/keys-0.chkf", ".a.b.12.34/keys-0.chkf", ".a.b.lock"] {
            let path = root + "/" + stray
            try manager.createDirectory(atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data([1]).write(to: URL(fileURLWithPath: path))
        }
        try files.removeKeyFile(of: "a", number: 0)
        #expect(try manager.contentsOfDirectory(atPath: root + "/a").filter { $0.hasPrefix("keys") } == [])
        #expect(Set(try manager.contentsOfDirectory(atPath: root)).isSuperset(of: [".a.b.12.34", ".a.b.lock"]))
        #expect(!manager.fileExists(atPath: root + "/.a.12.34"))
    }

    @Test func `a removed key is gone, and removing it again is no error`() throws {
        try files.create("a", document: [1], keyFile: [2])
        try files.removeKeyFile(of: "a", number: 0)
        try files.removeKeyFile(of: "a", number: 0)
        #expect(try files.keyFile(of: "a", number: 0) == nil && files.documents(of: "a") == [[1]])
    }

    @Test func `one at a time changes the keys of a name`() async throws {
        let files = files
        let counter = Counter()
        let overlaps = await inParallel(Array(0..<20)) { _ -> Bool? in
            try? files.exclusively("a") {
                let inside = counter.enter()
                usleep(500)
                counter.leave()
                return inside
            } ? true : nil
        }
        #expect(overlaps.isEmpty)
        #expect(try files.names() == [])
    }
}

/// Notices when two are inside at once.
private final class Counter: Sendable {
    private let inside = Mutex(0)

    /// Whether somebody else is inside.
    func enter() -> Bool {
        inside.withLock {
            $0 += 1
            return $0 > 1
        }
    }

    func leave() { inside.withLock { $0 -= 1 } }
}

struct LogFolderTests {
    private let folder = TemporaryFolder()
    private var files: LogFolder {
        LogFolder(path: folder.path + "/log", privatePath: folder.path + "/private", highWaterPath: folder.path + "/state")
    }

    private func plan(_ count: Int) throws -> TilePlan {
        try TilePlan(from: .empty, appending: (0..<count).map { Array("entry \($0)".utf8) }, reader: MemoryTiles())
    }

    @Test func `tiles come back, partial ones also from their full form`() throws {
        for file in try plan(256).files { try files.write(file) }
        for coordinate in TileCoordinate.all(size: 256) {
            #expect(try files.tile(coordinate) == plan(256).files.first { $0.coordinate == coordinate }?.bytes)
        }
        let partial = try TileCoordinate(.hashes(level: 0), index: 0, width: 3)
        #expect(try files.tile(partial).prefix(96) == plan(3).files.first { $0.coordinate == partial }.map { $0.bytes[...] })
    }

    @Test(arguments: [3, 256])
    func `a tile with other bytes is refused and stays`(count: Int) throws {
        for file in try plan(count).files { try files.write(file) }
        let before = try folder.files().map { try folder.read($0) }
        for file in try plan(count).files {
            try files.write(file)
            let other = TileFile.damaged(file)
            #expect(code { try files.write(other) } == "store.corrupt", "\(file.coordinate.path)")
        }
        #expect(try folder.files().map { try folder.read($0) } == before)
    }

    @Test func `keys are never overwritten, checkpoints are`() throws {
        for bytes in [[1], [2]] as [[UInt8]] { try files.write(bytes, as: .checkpoint) }
        #expect(try files.read(.checkpoint) == [2])
        try files.write([1], as: .keyFile)
        #expect(code { try files.write([2], as: .keyFile) } == "node.already_exists")
        #expect(try files.read(.keyFile) == [1])
        #expect(folder.files() == ["log/checkpoint", "private/log.key"])
    }

    @Test func `a retired log leaves room for the next and keeps the old files aside`() throws {
        try files.write([1], as: .keyFile)
        try files.write([2], as: .verifierKeys)
        try files.write([3], as: .checkpoint)
        try files.retire([])
        #expect(try LogFile.allCases.allSatisfy { try files.read($0) == nil })
        #expect(folder.files().count == 3 && folder.files().allSatisfy { $0.contains(".retired-") })
        try files.retire([])
    }

    private let store = StoreID.random()

    private func mark(_ count: Int, _ origin: String, of other: StoreID? = nil) throws -> HighWaterMark {
        HighWaterMark(origin: origin, store: other ?? store, head: try plan(count).new, generation: Int64(count))
    }

    private func marks(_ origin: String?, _ store: StoreID) throws -> [HighWaterMark] {
        try files.marks(of: origin, store: store).map { try $0.content.get() }.sorted { $0.head.size < $1.head.size }
    }

    @Test func `marks are kept for each origin and store, and found by either`() throws {
        let other = StoreID.random()
        #expect(try files.marks(of: "a", store: store).isEmpty)
        for mark in [try mark(3, "a"), try mark(4, "b"), try mark(5, "a"), try mark(6, "a", of: other)] {
            try files.setMark(mark)
        }
        #expect(try marks("a", store) == [mark(4, "b"), mark(5, "a"), mark(6, "a", of: other)])
        #expect(try marks(nil, store) == [mark(4, "b"), mark(5, "a")])
        #expect(try marks("b", other) == [mark(4, "b"), mark(6, "a", of: other)])
        #expect(try marks(nil, .random()) == [])
        try files.retire(files.marks(of: nil, store: other))
        #expect(try marks("a", store) == [mark(4, "b"), mark(5, "a")])
    }

    @Test func `a damaged high-water mark is an error, never an absent one`() throws {
        let right = try mark(3, "a")
        try files.setMark(right)
        let name = try #require(folder.files().first)
        let golden = try folder.read(name)
        for flip in bitFlips(of: golden, thinning: 1000) {
            try folder.write(golden.flipping(flip.byte, flip.bit), to: name)
            let found = try files.marks(of: "a", store: store)
            // A digit can become another digit: then the mark differs, and the guard refuses.
            #expect(found.count == 1 && (try? found.first?.content.get()) != right, "byte \(flip.byte) bit \(flip.bit)")
        }
        for count in 0..<golden.count {
            try folder.write(Array(golden[..<count]), to: name)
            #expect(throws: (any Error).self) { try files.marks(of: "a", store: store).first?.content.get() }
        }
    }

    @Test func `the files under tile are listed, whatever they hold, and those set aside by a write are not`() throws {
        #expect(try files.tiles() == [])
        for file in try plan(3).files { try files.write(file) }
        try AtomicFile.write([1], to: folder.path + "/log/tile/stray")
        try AtomicFile.write([1], to: folder.path + "/log/tile/0/000.p/4.77.1.tmp")
        #expect(try files.tiles() == ["tile/0/000.p/3", "tile/entries/000.p/3", "tile/stray"])
    }

    @Test func `one at a time signs`() async throws {
        let files = files
        let counter = Counter()
        let overlaps = await inParallel(Array(0..<10)) { _ -> Bool? in
            try? files.exclusively {
                let inside = counter.enter()
                usleep(500)
                counter.leave()
                return inside
            } ? true : nil
        }
        #expect(overlaps.isEmpty)
    }
}

extension TileFile {
    /// The same place with one bit changed.
    fileprivate static func damaged(_ file: TileFile) -> TileFile {
        TileFile(coordinate: file.coordinate, bytes: file.bytes.flipping(file.bytes.count - 1, 0))
    }
}

struct FileLockTests {
    @Test func `a lock that somebody holds for too long is store busy`() throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/lock"
        do {
            let held = try FileLock(path)
            let refusal = code { _ = try FileLock(path, timeout: .milliseconds(50)) }
            #expect(refusal == "store.busy")
            withExtendedLifetime(held) {}
        }
        _ = try FileLock(path, timeout: .milliseconds(50))
    }
}

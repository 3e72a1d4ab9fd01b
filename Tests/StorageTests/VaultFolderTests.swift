import ChanceryNode
import ChanceryStorage
import ChanceryVault
import ChanceryWire
import Foundation
import Synchronization
import TestKit
import Testing

/// Reads on a thread of its own, which no other test keeps busy.
private final class Reader: Sendable {
    private let bytes = Mutex<[UInt8]?>(nil)
    private let began = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    func start(_ read: @escaping @Sendable () -> [UInt8]?) {
        Thread.detachNewThread { [self] in
            began.signal()
            let found = read()
            bytes.withLock { $0 = found }
            ended.signal()
        }
        began.wait()
    }

    func found() -> [UInt8]? {
        ended.wait()
        return bytes.withLock { $0 }
    }
}

struct VaultFolderFileTests {
    private let scene: VaultScene

    init() throws { scene = try VaultScene() }

    @Test func `small files are absent, then whole, and their owner's alone`() throws {
        for (file, path) in scene.smallFiles {
            #expect(try scene.files.read(file) == nil)
            for bytes in [[], [1, 2, 3], [UInt8](repeating: 7, count: 3_000_000)] as [[UInt8]] {
                try scene.files.write(bytes, as: file, replacing: true)
                #expect(try scene.files.read(file) == bytes)
            }
            #expect(code { try scene.files.write([9], as: file, replacing: false) } == "node.already_exists")
            #expect(try scene.files.read(file)?.count == 3_000_000)
            #expect(try scene.mode(path) == 0o600)
            #expect(try scene.mode((path as NSString).deletingLastPathComponent) == 0o700)
        }
        #expect(scene.listed() == scene.smallFiles.map(\.path).sorted())
        for (file, _) in scene.smallFiles {
            try scene.files.erase(file)
            #expect(try scene.files.read(file) == nil)
            try scene.files.erase(file)
            try scene.files.write([4], as: file, replacing: false)
            #expect(try scene.files.read(file) == [4])
        }
    }

    @Test func `erasing overwrites the bytes, and those a crash left aside`() throws {
        for (file, path) in scene.smallFiles {
            try scene.files.write([UInt8](repeating: 7, count: 1_500_000), as: file, replacing: false)
            try scene.folder.write([1, 2, 3], to: path + ".77.5.tmp")
            let held = try [path, path + ".77.5.tmp"].map(scene.hold)
            try scene.files.erase(file)
            #expect(try scene.folder.read(held[0]) == [UInt8](repeating: 0, count: 1_500_000), "\(path)")
            #expect(try scene.folder.read(held[1]) == [0, 0, 0], "\(path)")
        }
        #expect(scene.listed().allSatisfy { $0.hasPrefix("held-") })
    }

    @Test func `a replaced file that holds keys is overwritten`() throws {
        for (file, path) in scene.smallFiles {
            try scene.files.write([1, 2, 3], as: file, replacing: false)
            let held = try scene.hold(path)
            try scene.files.write([4], as: file, replacing: true)
            let holdsKeys = ["roots", "seeds", "keyring"].contains { path.contains($0) }
            #expect(try scene.folder.read(held) == (holdsKeys ? [0, 0, 0] : [1, 2, 3]), "\(path)")
            #expect(try scene.files.read(file) == [4])
        }
    }

    @Test func `readers see a file whole or absent while it is replaced and erased`() async throws {
        let (files, file) = (scene.files, scene.keyring)
        let seen = await inParallel(Array(0..<2)) { lane -> Set<[UInt8]>? in
            var seen: Set<[UInt8]> = []
            for number in 0..<150 {
                if lane == 0 {
                    try? files.write([UInt8](repeating: UInt8(1 + number % 9), count: 20_000), as: file, replacing: true)
                    if number % 10 == 9 { try? files.erase(file) }
                } else if let bytes = try? files.read(file) {
                    seen.insert(bytes)
                }
            }
            return seen
        }
        for bytes in seen.joined() { #expect(bytes.count == 20_000 && bytes[0] != 0 && Set(bytes).count == 1) }
    }

    @Test func `a reader who had to wait reads what has the name by then`() throws {
        let (files, file) = (scene.files, VaultFile.manifest(scene.artifact, version: 1))
        try files.write([1], as: file, replacing: false)
        let reader = Reader()
        do {
            let held = try FileLock("\(scene.folder.path)/\(scene.version)/manifest.json")
            reader.start { try? files.read(file) }
            usleep(100_000)
            try files.write([2], as: file, replacing: true)
            withExtendedLifetime(held) {}
        }
        #expect(reader.found() == [2])
    }

    @Test func `a file of more than 16 MiB is refused`() throws {
        #expect(
            code { try scene.files.write([UInt8](repeating: 0, count: (16 << 20) + 1), as: .throttle, replacing: true) }
                == "wire.too_long")
        try scene.files.write([UInt8](repeating: 0, count: 16 << 20), as: .throttle, replacing: true)
        #expect(try scene.files.read(.throttle)?.count == 16 << 20)
        #expect(unsafe truncate(scene.folder.path + "/vault/throttle", (16 << 20) + 1) == 0)
        #expect(code { _ = try scene.files.read(.throttle) } == "wire.too_long")
    }

    @Test func `names that are none are refused`() throws {
        #expect(code { try scene.files.write([1], as: .policy([1, 2]), replacing: true) } == "vault.invalid_name")
        #expect(code { _ = try scene.draft([]).create(.body, index: -1) } == "vault.no_file")
    }

    @Test func `files that hold keys are listed, and strays are not`() throws {
        #expect(try scene.files.keyFiles() == [])
        let keys = try ["5e", "01", "ff"].map { try VaultKeyID("dk_" + String(repeating: $0, count: 16)) }
        let files =
            try keys.map(VaultFile.seed) + [.root(VaultKeyID("rk_" + String(repeating: "02", count: 16))), scene.keyring]
        for file in files + [.manifest(scene.artifact, version: 1)] { try scene.files.write([1], as: file, replacing: false) }
        for stray in ["x.json", "\(keys[0].text).json.77.1.tmp", keys[0].text, keys[0].text.uppercased() + ".json"] {
            try scene.folder.write([1], to: "vault/seeds/" + stray)
        }
        for stray in ["keyring.json", "keyring-07.json", "keyring--7.json", "keyring-x.json"] {
            try scene.folder.write([1], to: scene.version + "/" + stray)
        }
        let found = try scene.files.keyFiles()
        #expect(Set(found) == Set(files) && found.count == files.count)
    }

    @Test(arguments: [3, 40]) func `many files are written and erased as one by one`(count: Int) throws {
        let keys = try (0..<count).map { try VaultKeyID("dk_" + Hex.encode([UInt8](repeating: UInt8($0), count: 16))) }
        for round in [UInt8(1), 2] { try scene.files.write(keys.map { (.seed($0), [round, round]) }) }
        #expect(try keys.allSatisfy { try scene.files.read(.seed($0)) == [2, 2] })
        #expect(scene.listed().count == count)
        let held = try scene.hold("vault/seeds/\(keys[0].text).json")
        // What is replaced is overwritten too.
        try scene.files.write(keys.map { (.seed($0), [3]) })
        #expect(try scene.folder.read(held) == [0, 0])
        let last = try scene.hold("vault/seeds/\(keys[1].text).json")
        try scene.files.erase([.keyring(scene.artifact, version: 1, counter: 1)] + keys.map(VaultFile.seed))
        #expect(try scene.folder.read(last) == [0])
        #expect(scene.listed().allSatisfy { $0.hasPrefix("held-") })
    }

    @Test func `of many files that are too large or have no place, none is written`() throws {
        let keys = try (0..<12).map { try VaultKeyID("dk_" + Hex.encode([UInt8](repeating: UInt8($0), count: 16))) }
        let some = keys.map { (VaultFile.seed($0), [UInt8(1)]) }
        let large = [(VaultFile.throttle, [UInt8](repeating: 0, count: (16 << 20) + 1))]
        #expect(code { try scene.files.write(some + large) } == "wire.too_long")
        #expect(code { try scene.files.write(some + [(.policy([1]), [1])]) } == "vault.invalid_name")
        #expect(scene.listed().isEmpty)
    }

    @Test func `one at a time changes the files`() throws {
        try scene.files.exclusively {
            let held = scene.folder.path + "/vault/.lock"
            #expect(code { _ = try FileLock(held, timeout: .zero) } == "store.busy")
        }
        #expect(try scene.other().exclusively { 5 } == 5)
    }

    @Test func `a network filesystem is refused, also behind a link`() throws {
        try scene.makeFolder("remote")
        try scene.link("vault", to: "remote")
        let path = scene.folder.path
        let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let mounts = "1 1 0:1 / / rw - ext4 /dev/a rw\n2 1 0:2 / \(resolved)/remote rw - nfs4 server:/x rw\n"
        func open(_ name: String) -> String? {
            code {
                _ = try VaultFolder(path: "\(path)/\(name)", statePath: path + "/state", store: scene.store, mounts: mounts)
            }
        }
        #expect(open("remote") == "store.unsafe" && open("vault") == "store.unsafe" && open("here") == nil)
    }

    @Test func `links in place of files are refused, and what they point to stays`() throws {
        try scene.folder.write([1, 2, 3], to: "target")
        for (file, path) in scene.smallFiles {
            try scene.makeFolder((path as NSString).deletingLastPathComponent)
            try scene.link(path, to: "target")
            #expect(code { _ = try scene.files.read(file) } == "store.corrupt", "\(path)")
            #expect(code { try scene.files.write([9], as: file, replacing: false) } == "node.already_exists", "\(path)")
            #expect(code { try scene.files.erase(file) } == "store.corrupt", "\(path)")
            // A write takes the place of the link.
            try scene.files.write([9], as: file, replacing: true)
            #expect(try scene.files.read(file) == [9])
        }
        #expect(try scene.folder.read("target") == [1, 2, 3])
    }

    @Test(arguments: ["artifacts", "artifacts/x", "artifacts/x/1", "artifacts/x/1/bodies", "drafts"])
    func `links in place of folders are refused, and what they point to stays`(folder: String) throws {
        let path = "vault/" + folder.replacing("x", with: String(repeating: "a7", count: 16))
        try scene.makeFolder((path as NSString).deletingLastPathComponent)
        try scene.makeFolder("target/77-5")
        for name in ["0000.body", "keyring.json", "77-5/lock"] { try scene.folder.write([1], to: "target/" + name) }
        try scene.link(path, to: "target")
        #expect(code { try scene.draft([[5]]).commit() } == "store.corrupt")
        if folder != "drafts" {
            #expect(code { _ = try scene.files.open(.body, of: scene.artifact, version: 1, index: 0) } == "store.corrupt")
        }
        _ = try? scene.files.removeLeftovers { _, _ in false }
        try? scene.files.remove(scene.artifact, version: 1)
        try? scene.files.erase(scene.keyring)
        #expect(scene.folder.files(under: "target") == ["0000.body", "77-5/lock", "keyring.json"].map { "target/" + $0 })
        #expect(try scene.folder.read("target/keyring.json") == [1])
    }
}

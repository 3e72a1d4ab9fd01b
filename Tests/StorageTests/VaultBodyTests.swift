import ChanceryNode
import ChanceryStorage
import ChanceryVault
import Foundation
import TestKit
import Testing

struct VaultFolderBodyTests {
    private let scene: VaultScene

    init() throws { scene = try VaultScene() }

    private static let bodies: [[UInt8]] = [[], (0..<2_500_001).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) }, [5]]
    private var bodies: [[UInt8]] { Self.bodies }

    @Test func `a version is not there until it is committed, then with all its bodies`() throws {
        let draft = try scene.draft(bodies)
        #expect(try scene.body() == nil && scene.files.read(.manifest(scene.artifact, version: 1)) == nil)
        try draft.commit()
        for (index, bytes) in bodies.enumerated() { #expect(try scene.body(index) == bytes) }
        #expect(try scene.body(3) == nil)
        #expect(code { _ = try scene.files.open(.tree, of: scene.artifact, version: 1, index: 0) } == "vault.body_missing")
        #expect(code { _ = try scene.files.open(.body, of: scene.artifact, version: 2, index: 0) } == "vault.body_missing")
        #expect(scene.listed() == (0..<3).map { scene.version + "/bodies/000\($0).body" })
        #expect(try scene.mode(scene.version + "/bodies/0001.body") == 0o600 && scene.mode(scene.version + "/bodies") == 0o700)
    }

    @Test func `a body is read anywhere, and not past its end`() throws {
        try scene.draft(bodies).commit()
        let reading = try scene.files.open(.body, of: scene.artifact, version: 1, index: 1)
        #expect(reading.byteCount == 2_500_001)
        for (offset, count) in [(0, 0), (0, 1), (1_048_570, 20), (2_500_000, 1), (2_500_001, 0), (17, 2_499_984)] {
            #expect(try read(reading, UInt64(offset), count) == Array(bodies[1][offset..<offset + count]))
        }
        for (offset, count) in [(2_500_000, 2), (2_500_001, 1), (UInt64.max, 1), (UInt64(Int64.max), 1)] as [(UInt64, Int)] {
            let error = #expect(throws: VaultError.self) { _ = try read(reading, offset, count) }
            #expect(error?.reason == .bodyMissing, "\(offset)")
            // Agents hear it too: it says which part, and not where the home lies.
            #expect(error?.detail.contains(scene.folder.path) == false, "\(error?.detail ?? "")")
        }
    }

    @Test func `places beyond four digits have their own names`() throws {
        let draft = try scene.draft([])
        for (index, bytes) in [(9_999, [1]), (10_000, [2])] as [(Int, [UInt8])] {
            for part in VaultBodyPart.allCases {
                let writing = try draft.create(part, index: index)
                try writing.append(bytes.span)
                try writing.finish()
            }
        }
        try draft.commit()
        #expect(try scene.body(9_999) == [1] && scene.body(10_000) == [2])
    }

    @Test func `a draft that is given up leaves nothing`() throws {
        let draft = try scene.draft(bodies)
        draft.discard()
        #expect(code { try draft.commit() } == "store.conflict")
        #expect(code { _ = try draft.create(.tree, index: 0) } == "store.conflict")
        _ = try scene.draft(bodies)
        #expect(scene.listed() == [])
    }

    @Test func `a draft is committed once, with every file finished and begun once`() throws {
        let draft = try scene.draft([[1]])
        #expect(code { _ = try draft.create(.body, index: 0) } == "node.already_exists")
        let writing = try draft.create(.tree, index: 0)
        #expect(code { try draft.commit() } == "store.conflict")
        #expect(try scene.body() == nil)
        try writing.finish()
        #expect(code { try writing.finish() } == "store.conflict")
        #expect(code { try writing.append([1].span) } == "store.conflict")
        try draft.commit()
        #expect(code { try draft.commit() } == "store.conflict")
        draft.discard()
        #expect(try scene.body() == [1])
    }

    @Test(arguments: [true, false])
    func `small files are written before or after the commit`(before: Bool) throws {
        let small: [VaultFile] = [.manifest(scene.artifact, version: 1), .sealing(scene.artifact, version: 1), scene.keyring]
        let draft = try scene.draft([[1]])
        func write() throws { for file in small { try scene.files.write([2], as: file, replacing: false) } }
        if before { try write() }
        try draft.commit()
        if !before { try write() }
        #expect(try scene.body() == [1])
        for file in small { #expect(try scene.files.read(file) == [2]) }
    }

    @Test(arguments: ["none", "folder", "bodies"])
    func `what a crash left of a version does not stop it from being put again`(left: String) throws {
        if left != "none" { try scene.makeFolder(scene.version + (left == "bodies" ? "/bodies" : "")) }
        if left == "bodies" {
            for index in 0..<2 { try scene.folder.write([9], to: "\(scene.version)/bodies/000\(index).body") }
        }
        try scene.draft([[1]]).commit()
        #expect(try scene.body() == [1] && scene.body(1) == nil)
        #expect(scene.listed() == [scene.version + "/bodies/0000.body"])
    }

    @Test func `a removed version is gone, its small files and open readers are not`() throws {
        try scene.files.remove(scene.artifact, version: 1)
        try scene.draft([[1, 2]]).commit()
        try scene.files.write([3], as: scene.keyring, replacing: false)
        let reading = try scene.files.open(.body, of: scene.artifact, version: 1, index: 0)
        try scene.files.remove(scene.artifact, version: 1)
        #expect(try scene.body() == nil && scene.files.read(scene.keyring) == [3])
        #expect(try read(reading, 0, 2) == [1, 2])
        try scene.files.remove(scene.artifact, version: 1)
        try scene.files.erase(scene.keyring)
        #expect(!FileManager.default.fileExists(atPath: scene.folder.path + "/" + scene.version))
        #expect(scene.listed() == [])
    }

    @Test func `two drafts of one version do not mix`() throws {
        let first = try scene.draft([[1], [2]])
        let second = try scene.draft([[3]], in: scene.other())
        try second.commit()
        #expect(try scene.body() == [3] && scene.body(1) == nil)
        try first.commit()
        #expect(try scene.body() == [1] && scene.body(1) == [2])
    }
}

struct VaultFolderLeftoverTests {
    private let scene: VaultScene

    init() throws { scene = try VaultScene() }

    @Test func `an empty vault has no leftovers`() throws {
        #expect(try scene.files.removeLeftovers { _, _ in false } == 0)
        #expect(scene.folder.files() == [])
    }

    @Test func `the draft of somebody who still writes stays, and comes to its end`() throws {
        let draft = try scene.draft([[1]])
        #expect(try scene.other().removeLeftovers { _, _ in false } == 0)
        try draft.commit()
        #expect(try scene.body() == [1])
    }

    @Test func `drafts that a crash left go, whatever it had got to`() throws {
        let bodies = try (0..<3).map { step -> String in
            let draft = "vault/drafts/77-\(step)"
            try scene.makeFolder(draft + "/bodies")
            if step > 0 { try scene.folder.write([], to: draft + "/lock") }
            if step > 1 {
                try scene.makeFolder(draft + "/old")
                for file in ["bodies/0000.body", "old/0000.body", "old/keyring.json"] {
                    try scene.folder.write([1], to: "\(draft)/\(file)")
                }
            }
            return draft
        }
        try scene.makeFolder("vault/drafts/mine")
        let held = try scene.hold(bodies[2] + "/old/keyring.json")
        #expect(try scene.files.removeLeftovers { _, _ in true } == 3)
        #expect(try scene.folder.read(held) == [0])
        let left = try FileManager.default.contentsOfDirectory(atPath: scene.folder.path + "/vault/drafts")
        #expect(Set(left) == [".lock", "mine"])
        #expect(try scene.files.removeLeftovers { _, _ in true } == 0)
    }

    @Test func `unknown versions go with their keys overwritten, known ones and strays stay`() throws {
        try scene.draft([[1]]).commit()
        try scene.files.write([2], as: scene.keyring, replacing: false)
        let unknown = VaultFile.keyring(scene.artifact, version: 2, counter: 9)
        try scene.files.write([3], as: unknown, replacing: false)
        let held = try scene.hold(scene.version.dropLast() + "2/keyring-9.json")
        for stray in ["vault/artifacts/notes", scene.version + "/../01", scene.version + "/../x"] {
            try scene.makeFolder(stray)
            try scene.folder.write([4], to: stray + "/file")
        }
        var asked: [Int64] = []
        let removed = try scene.files.removeLeftovers { artifact, version in
            asked.append(version)
            return artifact == scene.artifact && version == 1
        }
        #expect(removed == 1 && asked == [1, 2])
        #expect(try scene.folder.read(held) == [0])
        #expect(try scene.body() == [1] && scene.files.read(scene.keyring) == [2] && scene.files.read(unknown) == nil)
        #expect(scene.listed().filter { $0.hasSuffix("/file") }.count == 3)
    }

    @Test func `what a write left aside goes, and a file that still had both names stays`() throws {
        for (file, path) in scene.smallFiles {
            try scene.files.write([1], as: file, replacing: false)
            try scene.folder.write([2], to: path + ".77.5.tmp")
            // The crash came between the second name and the loss of the first.
            try FileManager.default.linkItem(
                atPath: "\(scene.folder.path)/\(path)", toPath: "\(scene.folder.path)/\(path).77.6.tmp")
        }
        let held = try scene.smallFiles.map { try scene.hold($0.path + ".77.5.tmp") }
        try scene.folder.write([9], to: "state/log.json.77.5.tmp")
        _ = try scene.files.removeLeftovers { _, _ in true }
        for (file, _) in scene.smallFiles { #expect(try scene.files.read(file) == [1]) }
        for held in held { #expect(try scene.folder.read(held) == [0]) }
        // In the state folder lie files of others.
        #expect(scene.listed().filter { $0.hasSuffix(".tmp") } == ["state/log.json.77.5.tmp"])
    }
}

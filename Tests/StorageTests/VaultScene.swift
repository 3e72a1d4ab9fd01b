import ChanceryNode
import ChanceryStorage
import ChanceryVault
import Foundation
import TestKit

/// A vault in a folder that goes away.
struct VaultScene {
    let folder = TemporaryFolder()
    let store = StoreID.random()
    let files: VaultFolder
    let artifact: ArtifactID
    let key: VaultKeyID

    init() throws {
        files = try VaultFolder(path: folder.path + "/vault", statePath: folder.path + "/state", store: store)
        artifact = try ArtifactID([UInt8](repeating: 0xa7, count: 16))
        key = try VaultKeyID("dk_" + String(repeating: "5e", count: 16))
    }

    /// Another process, as far as locks on files tell.
    func other() throws -> VaultFolder {
        try VaultFolder(path: folder.path + "/vault", statePath: folder.path + "/state", store: store)
    }

    var version: String { "vault/artifacts/" + String(repeating: "a7", count: 16) + "/1" }
    var keyring: VaultFile { .keyring(artifact, version: 1, counter: 7) }

    var smallFiles: [(file: VaultFile, path: String)] {
        [
            (.root(key), "vault/roots/\(key.text).chss"),
            (.seed(key), "vault/seeds/\(key.text).json"), (.manifest(artifact, version: 1), version + "/manifest.json"),
            (.sealing(artifact, version: 1), version + "/sealing.json"), (keyring, version + "/keyring-7.json"),
            (.policy([UInt8](repeating: 0xb0, count: 32)), "vault/policies/" + String(repeating: "b0", count: 32) + ".json"),
            (.throttle, "vault/throttle"), (.mark, "state/vault-\(store).mark"),
        ]
    }

    /// All files but those that only lock.
    func listed() -> [String] { folder.files().filter { !$0.hasSuffix(".lock") } }

    func draft(_ bodies: [[UInt8]], in files: VaultFolder? = nil) throws -> any VaultDraft {
        let draft = try (files ?? self.files).draft(of: artifact, version: 1)
        for (index, bytes) in bodies.enumerated() {
            let writing = try draft.create(.body, index: index)
            for start in stride(from: 0, to: bytes.count, by: 1000) {
                try writing.append(bytes.span.extracting(start..<min(start + 1000, bytes.count)))
            }
            try writing.finish()
        }
        return draft
    }

    /// Nil when the body is missing.
    func body(_ index: Int = 0) throws -> [UInt8]? {
        do {
            let reading = try files.open(.body, of: artifact, version: 1, index: index)
            return try read(reading, 0, Int(reading.byteCount))
        } catch let error as VaultError where error.reason == .bodyMissing {
            return nil
        }
    }

    /// Gives a file a second name outside, as a thief who came earlier; later its bytes are seen there.
    func hold(_ path: String) throws -> String {
        let held = "held-\(UInt32.random(in: .min ... .max))"
        try FileManager.default.linkItem(atPath: "\(folder.path)/\(path)", toPath: "\(folder.path)/\(held)")
        return held
    }

    func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: "\(folder.path)/\(path)", withIntermediateDirectories: true)
    }

    func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/\(path)", withDestinationPath: "\(folder.path)/\(target)")
    }

    func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(path)")[.posixPermissions] as? Int
    }
}

func read(_ reading: any VaultReading, _ offset: UInt64, _ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0xff, count: count)
    var span = bytes.mutableSpan
    try reading.read(into: &span, at: offset)
    return bytes
}

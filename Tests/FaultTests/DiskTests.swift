import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import Foundation
import TestKit
import Testing

/// Disks that are full and folders that cannot be written.
@Suite(.serialized) struct DiskTests {
    private let home: SampleHome

    init() throws {
        home = try SampleHome()
        _ = try home.identity()
        try home.log.start(origin: "log.example/disk", protection: .unencrypted)
    }

    private func run(_ arguments: String..., limit: Int) throws -> FaultProcess.Outcome {
        try FaultProcess.run(
            [arguments[0], home.folder.path] + arguments.dropFirst(), ["FAULT_FSIZE": "\(limit)"])
    }

    @Test(arguments: [40_000, 65_536, 200_000, 301_001])
    func `a full disk ends stamping with a clear error and without partial effect`(limit: Int) throws {
        let outcome = try run("stamp", "5000", limit: limit)
        #expect(outcome.status == 1 && outcome.error == "store.full", "\(outcome.lines.last ?? "")")
        // Another process, with room.
        let after = try SampleHome(home.folder)
        let alice = try after.keeper.open(IdentityName("alice"), .unencrypted)
        let state = try after.store.chain(alice.document.classicalAgentID.text)
        #expect(state?.count ?? 0 == outcome.acknowledged.count && state?.head == outcome.acknowledged.last)
        #expect(try after.audit().failures == [])
        #expect(
            try after.ledger.stamp(samplePayloads(1), as: alice, profile: .aiss1).first?.sequence == outcome.acknowledged.count)
        #expect(after.folder.files().filter { $0.hasSuffix(".tmp") } == [])
    }

    @Test func `a full disk creates no half of an identity`() throws {
        let outcome = try run("create", "bob", limit: 4096)
        #expect(outcome.error == "store.full", "\(outcome.lines.last ?? "")")
        #expect(try home.keeper.names() == ["alice"])
        #expect(home.folder.files(under: "identities").filter { $0.contains("bob") && !$0.hasSuffix(".lock") } == [])
        #expect(try home.audit().failures == [])
    }

    @Test func `a full disk publishes no half of a log`() throws {
        let alice = try home.keeper.open(IdentityName("alice"), .unencrypted)
        _ = try home.ledger.stamp(samplePayloads(400), as: alice, profile: .aiss1)
        // A checkpoint, but no bundle of 256 entries.
        let outcome = try run("publish", limit: 12_000)
        #expect(outcome.error == "store.full", "\(outcome.lines.last ?? "")")
        #expect(try home.log.published() == nil)
        #expect(try home.audit().failures == [])
        #expect(home.folder.files().filter { $0.hasSuffix(".tmp") } == [])
        #expect(try home.log.publish(protection: .unencrypted).head.size == 401)
        #expect(try home.audit().failures == [])
    }

    @Test func `a folder that cannot be written gives a clear error and stays as it is`() throws {
        _ = try FaultProcess.run(["record", home.folder.path, "3"])
        let files = home.folder.files()
        let before = try files.filter { !$0.hasSuffix("-shm") }.map { try home.folder.read($0) }
        func setMode(_ folders: Int, _ file: Int) throws {
            for item in [""] + (FileManager.default.enumerator(atPath: home.folder.path)?.compactMap { $0 as? String } ?? []) {
                let path = "\(home.folder.path)/\(item)"
                let isFolder =
                    try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType == .typeDirectory
                try FileManager.default.setAttributes([.posixPermissions: isFolder ? folders : file], ofItemAtPath: path)
            }
        }
        try setMode(0o555, 0o444)
        for command in [
            ["record", home.folder.path, "3"], ["create", home.folder.path, "bob"], ["publish", home.folder.path],
        ] {
            let outcome = try FaultProcess.run(command, ["FAULT_NOBODY": "1"])
            #expect(outcome.error == "store.unavailable", "\(command[0]): \(outcome.lines)")
        }
        let empty = TemporaryFolder()
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: empty.path)
        let outcome = try FaultProcess.run(["record", empty.path, "3"], ["FAULT_NOBODY": "1"])
        #expect(outcome.error == "store.unavailable" && empty.files() == [], "\(outcome.lines)")
        try setMode(0o755, 0o644)
        #expect(home.folder.files() == files)
        #expect(try files.filter { !$0.hasSuffix("-shm") }.map { try home.folder.read($0) } == before)
        #expect(try home.audit().failures == [])
    }
}

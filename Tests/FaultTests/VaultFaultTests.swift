import ChanceryNode
import ChanceryStorage
import ChanceryVault
import Foundation
import TestKit
import Testing

/// A process that puts versions into a vault, and is killed or starved of disk.
@Suite(.serialized) struct VaultFaultTests {
    private let folder = TemporaryFolder()
    private let files: VaultFolder
    private let artifact: ArtifactID

    init() throws {
        files = try VaultFolder(path: folder.path + "/vault", statePath: folder.path + "/state", store: .random())
        artifact = try ArtifactID([UInt8](repeating: 0xa7, count: 16))
    }

    /// The bytes of all bodies of a version; nil when it is not there.
    private func bodies(_ version: Int64) throws -> [[UInt8]]? {
        let found = try (0..<3).compactMap { index -> [UInt8]? in
            do {
                let reading = try files.open(.body, of: artifact, version: version, index: index)
                var bytes = [UInt8](repeating: 0, count: Int(reading.byteCount))
                var span = bytes.mutableSpan
                try reading.read(into: &span, at: 0)
                return bytes
            } catch let error as VaultError where error.reason == .bodyMissing {
                return nil
            }
        }
        return found.isEmpty ? nil : found
    }

    private func expectWhole(_ version: Int64) throws {
        let whole = [UInt8](repeating: UInt8(truncatingIfNeeded: version), count: 100_000)
        #expect(try bodies(version) == [whole, whole, whole], "version \(version)")
    }

    @Test func `a draft outlives the looking for leftovers, not its process`() throws {
        let process = try FaultProcess(["vault", folder.path, "0"])
        defer { process.kill() }
        _ = process.waitForOutput()
        let drafted = folder.files(under: "vault/drafts").filter { $0.hasSuffix(".body") }
        #expect(drafted.count == 3)
        #expect(try files.removeLeftovers { _, _ in false } == 0)
        #expect(folder.files(under: "vault/drafts").filter { $0.hasSuffix(".body") } == drafted)
        process.kill()
        _ = process.outcome()
        #expect(try files.removeLeftovers { _, _ in false } == 1)
        #expect(folder.files(under: "vault").filter { !$0.hasSuffix(".lock") } == [])
    }

    @Test func `after a kill every version is there with all its bodies or not at all`() throws {
        var number: UInt64 = 5
        for _ in 0..<8 {
            let process = try FaultProcess(["vault", folder.path, "1000"])
            let first = process.waitForOutput()
            number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            usleep(UInt32(number >> 33) % 40_000)
            process.kill()
            let committed = Int64(process.outcome(after: first).lines.last ?? "") ?? 0
            #expect(committed > 0)
            for version in 1...committed { try expectWhole(version) }
            // The next may be there too, killed before it said so.
            if try bodies(committed + 1) != nil { try expectWhole(committed + 1) }
            #expect(try files.removeLeftovers { _, version in version <= committed } <= 2)
            #expect(folder.files(under: "vault/drafts") == ["vault/drafts/.lock"])
            for version in 1...committed { try expectWhole(version) }
            #expect(try bodies(committed + 1) == nil)
            #expect(try files.removeLeftovers { _, _ in false } == Int(committed))
        }
    }

    @Test(arguments: [1_000, 4_096, 99_999])
    func `a full disk leaves no version and no draft`(limit: Int) throws {
        let outcome = try FaultProcess.run(["vault", folder.path, "1"], ["FAULT_FSIZE": "\(limit)"])
        #expect(outcome.status == 1 && outcome.error == "store.full", "\(outcome.lines.last ?? "")")
        #expect(try bodies(1) == nil)
        #expect(folder.files(under: "vault").filter { !$0.hasSuffix(".lock") } == [])
    }
}

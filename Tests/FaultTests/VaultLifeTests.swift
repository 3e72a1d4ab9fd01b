import ChanceryNode
import ChanceryStorage
import ChanceryVault
import ChanceryWire
import Foundation
import TestKit
import Testing

/// A process that works on a vault is killed at a hundred points; whoever comes next finds all that was acknowledged.
@Suite(.serialized) struct VaultLifeTests {
    private struct Version: Hashable {
        let name: String
        let number: Int64
    }

    @Test func `after a hundred kills the catalogue is whole, nothing acknowledged is lost, and nothing is in the open`()
        async throws
    {
        let folder = TemporaryFolder()
        var put: Set<Version> = []
        var deleted: Set<String> = []
        var cut: [String: Int] = [:]
        var random: UInt64 = 7
        for round in 0..<100 {
            let process = try FaultProcess(["vault-life", folder.path, "1000"])
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // At any step of two rounds, and some way into it.
            let first = process.waitForLines(1 + Int(random >> 33) % 24)
            usleep(UInt32(random >> 45) % 12_000)
            process.kill()
            let outcome = process.outcome(after: first)
            #expect(outcome.error == nil, "\(outcome.lines.last ?? "")")
            for line in outcome.lines {
                let words = line.split(separator: " ").map(String.init)
                if words[0] == "put" { put.insert(Version(name: words[1], number: Int64(words[2]) ?? 0)) }
                if words[0] == "deleted" { deleted.insert("\(words[1]) \(words[2])") }
            }
            if let last = outcome.lines.last, last.hasPrefix("begin ") { cut[String(last.dropFirst(6)), default: 0] += 1 }
            try await check(folder, put, deleted, thoroughly: round % 10 == 9)
        }
        // Each kind of work was cut short.
        #expect(cut.count == 4, "\(cut)")
    }

    private func check(
        _ folder: TemporaryFolder, _ put: Set<Version>, _ deleted: Set<String>, thoroughly: Bool
    ) async throws {
        let life = try SampleVaultLife(folder)
        let live = try life.vault.catalogue { $0.live }
        let gone = try life.vault.catalogue { state in
            try put.filter { version in
                try state.history(of: ArtifactName(version.name)).contains {
                    $0.version == version.number && $0.status != .live
                }
            }
        }
        let known = Set(live.map { Version(name: $0.name.text, number: $0.version) })
        #expect(put.subtracting(known).subtracting(gone).isEmpty)
        #expect(live.allSatisfy { !deleted.contains("\($0.artifact.text) \($0.version)") })
        for entry in thoroughly ? live : live.suffix(3) {
            #expect(try await life.isWhole(entry), "\(entry.name) \(entry.version)")
        }
        guard thoroughly else { return }
        #expect(try life.home.audit().isClean)
        let plain = Data("plain stays".utf8)
        let other = Data("plain comes".utf8)
        for path in folder.files() {
            let bytes = Data(try folder.read(path))
            #expect(bytes.range(of: plain) == nil && bytes.range(of: other) == nil, "\(path)")
        }
        // What the kills left beside goes with the next work.
        _ = try life.rewrap()
        #expect(folder.files().filter { $0.hasSuffix(".tmp") } == [])
        #expect(try life.files.keyFiles().count == life.vault.catalogue { $0.live.count * 2 } + 1)
    }
}

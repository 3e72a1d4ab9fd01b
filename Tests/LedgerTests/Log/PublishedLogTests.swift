import ChanceryLedger
import ChancerySuite
import Foundation
import Testing

/// Writes a log as files for other readers, such as `scripts/interop/tlog_check.py`, when `CHANCERY_PUBLISH_LOG` names a
/// folder.
struct PublishedLogTests {
    static let folder = ProcessInfo.processInfo.environment["CHANCERY_PUBLISH_LOG"].map { URL(fileURLWithPath: $0) }

    @Test(.enabled(if: folder != nil, "CHANCERY_PUBLISH_LOG names no folder"))
    func `a log of 70,000 entries is published`() throws {
        let folder = try #require(Self.folder)
        func write(_ name: String, _ bytes: [UInt8]) throws {
            let place = folder.appending(path: name)
            try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: place)
        }
        let (old, sample) = (try SignedSample(size: 300), try SignedSample(size: 70_000))
        for (path, bytes) in sample.log.tiles.tiles { try write(path, bytes) }
        try write("checkpoint", sample.bytes)
        try write("checkpoint.300", old.bytes)
        try write("vkeys", Array(sample.signer.noteKeys.map { $0.text + "\n" }.joined().utf8))
        var tree = try sample.log.tree()
        let proof = try LogProof(tree.inclusionProof(of: 69_999), checkpoint: UnverifiedCheckpoint(decoding: sample.bytes))
        try write("69999.tlog-proof", proof.encoded)
        try write("69999.entry", sample.log.entries[69_999])
    }
}

import ChanceryLedger
import ChanceryWire
import TestKit
import Testing

/// Each parser of the log reads 100,000 damaged inputs without a trap, and whatever it accepts it writes back.
struct LogParserDriverTests {
    private static let executions = 100_000

    private func drive(_ golden: [UInt8], _ name: String = #function, _ roundTrip: ([UInt8]) throws -> [UInt8]) throws {
        #expect(try roundTrip(golden) == golden)
        var mutator = Mutator(name, corpus: [golden])
        var accepted = 0
        for execution in 0..<Self.executions {
            let bytes = mutator.input()
            guard let written = try? roundTrip(bytes) else { continue }
            accepted += 1
            if written != bytes { Issue.record("\(name), execution \(execution): read \(bytes), wrote \(written)") }
        }
        // Damage that is always refused would show only that the driver is too coarse, or never tried.
        #expect(accepted < Self.executions)
    }

    @Test func `signed notes`() throws {
        try drive(Array("text\n\nmore\n\n\u{2014} a.example 3q2+7wE=\n\u{2014} b 3q2+7wI=\n".utf8)) {
            try SignedNote(decoding: $0).encoded
        }
    }

    @Test func `checkpoints`() throws {
        let classical = try SignedSample().note(keeping: [0])
        try drive(classical.encoded) { try UnverifiedCheckpoint(decoding: $0).encoded }
    }

    @Test func `checkpoint texts`() throws {
        try drive(try SignedSample().note(keeping: [0]).checkpoint.text) { try Checkpoint(text: $0).text }
    }

    @Test func `proofs`() throws {
        let sample = try SignedSample(size: 5)
        var tree = try sample.log.tree()
        let proof = try LogProof(tree.inclusionProof(of: 4), checkpoint: sample.note(keeping: [0]))
        try drive(proof.encoded) { try LogProof(decoding: $0).encoded }
    }

    @Test func `verifier keys`() throws {
        let key = try SignedSample().signer.noteKeys[0]
        try drive(Array(key.text.utf8)) { bytes in
            guard let text = String(validating: bytes, as: UTF8.self) else { throw WireError(.invalidUTF8, "") }
            return Array(try NoteKey(text).text.utf8)
        }
    }

    @Test func `log entries`() throws {
        try drive(LogEntryTests.golden) { try LogEntry(decoding: $0).encoded }
    }

    @Test func `entry bundles`() throws {
        try drive(EntryBundle.encode([[1, 2, 3], [], [4]])) { try EntryBundle.encode(EntryBundle.decode($0)) }
    }

    @Test func `tile paths`() throws {
        try drive(Array("tile/1/x001/x234/067.p/8".utf8)) { bytes in
            guard let text = String(validating: bytes, as: UTF8.self) else { throw WireError(.invalidUTF8, "") }
            return Array(try TileCoordinate(path: text).path.utf8)
        }
    }

    @Test func `frontiers`() throws {
        var frontier = MerkleFrontier()
        for leaf in try SampleLog(sizes: [7]).leaves { frontier.append(leaf) }
        try drive(frontier.encoded) { try MerkleFrontier(decoding: $0).encoded }
    }
}

import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

/// A signed log from a fixed seed.
struct SignedSample {
    static let origin = "log.example.com/tenant-a"
    static let timestamp: UInt64 = 1_800_000_000

    let log: SampleLog
    let signer: LogSigner
    let verifier: CheckpointVerifier
    let bytes: [UInt8]

    init(size: Int = 20, seed: UInt8 = 7) throws {
        log = try SampleLog(sizes: [size])
        var seeds = [UInt8](repeating: seed, count: 64)
        let key = try SigningKey<Purpose.Log>(.log, seed: SecretBytes(erasing: &seeds))
        signer = try LogSigner(origin: NoteName(Self.origin), key: key)
        verifier = try CheckpointVerifier(origin: NoteName(Self.origin), key: key.publicKey)
        bytes = try signer.sign(Self.permit(log.head), timestamp: Self.timestamp)
    }

    /// The right to sign `head`, as a new log gets it.
    static func permit(_ head: TreeHead) throws -> SigningPermit {
        var checkpoints = CheckpointGuard(origin: try NoteName(origin), published: nil, highWater: nil)
        _ = checkpoints.propose(head) { _, _ in fatalError() }
        guard case .sign(let permit) = checkpoints.intentRecorded() else { throw LedgerError(.logRollback, "no permit") }
        return permit
    }

    /// The note with only the lines at `places`.
    func note(keeping places: [Int]) throws -> UnverifiedCheckpoint {
        let note = try SignedNote(decoding: bytes)
        return try UnverifiedCheckpoint(
            decoding: SignedNote(text: note.text, lines: places.map { note.lines[$0] }).encoded)
    }
}

struct CheckpointTests {
    // The same text, line and keys come from tlog-scales 0.0.3 with the seed 07…07 for both keys.
    @Test func `the text and the Ed25519 line from a fixed seed are golden`() throws {
        let sample = try SignedSample()
        let lines = String(decoding: sample.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 7)
        #expect(
            lines[..<5].joined(separator: "\n") == """
                log.example.com/tenant-a
                20
                If/h5zzg9PHl354VgJA0fkIuJXiiL5FCsLlYW1C6DzA=

                — log.example.com/tenant-a GBQ/BiBsGfU+BkDpYpzQgEqUb35T2iUkjlBiEl7WdIXN1hgw2aVO47x0MqWnEsrW7460HZJB9BWImdWhYyE0Wtrw3QU=
                """)
        #expect(
            sample.signer.noteKeys[0].text
                == "log.example.com/tenant-a+18143f06+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs")
        #expect(
            Hex.encode(Digest.sha256(Array(sample.signer.noteKeys[1].text.utf8)))
                == "77dc05c4c2be00d7d9a3a0a84980b249913b94f7ab6f1f165b970ed830233657")
        #expect(lines[5].hasPrefix("\u{2014} log.example.com/tenant-a "))
        // ML-DSA is hedged: the line is checked, not compared.
        let verified = try sample.verifier.verify(UnverifiedCheckpoint(decoding: sample.bytes))
        #expect(verified.head == sample.log.head)
        #expect(verified.timestamp == SignedSample.timestamp)
    }

    @Test func `strict verification wants both lines and Ed25519 alone is classical`() throws {
        let sample = try SignedSample()
        let classical = try sample.note(keeping: [0])
        #expect(sample.verifier.verdict(classical) == .classical(classical.checkpoint))
        let error = #expect(throws: LedgerError.self) { try sample.verifier.verify(classical) }
        #expect(error?.code == "ledger.checkpoint_classical")
        let unsigned = #expect(throws: LedgerError.self) { try sample.verifier.verify(sample.note(keeping: [1])) }
        #expect(unsigned?.code == "ledger.checkpoint_unsigned")
        _ = try sample.verifier.verify(sample.note(keeping: [1, 0]))
    }

    @Test func `lines of strangers are passed over, another log's checkpoint is not ours`() throws {
        let sample = try SignedSample()
        let stranger = try SignedSample(seed: 8)
        let note = try SignedNote(decoding: sample.bytes)
        let strangers = try SignedNote(decoding: stranger.bytes).lines
        let both = try SignedNote(text: note.text, lines: strangers + note.lines).encoded
        _ = try sample.verifier.verify(UnverifiedCheckpoint(decoding: both))
        let code = #expect(throws: LedgerError.self) {
            try sample.verifier.verify(UnverifiedCheckpoint(decoding: stranger.bytes))
        }
        #expect(code?.code == "ledger.checkpoint_unsigned")
        let other = try CheckpointVerifier(
            stranger.signer.noteKeys.map { try NoteKey(name: NoteName("b"), kind: $0.kind, publicKey: $0.publicKey) })
        let origin = #expect(throws: LedgerError.self) { try other.verify(UnverifiedCheckpoint(decoding: stranger.bytes)) }
        #expect(origin?.code == "ledger.checkpoint_origin")
    }

    @Test func `every truncation and every changed bit is refused`() throws {
        let sample = try SignedSample()
        for length in 0..<sample.bytes.count {
            #expect(throws: (any Error).self, "length \(length)") {
                try sample.verifier.verify(UnverifiedCheckpoint(decoding: Array(sample.bytes[..<length])))
            }
        }
        for bit in 0..<sample.bytes.count * 8 {
            var changed = sample.bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: (any Error).self, "bit \(bit)") {
                try sample.verifier.verify(UnverifiedCheckpoint(decoding: changed))
            }
        }
    }

    @Test(arguments: [
        "o\n1\n", "o\n1\nROOT", "o\n1\nROOT\nextension\n", "\n1\nROOT\n", "o o\n1\nROOT\n", "o+o\n1\nROOT\n", "o\n01\nROOT\n",
        "o\n+1\nROOT\n", "o\n-1\nROOT\n", "o\n\nROOT\n", "o\n9223372036854775808\nROOT\n", "o\n18446744073709551616\nROOT\n",
        "o\n1\nAAAA\n", "o\n1\nROOT\n\n", "o\n0\nROOT\n", "o\r\n1\nROOT\n", "o\n 1\nROOT\n", "o\u{2003}\n1\nROOT\n",
    ])
    func `any other checkpoint text is refused`(text: String) throws {
        let root = Base64.standard.encode([UInt8](repeating: 9, count: 32))
        let filled = text.split(separator: "ROOT", omittingEmptySubsequences: false)
        #expect(throws: WireError.self) { try Checkpoint(text: Array(filled.joined(separator: root).utf8)) }
        _ = try Checkpoint(text: Array("o\n1\n\(root)\n".utf8))
    }

    @Test func `the timestamp and the permit belong to the log`() throws {
        let sample = try SignedSample()
        let permit = try SignedSample.permit(sample.log.head)
        #expect(throws: WireError.self) { try sample.signer.sign(permit, timestamp: 1 << 63) }
        let silent = try sample.verifier.verify(UnverifiedCheckpoint(decoding: sample.signer.sign(permit, timestamp: 0)))
        #expect(silent.timestamp == 0)
        let key = try SigningKey<Purpose.Log>.generate(.log)
        let other = try LogSigner(origin: NoteName("other.example"), key: key)
        #expect(throws: LedgerError.self) { try other.sign(permit, timestamp: 0) }
        #expect(throws: WireError.self) { try LogSigner(origin: NoteName("x"), key: .generate(.hybrid)) }
    }
}

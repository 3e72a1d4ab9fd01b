import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

struct LogProofTests {
    private let sample: SignedSample
    private let proof: LogProof
    private let entry: [UInt8]

    init() throws {
        sample = try SignedSample()
        var tree = try sample.log.tree()
        proof = try LogProof(tree.inclusionProof(of: 13), checkpoint: UnverifiedCheckpoint(decoding: sample.bytes))
        entry = sample.log.entries[13]
    }

    @Test func `a proof reads back and verifies offline`() throws {
        let text = String(decoding: proof.encoded, as: UTF8.self)
        #expect(text.hasPrefix("c2sp.org/tlog-proof@v1\nindex 13\n"))
        #expect(text.utf8.dropFirst(32 + 5 * 45).starts(with: [0x0a] + sample.bytes))
        let read = try LogProof(decoding: proof.encoded)
        #expect(read == proof)
        let verified = try read.verify(entry: entry, by: CheckpointVerifier(sample.signer.noteKeys))
        #expect(verified.head == sample.log.head)
        let error = #expect(throws: LedgerError.self) { try read.verify(entry: entry + [0], by: sample.verifier) }
        #expect(error?.code == "ledger.proof_mismatch")
    }

    @Test func `every truncation and every changed bit is refused`() throws {
        let golden = proof.encoded
        for length in 0..<golden.count {
            #expect(throws: (any Error).self, "length \(length)") {
                try LogProof(decoding: Array(golden[..<length])).verify(entry: entry, by: sample.verifier)
            }
        }
        for bit in 0..<golden.count * 8 {
            var changed = golden
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: (any Error).self, "bit \(bit)") {
                try LogProof(decoding: changed).verify(entry: entry, by: sample.verifier)
            }
        }
    }

    @Test func `an extra line, a hostile index and a missing hash are refused`() throws {
        let text = String(decoding: proof.encoded, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        func changed(_ change: (inout [String]) -> Void) -> [UInt8] {
            var copy = lines
            change(&copy)
            return Array(copy.joined(separator: "\n").utf8)
        }
        #expect(throws: WireError.self) { try LogProof(decoding: changed { $0.insert("extra AAAA", at: 1) }) }
        for index in ["20", "18446744073709551615", "9223372036854775807", "-1", "013", "", "13 "] {
            #expect(throws: (any Error).self) { try LogProof(decoding: changed { $0[1] = "index \(index)" }) }
        }
        #expect(throws: LedgerError.self) { try LogProof(decoding: changed { $0.remove(at: 3) }) }
        #expect(throws: LedgerError.self) { try LogProof(decoding: changed { $0.insert($0[3], at: 3) }) }
        #expect(throws: (any Error).self) { try LogProof(decoding: changed { $0.removeSubrange(2...6) }) }
        #expect(throws: LedgerError.self) {
            try LogProof(InclusionProof(index: 0, size: 1, path: []), checkpoint: proof.checkpoint)
        }
    }
}

import ChancerySuite
import ChanceryVault
import TestKit
import Testing

struct ResumeLedgerTests {
    private let context: BodyContext
    private let header: ResumeHeader

    init() throws {
        let id = [UInt8](repeating: 1, count: 16)
        context = try BodyContext(
            vault: VaultID(id), artifact: ArtifactID(id), version: 1, path: FilePath("f"), dataKey: DataKeyID(id), tier: .open)
        header = try ResumeHeader(salt: [UInt8](0..<24), context: context)
    }

    private func leaves(_ range: Range<UInt8>) -> [Digest256] { range.map { TreeHash.leaf([$0]) } }

    /// The file of an attempt that recorded `count` chunks.
    private func file(_ count: UInt8) -> [UInt8] {
        var ledger = ResumeLedger(header)
        guard case .record(let entries) = ledger.admit(leaves(0..<count)) else { return header.bytes }
        return header.bytes + entries
    }

    private func load(_ file: [UInt8]) throws -> ResumeLedger {
        var ledger = ResumeLedger(try ResumeHeader(decoding: Array(file.prefix(96)), context: context))
        try ledger.load(Array(file.dropFirst(96)))
        return ledger
    }

    /// Admits `count` chunks with the entries that the file has for them.
    private func admit(_ leaves: [Digest256], _ ledger: inout ResumeLedger, _ file: [UInt8]) -> ResumeLedger.Step {
        let range = ledger.recordedRange(count: leaves.count)
        return ledger.admit(leaves, recorded: Array(file[Int(range.lowerBound)..<Int(range.upperBound)]))
    }

    @Test func `the same content goes on under the same salt`() throws {
        let file = file(5)
        var ledger = try load(file)
        #expect(ledger.header.salt == header.salt)
        #expect(ledger.recorded == 5)
        #expect(ledger.fileLength == UInt64(file.count))
        #expect(admit(leaves(0..<3), &ledger, file) == .again)
        guard case .record(let added) = admit(leaves(3..<8), &ledger, file) else {
            Issue.record("the chunks after the recorded ones are not recorded")
            return
        }
        #expect(file + added == self.file(8))
        #expect(ledger.position == 8)
    }

    @Test(arguments: 0..<5)
    func `other content at a recorded place demands a new salt, for good`(place: Int) throws {
        let file = file(5)
        var ledger = try load(file)
        var changed = leaves(0..<8)
        changed[place] = TreeHash.leaf([99])
        #expect(admit(changed, &ledger, file) == .restart)
        #expect(admit(leaves(0..<8), &ledger, file) == .restart)
    }

    @Test func `content that moved by a chunk demands a new salt`() throws {
        let file = file(5)
        var ledger = try load(file)
        #expect(admit(leaves(1..<6), &ledger, file) == .restart)
    }

    @Test func `what a crash leaves behind the last whole entry is no entry`() throws {
        let file = file(5)
        for count in 0..<5 {
            for part in 0..<48 {
                let cut = Array(file[..<(96 + count * 48 + part)])
                #expect(try load(cut).recorded == UInt64(count))
                guard part > 0 else { continue }
                // A part that was filled up could also be an entry that was damaged: that is not for us to guess.
                #expect(code { _ = try load(cut + [UInt8](repeating: 0, count: 96 - part)) } == "vault.resume_invalid")
            }
        }
        #expect(try load(file + [UInt8](repeating: 0, count: 480)).fileLength == UInt64(file.count))
    }

    @Test func `an entry after a tear, or a changed bit, demands a new salt`() throws {
        let file = file(3)
        let torn = file + [UInt8](repeating: 0, count: 48) + file.suffix(48)
        #expect(code { _ = try load(torn) } == "vault.resume_invalid")
        #expect(code { _ = try load(Array(file[..<144]) + [UInt8](repeating: 0, count: 48) + [1]) } == "vault.resume_invalid")
        for place in file.indices {
            #expect(code { _ = try load(file.flipping(place, UInt8(place % 8))) } == "vault.resume_invalid")
        }
        let swapped = Array(file[..<96] + file[144..<192] + file[96..<144] + file[192...])
        #expect(code { _ = try load(swapped) } == "vault.resume_invalid")
    }

    @Test func `the record of another body or attempt is refused`() throws {
        let id = [UInt8](repeating: 1, count: 16)
        let other = try BodyContext(
            vault: VaultID(id), artifact: ArtifactID(id), version: 2, path: FilePath("f"), dataKey: DataKeyID(id), tier: .open)
        #expect(code { _ = try ResumeHeader(decoding: header.bytes, context: other) } == "vault.resume_invalid")
        let second = try ResumeHeader(salt: [UInt8](1..<25), context: context)
        #expect(code { _ = try load(second.bytes + file(3).dropFirst(96)) } == "vault.resume_invalid")
        for length in 0..<96 {
            #expect(throws: VaultError.self) {
                try ResumeHeader(decoding: Array(header.bytes[..<length]), context: context)
            }
        }
    }

    @Test func `entries that the file had when it was opened and has no more demand a new salt`() throws {
        let file = file(5)
        var ledger = try load(file)
        #expect(ledger.admit(leaves(0..<5), recorded: []) == .restart)
        ledger = try load(file)
        #expect(ledger.admit(leaves(0..<5), recorded: [UInt8](repeating: 0, count: 240)) == .restart)
    }
}

import ChanceryLedger
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct BlameTests {
    private let sample: SampleProgram
    private let key: SigningKey<Purpose.Custodian>

    init() throws {
        sample = try SampleProgram()
        key = try SampleProgram.key(0, 2)
    }

    private func batch(
        _ messages: [[UInt8]], outbox: inout FrameOutbox
    ) throws -> (frames: [Frame], batch: FrameBatch, leaves: [Digest256]) {
        let frames = try messages.map { try outbox.append($0, to: 2) }
        let sealed = try outbox.seal(for: sample.terms, as: SampleProgram.did(0), by: key)
        return (frames, sealed.batch, sealed.leaves)
    }

    private func blame(_ bytes: [UInt8], judge: ([Frame]) -> Bool = { _ in true }) -> String? {
        code {
            let accused = try Blame.verify(bytes, for: sample.terms, by: sample.custodians, judge: judge).accused
            #expect(try accused == [SampleProgram.did(0)])
        }
    }

    @Test(arguments: [1, 2, 3, 7, 64])
    func `every frame of a batch can be shown, and no other`(count: Int) throws {
        var outbox = FrameOutbox()
        let (frames, batch, leaves) = try batch((0..<count).map { [UInt8($0), 1] }, outbox: &outbox)
        for frame in frames {
            let proof = try FrameProof(frame, in: batch, leaves: leaves)
            let read = try FrameProof.verify(proof.encoded(), for: sample.terms, by: sample.custodians)
            #expect(read.frame == frame)
            let twisted = try Frame(number: frame.number, to: 3, frame.bytes)
            #expect(code { _ = try FrameProof(twisted, in: batch, leaves: leaves) } == "compute.frames_malformed")
        }
        let strange = try Frame(number: Int64(count), to: 2, [1])
        #expect(code { _ = try FrameProof(strange, in: batch, leaves: leaves) } == "compute.frames_malformed")
    }

    @Test func `batches follow one another without a gap`() throws {
        var outbox = FrameOutbox()
        let first = try batch([[1], [2]], outbox: &outbox).batch
        let second = try batch([[3]], outbox: &outbox).batch
        #expect(second.follows(first))
        #expect(!first.follows(second))
        #expect((second.first, second.count) == (2, 1))
        var resumed = FrameOutbox(after: first)
        #expect(try batch([[3]], outbox: &resumed).batch.follows(first))
        var empty = FrameOutbox()
        let outcome = code { _ = try empty.seal(for: sample.terms, as: SampleProgram.did(0), by: key) }
        #expect(outcome != nil)
        #expect(!second.contradicts(first))
    }

    @Test func `a frame with its path and root convicts when the protocol says that it is wrong`() throws {
        var outbox = FrameOutbox()
        let (frames, batch, leaves) = try batch([[1], [2], [3]], outbox: &outbox)
        let evidence = try Blame.frames([FrameProof(frames[1], in: batch, leaves: leaves)]).encoded()
        #expect(blame(evidence) { $0.map(\.bytes) == [[2]] } == nil)
        #expect(blame(evidence) { _ in false } == "compute.blame_unfounded")
        let other = try SampleProgram(epoch: 2)
        #expect(
            code { _ = try Blame.verify(evidence, for: other.terms, by: other.custodians) { _ in true } }
                == "compute.frames_malformed")
    }

    @Test func `a frame of another batch is not shown by this one`() throws {
        var outbox = FrameOutbox()
        _ = try batch([[1], [2]], outbox: &outbox)
        let (frames, second, leaves) = try batch([[3], [4]], outbox: &outbox)
        let golden = try FrameProof(frames[0], in: second, leaves: leaves).encoded()
        for number in [0, 1, 4, 9] {
            let moved = golden.replacing("\"number\":2", by: "\"number\":\(number)")
            #expect(moved != golden)
            #expect(
                code { _ = try FrameProof.verify(moved, for: sample.terms, by: sample.custodians) }
                    == "compute.frames_malformed")
        }
    }

    @Test func `frames of two custodians convict neither`() throws {
        var (one, two) = (FrameOutbox(), FrameOutbox())
        let mine = try batch([[1]], outbox: &one)
        let frame = try two.append([2], to: 1)
        let theirs = try two.seal(for: sample.terms, as: SampleProgram.did(1), by: SampleProgram.key(1, 2))
        let proofs = [
            try FrameProof(mine.frames[0], in: mine.batch, leaves: mine.leaves),
            try FrameProof(frame, in: theirs.batch, leaves: theirs.leaves),
        ]
        #expect(try blame(Blame.frames(proofs).encoded()) == "compute.blame_unfounded")
    }

    @Test func `material of another activation convicts nobody here`() throws {
        let other = try SampleProgram(epoch: 2)
        let ticket = try other.ticket()
        let pair = try (1...2).map { try other.signature(other.claim(ticket, nonce: $0), [1], by: 0) }
        #expect(try blame(Blame.claims(pair[0], pair[1]).encoded()) == "compute.blame_unfounded")
    }

    @Test func `every changed bit of evidence is refused`() async throws {
        var outbox = FrameOutbox()
        let (frames, batch, leaves) = try batch([[1], [2], [3]], outbox: &outbox)
        let golden = try Blame.frames([FrameProof(frames[1], in: batch, leaves: leaves)]).encoded()
        let sample = sample
        let survivors = await inParallel(bitFlips(of: golden)) { flip -> Int? in
            let read = try? Blame.verify(golden.flipping(flip.byte, flip.bit), for: sample.terms, by: sample.custodians) {
                _ in true
            }
            return read == nil ? nil : flip.byte
        }
        #expect(survivors == [])
    }

    @Test func `two statements about the same frames convict`() throws {
        var (one, two) = (FrameOutbox(), FrameOutbox())
        let first = try batch([[1], [2]], outbox: &one).batch
        let forged = try batch([[1], [9]], outbox: &two).batch
        #expect(try blame(Blame.batches(first, forged).encoded()) == nil)
        let next = try batch([[3]], outbox: &one).batch
        #expect(try blame(Blame.batches(first, next).encoded()) == "compute.blame_unfounded")
        #expect(try blame(Blame.batches(first, first).encoded()) == "compute.blame_unfounded")
    }

    @Test func `material bound twice convicts`() throws {
        let ticket = try sample.ticket()
        let one = try sample.signature(sample.claim(ticket), [1], by: 0)
        let two = try sample.signature(sample.claim(ticket, nonce: 2), [1], by: 0)
        #expect(try blame(Blame.claims(one, two).encoded()) == nil)
        let other = try sample.signature(sample.claim(ticket, nonce: 2), [2], by: 0)
        #expect(try blame(Blame.claims(one, other).encoded()) == "compute.blame_unfounded")
        let neighbour = try sample.signature(sample.claim(ticket, nonce: 2), [1], by: 1)
        #expect(try blame(Blame.claims(one, neighbour).encoded()) == "compute.blame_unfounded")
    }

    @Test func `damaged evidence is refused with a code`() throws {
        var outbox = FrameOutbox()
        let (frames, batch, leaves) = try batch([[1]], outbox: &outbox)
        let golden = try Blame.frames([FrameProof(frames[0], in: batch, leaves: leaves)]).encoded()
        var random = Mutator("evidence", corpus: [golden])
        for _ in 0..<1000 {
            let input = random.input()
            #expect(blame(input)?.hasPrefix("untyped") != true || input == golden)
        }
    }
}

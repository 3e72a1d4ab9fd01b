import ChanceryLedger
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct EventChainTests {
    private let sample: SampleProgram

    init() throws { sample = try SampleProgram() }

    private func event(_ number: Int, outcome: EvaluationEvent.Outcome = .checked) throws -> EvaluationEvent {
        let (meter, _) = try Meter.open(sample.activation(), at: SampleProgram.start)
        return try EvaluationEvent(
            claim: digest(1, number), client: digest(2, 1), inputs: digest(4, number), transcript: digest(5, number),
            indices: MaterialIndices([Int64(number)]), outcome: outcome, refusal: outcome == .refused ? .budget : nil,
            named: outcome == .corrected ? [SampleProgram.did(2), SampleProgram.did(1)] : [],
            standing: meter.books.standing(of: digest(2, 1), at: SampleProgram.start), time: SampleProgram.later(Int64(number)))
    }

    private func head(_ chain: EventChain, by number: Int = 0) throws -> EventHead {
        let head = try EventHead.sign(
            chain, for: sample.terms, as: SampleProgram.did(number), at: SampleProgram.start, by: SampleProgram.key(number, 2))
        return try EventHead.verify(
            UnverifiedRecord(decoding: head.record.bytes), for: sample.terms, by: sample.custodians)
    }

    @Test func `stored events lead to the same head`() throws {
        var chain = EventChain()
        var stored: [[UInt8]] = []
        for (number, outcome) in EvaluationEvent.Outcome.allCases.enumerated() {
            let written = try event(number, outcome: outcome)
            stored.append(try chain.append(written))
            #expect(try EvaluationEvent.read(stored[number]).event == written)
        }
        var again = EventChain()
        for bytes in stored { try again.follow(bytes) }
        #expect(again.tree == chain.tree)
        #expect(again.last == chain.last)
        for skipped in 0..<stored.count - 1 {
            var broken = EventChain()
            let outcome = code { for (index, bytes) in stored.enumerated() where index != skipped { try broken.follow(bytes) } }
            #expect(outcome == "compute.events_broken")
        }
    }

    @Test func `an event says for how many others it stands, and nothing where there are none`() throws {
        var chain = EventChain()
        var refusal = try event(0, outcome: .refused)
        let alone = try chain.append(refusal)
        #expect(try JSONParser.parse(alone)["others"] == nil)
        refusal.others = 1000
        let many = try chain.append(refusal)
        #expect(try EvaluationEvent.read(many).event == refusal)
        let text = String(decoding: many, as: UTF8.self)
        #expect(text.contains("\"others\":1000,"))
        for other in ["0", "-1", "null", "\"1\""] {
            let changed = Array(text.replacing("\"others\":1000,", with: "\"others\":\(other),").utf8)
            #expect(throws: (any Error).self, "\(other)") { _ = try EvaluationEvent.read(changed) }
        }
    }

    @Test func `every changed bit of an event is refused or changes the head`() throws {
        var chain = EventChain()
        let first = try chain.append(event(0))
        let second = try chain.append(event(1, outcome: .corrected))
        for (byte, bit) in bitFlips(of: second) {
            var altered = EventChain()
            try altered.follow(first)
            guard (try? altered.follow(second.flipping(byte, bit))) != nil else { continue }
            #expect(altered.tree.root != chain.tree.root)
        }
    }

    @Test func `two histories of one length are a fork`() throws {
        var (one, two) = (EventChain(), EventChain())
        _ = try one.append(event(0))
        _ = try two.append(event(0, outcome: .aborted))
        #expect(try head(one).compared(with: head(two)) == .forked)
        #expect(try head(one).compared(with: head(one)) == .same)
        #expect(try head(one).compared(with: head(two, by: 1)) == .unrelated)
        let evidence = try Blame.heads(head(one), head(two)).encoded()
        let found = try Blame.verify(evidence, for: sample.terms, by: sample.custodians) { _ in false }
        #expect(try found.accused == [SampleProgram.did(0)])
    }

    @Test func `heads of different length are settled by a consistency proof`() throws {
        var chain = EventChain()
        var leaves: [Digest256] = []
        var heads: [EventHead] = [try head(chain)]
        for number in 0..<4 {
            leaves.append(MerkleTree.leafHash(try chain.append(event(number))))
            heads.append(try head(chain))
        }
        #expect(heads[2].compared(with: heads[4]) == .undecided)
        #expect(heads[0].compared(with: heads[4]) == .same)
        // From two leaves to four, the right half is the whole path.
        let path = [MerkleTree.nodeHash(leaves[2], leaves[3])]
        let proof = try ConsistencyProof(oldSize: 2, newSize: 4, path: path)
        #expect(heads[2].compared(with: heads[4], proof: proof) == .same)
        #expect(heads[4].compared(with: heads[2], proof: proof) == .same)
        let false_ = try ConsistencyProof(oldSize: 2, newSize: 4, path: [leaves[0]])
        #expect(heads[2].compared(with: heads[4], proof: false_) == .undecided)
        #expect(heads[1].compared(with: heads[4], proof: proof) == .undecided)
    }

    @Test func `an event holds hashes and numbers, and no room for more`() throws {
        var chain = EventChain()
        let bytes = try chain.append(event(0))
        let members = try JSONParser.parse(bytes).object?.names ?? []
        #expect(
            members == [
                "claim", "client", "indices", "inputs", "named", "outcome", "previous", "refusal", "sequence", "standing",
                "time", "transcript", "type",
            ])
        let more = bytes.replacing("\"outcome\"", by: "\"output\":1,\"outcome\"")
        #expect(code { _ = try EvaluationEvent.read(more) } == "wire.unknown_member")
    }
}

import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import Testing

/// Four members of weight one; n proposes in round n.
struct ConsensusMachineTests {
    private let X = ConsensusStage.X
    private let Y = ConsensusStage.Y

    @Test func `a block that two thirds prevote and precommit is decided`() throws {
        var one = try ConsensusScript(1)
        #expect(one.start() == ["wait propose 0"])
        #expect(try one.hear(proposal: X, 0) == ["persist 0 prevote", "prevote 0 X"])
        #expect(try one.hear([0], .prevote, 0, X) == [])
        #expect(try one.hear([2], .prevote, 0, X) == ["persist 0 precommit locked X@0", "precommit 0 X"])
        #expect(try one.hear([0], .precommit, 0, X) == [])
        #expect(try one.hear([3], .precommit, 0, X) == ["decided X in 0 by 3"])
        #expect(throws: Never.self) { try one.certificate?.verify(against: ConsensusStage.members()) }
        #expect(try one.hear([2], .precommit, 0, X) == [] && one.timeout(.precommit, 0) == [])
    }

    @Test func `the proposer asks for a block, journals the proposal and votes for it`() throws {
        var zero = try ConsensusScript(0)
        #expect(zero.start() == ["wait propose 0", "need block 0"])
        #expect(zero.propose(X, 0) == ["persist 0 propose", "propose 0 X", "persist 0 prevote", "prevote 0 X"])
        #expect(zero.propose(Y, 0) == [])
    }

    @Test func `a silent proposer costs one round`() throws {
        var one = try ConsensusScript(1)
        _ = one.start()
        #expect(one.timeout(.propose, 0) == ["persist 0 prevote", "prevote 0 nil"])
        #expect(try one.hear([2, 3], .prevote, 0, nil) == ["persist 0 precommit", "precommit 0 nil"])
        #expect(try one.hear([2, 3], .precommit, 0, nil) == ["wait precommit 0"])
        #expect(one.timeout(.precommit, 0) == ["wait propose 1", "need block 1"])
        #expect(one.propose(Y, 1) == ["persist 1 propose", "propose 1 Y", "persist 1 prevote", "prevote 1 Y"])
        #expect(one.timeout(.precommit, 0) == [], "the round is over")
    }

    @Test func `divided prevotes end in nil when their time is over`() throws {
        var one = try ConsensusScript(1)
        _ = one.start()
        _ = try one.hear(proposal: X, 0)
        #expect(try one.hear([0], .prevote, 0, Y) == [])
        #expect(try one.hear([2], .prevote, 0, nil) == ["wait prevote 0"])
        #expect(one.timeout(.prevote, 0) == ["persist 0 precommit", "precommit 0 nil"])
    }

    @Test func `an invalid block and an untimely fresh one are prevoted nil`() throws {
        var one = try ConsensusScript(1)
        _ = one.start()
        #expect(try one.hear(proposal: X, 0, isValid: false) == ["persist 0 prevote", "prevote 0 nil"])
        var two = try ConsensusScript(2)
        _ = two.start()
        #expect(try two.hear(proposal: X, 0, isTimely: false) == ["persist 0 prevote", "prevote 0 nil"])
    }

    /// Locked on X in round 0, in round 1.
    private func locked() throws -> ConsensusScript {
        var two = try ConsensusScript(2)
        _ = two.start()
        _ = try two.hear(proposal: X, 0)
        #expect(try two.hear([0, 1], .prevote, 0, X) == ["persist 0 precommit locked X@0", "precommit 0 X"])
        #expect(try two.hear([0, 1], .precommit, 0, nil) == ["wait precommit 0"])
        #expect(two.timeout(.precommit, 0) == ["wait propose 1"])
        return two
    }

    @Test func `a locked member prevotes no other block`() throws {
        var two = try locked()
        #expect(try two.hear(proposal: Y, 1) == ["persist 1 prevote locked X@0", "prevote 1 nil"])
    }

    @Test func `a later prevote quorum moves the lock`() throws {
        var two = try locked()
        _ = try two.hear(proposal: Y, 1)
        #expect(
            try two.hear([0, 1, 3], .prevote, 1, Y) == ["wait prevote 1", "persist 1 precommit locked Y@1", "precommit 1 Y"])
    }

    @Test func `a proof from the round of the lock or later unlocks, an earlier one does not`() throws {
        var two = try locked()
        _ = try two.hear(proposal: Y, 1)
        _ = try two.hear([0, 1, 3], .prevote, 1, Y)
        _ = try two.hear([0, 1], .precommit, 1, nil)
        // n2 proposes in round 2 what it is locked on, with the proof.
        #expect(
            two.timeout(.precommit, 1).prefix(3) == [
                "wait propose 2", "persist 2 propose locked Y@1", "propose 2 Y valid 1 by 3",
            ])
        #expect(two.machine.valid?.round == 1)
        _ = try two.hear([0, 1, 3], .prevote, 2, nil)
        _ = try two.hear([0, 1], .precommit, 2, nil)
        #expect(two.timeout(.precommit, 2) == ["wait propose 3"])
        let old = try two.hear(proposal: X, 3, valid: 0, proof: [0, 1, 3])
        #expect(old == ["persist 3 prevote locked Y@1", "prevote 3 nil"], "round 0 lies before the lock")
    }

    @Test func `a newer proof unlocks`() throws {
        var two = try locked()
        // Round 1 passes without this member hearing its proposal; Y was prevoted there.
        _ = two.timeout(.propose, 1)
        _ = try two.hear([0, 1], .prevote, 1, nil)
        _ = try two.hear([0, 1], .precommit, 1, nil)
        _ = two.timeout(.precommit, 1)
        _ = try two.hear([0, 1, 3], .prevote, 2, nil)
        _ = try two.hear([0, 1], .precommit, 2, nil)
        _ = two.timeout(.precommit, 2)
        #expect(try two.hear(proposal: Y, 3, valid: 1, proof: [0, 1, 3]) == ["persist 3 prevote locked X@0", "prevote 3 Y"])
    }

    @Test(arguments: [[], [0, 1], [0, 1, 1]])
    func `a valid round without its quorum is waited for and then prevoted nil`(proof: [Int]) throws {
        var two = try locked()
        #expect(try two.hear(proposal: Y, 1, valid: 0, proof: proof) == [])
        #expect(two.timeout(.propose, 1) == ["persist 1 prevote locked X@0", "prevote 1 nil"])
    }

    @Test func `a block proposed again is not held against the clock`() throws {
        var three = try ConsensusScript(3)
        _ = three.start()
        #expect(try three.hear([0, 1], .precommit, 1, nil).contains("wait propose 1"))
        let again = try three.hear(proposal: X, 1, valid: 0, proof: [0, 1, 2], isTimely: false)
        #expect(again == ["persist 1 prevote", "prevote 1 X"])
    }

    @Test func `a member follows a third of the weight into a later round and leaves nil votes behind`() throws {
        var zero = try ConsensusScript(0)
        _ = zero.start()
        #expect(try zero.hear([1], .prevote, 6, nil) == [], "one member may lie")
        #expect(
            try zero.hear([2], .precommit, 5, nil) == [
                "persist 5 propose", "prevote 4 nil", "precommit 4 nil", "wait propose 5",
            ])
        #expect(zero.machine.round == 5)
    }

    @Test func `rounds far ahead do not fill the memory`() throws {
        var zero = try ConsensusScript(0)
        _ = zero.start()
        for round in 1...20 as ClosedRange<Int64> { _ = try zero.hear([1], .prevote, round * 1000, X) }
        #expect(zero.machine.round == 0)
        #expect(zero.machine.knows(try ConsensusStage.vote(1, .prevote, 4000, X).statement))
        #expect(!zero.machine.knows(try ConsensusStage.vote(1, .prevote, 5000, X).statement))
    }

    @Test func `after a restart the same bytes leave and nothing else is signed`() throws {
        var one = try ConsensusScript(1)
        _ = one.start()
        _ = try one.hear(proposal: X, 0)
        _ = try one.hear([0, 2], .prevote, 0, X)
        let entry = try #require(one.journal)
        #expect(entry.blocks == [X])

        var again = try ConsensusScript(1, journal: JournalEntry(decoding: entry.encoded()))
        #expect(again.start() == ["prevote 0 X", "precommit 0 X"])
        #expect(again.sent == one.sent)
        #expect(try again.hear(proposal: Y, 0) == [] && again.timeout(.propose, 0) == [] && again.timeout(.prevote, 0) == [])
        // And the lock holds.
        _ = try again.hear([0, 2], .precommit, 0, nil)
        #expect(again.timeout(.precommit, 0) == ["wait propose 1"], "n1 has no bytes of X to propose")
        again.machine.admit(block: X)
        _ = try again.hear([0, 2], .precommit, 2, nil)
        #expect(try again.hear(proposal: Y, 2).last == "prevote 2 nil")
    }

    @Test func `a restarted proposer proposes what it proposed`() throws {
        var zero = try ConsensusScript(0)
        _ = zero.start()
        _ = zero.propose(X, 0)
        var again = try ConsensusScript(0, journal: zero.journal)
        #expect(again.start() == ["propose 0 X", "prevote 0 X"])
        #expect(again.sent == zero.sent && again.propose(Y, 0) == [])
    }

    @Test func `a journal of another slot or member is refused`() throws {
        var one = try ConsensusScript(1)
        _ = one.start()
        _ = one.timeout(.propose, 0)
        let entry = try #require(one.journal)
        #expect(throws: GovernanceError.self) { try ConsensusScript(2, journal: entry) }
        for (slot, epoch) in [(5, 0), (4, 1)] as [(Int64, Int64)] {
            let error = #expect(throws: GovernanceError.self) {
                try ConsensusMachine(
                    members: ConsensusStage.members(epoch: epoch), slot: slot, me: ConsensusStage.did(1),
                    authority: ConsensusStage.authority(1), journal: entry)
            }
            #expect(error?.reason == .journalInvalid)
        }
    }

    @Test func `a member that votes twice is counted once and proven`() throws {
        var one = try ConsensusScript(1)
        _ = one.start()
        _ = try one.hear(proposal: X, 0)
        #expect(try one.hear([3], .prevote, 0, Y) == [])
        #expect(try one.hear([3], .prevote, 0, Y) == [], "sent again is not voted again")
        #expect(try one.hear([3], .prevote, 0, X) == ["equivocation"])
        #expect(try one.hear([3], .prevote, 0, nil) == [], "one proof is enough")
        #expect(one.equivocation?.member == ConsensusStage.did(3))
        #expect(try one.hear([0], .prevote, 0, X) == ["wait prevote 0"], "two of four prevoted X")
    }

    @Test func `statements of another slot do not count`() throws {
        var one = try ConsensusScript(1)
        _ = one.start()
        for member in [0, 2, 3] {
            #expect(one.machine.receive(try ConsensusStage.vote(member, .prevote, 0, nil, slot: 5)).isEmpty)
        }
        #expect(one.machine.step == .propose)
    }

    @Test func `an observer follows and signs nothing`() throws {
        var observer = ConsensusMachine(
            observing: try ConsensusStage.members(), slot: ConsensusStage.slot, authority: ConsensusStage.authority(4))
        observer.admit(block: X)
        _ = observer.start()
        var effects: [ConsensusMachine.Effect] = []
        for member in 0..<3 { effects += observer.receive(try ConsensusStage.vote(member, .precommit, 0, X)) }
        #expect(observer.isDecided && effects.count == 1 && observer.resend().isEmpty)
    }

    @Test(
        arguments: [([1, 1, 1], 2, false), ([1, 1, 1], 3, true), ([2, 1, 1, 1], 3, false), ([3, 1, 1, 1], 5, true)]
            as [([Int64], Int64, Bool)])
    func `a quorum weighs more than two thirds exactly`(weights: [Int64], weight: Int64, expected: Bool) throws {
        #expect(try ConsensusStage.members(weights: weights).isQuorum(weight) == expected)
    }

    @Test func `members propose in turn whatever they weigh`() throws {
        let members = try ConsensusStage.members(weights: [9, 1, 1, 1])
        let proposers = (0..<8).map { members.proposer(slot: 7, round: $0) }
        #expect(Set(proposers).count == 4 && proposers.prefix(4) == proposers.suffix(4))
        #expect(members.proposer(slot: .max, round: .max) == members.proposer(slot: 3, round: 3))
    }
}

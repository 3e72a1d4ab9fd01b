import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct ProposalPoolTests {
    private let federation: SampleFederation
    private let proposal: Proposal

    init() throws {
        federation = try SampleFederation(weights: [1, 1, 1, 1])
        proposal = try federation.proposal(.updatePolicy(SampleProposal.hash(9)), basis: .policy(nil))
    }

    private func early(_ number: Int, by member: Int = 1) throws -> Ballot {
        try federation.ballot(.approve, on: Digest.sha3_256([UInt8(number % 256), UInt8(number / 256)]), by: member)
    }

    private func isFull(_ effect: ProposalPool.Effect) -> Bool { if case .full = effect { true } else { false } }

    @Test func `ballots that wait for their proposal are bounded for each member, and go with their age`() throws {
        var pool = ProposalPool(of: federation.committee)
        let life = ProposalPool.earlyBallotLife / 1000
        for number in 0..<ProposalPool.earlyBallotsPerMember {
            #expect(try !isFull(pool.add(early(number), at: SampleKeys.time(number < 200 ? 0 : 10))))
        }
        #expect(try isFull(pool.add(early(1000), at: SampleKeys.time(life - 1))))
        #expect(try !isFull(pool.add(early(1000, by: 2), at: SampleKeys.time(life - 1))))
        pool.forgetEarly(at: SampleKeys.time(life - 1))
        #expect(pool.recordIDs.count == 257)
        pool.forgetEarly(at: SampleKeys.time(life))
        #expect(pool.recordIDs.count == 57)
        #expect(try !isFull(pool.add(early(1000), at: SampleKeys.time(life))))
        // A clock that was set back frees all rather than none.
        pool.forgetEarly(at: SampleKeys.time(-1))
        #expect(pool.recordIDs.isEmpty)
    }

    @Test func `a ballot that waited counts once its proposal comes`() throws {
        var pool = ProposalPool(of: federation.committee)
        _ = try pool.add(federation.ballot(.approve, on: proposal.id, by: 1), at: SampleKeys.time(0))
        pool.forgetEarly(at: SampleKeys.time(100))
        _ = try pool.add(proposal)
        pool.forgetEarly(at: SampleKeys.time(10_000))
        #expect(pool.ballots(on: proposal.id)?.weights.approve == 1)
    }

    @Test func `records that change nothing are known before their signature is looked at`() throws {
        var pool = ProposalPool(of: federation.committee)
        func knows(_ record: VerifiedRecord) throws -> Bool { try pool.knows(UnverifiedRecord(decoding: record.bytes)) }
        let (waiting, ballot) = (try early(1), try federation.ballot(.approve, on: proposal.id, by: 1))
        #expect(try !knows(proposal.record) && !knows(waiting.record) && !knows(ballot.record))
        _ = try pool.add(waiting, at: SampleKeys.time(0))
        _ = try pool.add(proposal)
        #expect(try knows(proposal.record) && knows(waiting.record) && !knows(ballot.record))
        _ = try pool.add(ballot, at: SampleKeys.time(0))
        #expect(try knows(ballot.record))
        let other = try federation.ballot(.reject, on: proposal.id, by: 1)
        #expect(try !knows(other.record), "a contradiction is news")
        _ = try pool.add(other, at: SampleKeys.time(0))
        #expect(try knows(ballot.record) && knows(other.record))
    }
}

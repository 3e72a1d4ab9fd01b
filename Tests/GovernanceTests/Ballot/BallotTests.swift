import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct BallotTests {
    private let proposal = [UInt8](repeating: 3, count: 32)

    private func unverified(_ ballot: Ballot) throws -> UnverifiedRecord { try UnverifiedRecord(decoding: ballot.record.bytes) }

    @Test func `a ballot verifies in its committee and in no other`() throws {
        let federation = try SampleFederation(weights: [1, 1, 1, 1, 1, 2])
        let ballot = try federation.ballot(.approve, on: proposal, by: 0)
        #expect(try Ballot.verify(unverified(ballot), in: federation.committee).choice == .approve)
        let others = [
            try SampleFederation(weights: [1, 1, 1, 1, 1, 2], name: "other").committee,
            try federation.committee.succeeded(
                by: Array(federation.committee.members.dropLast())
                    + [try SampleKeys.enrolment(8, keys: SampleKeys.memberKeys(8)).member(weight: 1)]),
        ]
        for other in others {
            let error = #expect(throws: GovernanceError.self) { _ = try Ballot.verify(unverified(ballot), in: other) }
            #expect(error?.reason == .foreignRecord)
        }
    }

    @Test func `nobody votes for another`() throws {
        let federation = try SampleFederation(weights: [1, 1, 1, 1])
        var body = try federation.ballot(.reject, on: proposal, by: 0).record.body
        let forged = try VerifiedRecord.sign(body, type: Ballot.type, by: federation.keys[1].ballot)
        #expect(throws: SuiteError.self) {
            _ = try Ballot.verify(UnverifiedRecord(decoding: forged.bytes), in: federation.committee)
        }
        let stranger = try SampleKeys.document(9).did
        body["voter"] = .string(stranger.text)
        let outside = try VerifiedRecord.sign(body, type: Ballot.type, by: SampleKeys.memberKeys(9).ballot)
        let error = #expect(throws: GovernanceError.self) {
            _ = try Ballot.verify(UnverifiedRecord(decoding: outside.bytes), in: federation.committee)
        }
        #expect(error?.reason == .notAMember)
        #expect(throws: GovernanceError.self) {
            _ = try Ballot.cast(
                .approve, on: proposal, as: federation.dids[0], in: federation.committee, key: federation.keys[1].ballot)
        }
    }

    @Test func `a record of another type never counts as a ballot`() throws {
        let federation = try SampleFederation(weights: [1, 1, 1, 1])
        let body = try federation.ballot(.approve, on: proposal, by: 0).record.body
        let other = try VerifiedRecord.sign(body, type: "chancery/proposal/v1", by: federation.keys[0].ballot)
        #expect(throws: SuiteError.self) {
            _ = try Ballot.verify(UnverifiedRecord(decoding: other.bytes), in: federation.committee)
        }
    }

    @Test func `who contradicts himself loses his weight, and both ballots prove it`() throws {
        let federation = try SampleFederation(weights: [1, 1, 1, 1])
        var ballots = Ballots(on: proposal, .authorizeModel, of: federation.committee)
        for member in 0..<3 { _ = try ballots.add(federation.ballot(.approve, on: proposal, by: member)) }
        #expect(ballots.outcome(isOver: false) == .passed)
        guard case .known = try ballots.add(federation.ballot(.approve, on: proposal, by: 2)) else {
            Issue.record("a repetition is no equivocation")
            return
        }
        guard case .equivocation(let proof) = try ballots.add(federation.ballot(.reject, on: proposal, by: 2)) else {
            Issue.record("two choices went unnoticed")
            return
        }
        #expect(ballots.weights == .init(approve: 2) && ballots.excludedWeight == 1 && ballots.outcome(isOver: false) == .open)
        #expect(try BallotEquivocation(verifying: proof.json, in: federation.committee).voter == federation.dids[2])
        guard case .excluded = try ballots.add(federation.ballot(.approve, on: proposal, by: 2)) else {
            Issue.record("the weight came back")
            return
        }
        _ = try ballots.add(federation.ballot(.approve, on: proposal, by: 3))
        #expect(ballots.outcome(isOver: false) == .passed && ballots.all.count == 3)
    }

    @Test func `two signings of one choice prove nothing`() throws {
        let federation = try SampleFederation(weights: [1, 1, 1, 1])
        let twice = try (0..<2).map { _ in try federation.ballot(.approve, on: proposal, by: 0) }
        #expect(twice[0].record.bytes != twice[1].record.bytes, "signing is hedged")
        #expect(twice[0].record.id == twice[1].record.id)
        let forged: JSONValue = [
            "ballots": .array(try twice.map { try JSONParser.parse($0.record.bytes) }),
            "type": .string(BallotEquivocation.type),
        ]
        for proof in [forged, try mixed(federation)] {
            let error = #expect(throws: GovernanceError.self) {
                _ = try BallotEquivocation(verifying: proof, in: federation.committee)
            }
            #expect(error?.reason == .noEquivocation)
        }
    }

    /// Ballots of one voter on two proposals.
    private func mixed(_ federation: SampleFederation) throws -> JSONValue {
        let other = [UInt8](repeating: 4, count: 32)
        return [
            "ballots": [
                try JSONParser.parse(federation.ballot(.approve, on: proposal, by: 0).record.bytes),
                try JSONParser.parse(federation.ballot(.reject, on: other, by: 0).record.bytes),
            ], "type": .string(BallotEquivocation.type),
        ]
    }

    @Test(arguments: [
        ("aaa--", false, Outcome.passed), ("aa---", false, .open), ("aarr-", false, .open), ("aarrr", false, .rejected),
        ("arr--", false, .rejected), ("abb--", false, .rejected), ("aa---", true, .noQuorum), ("aar--", true, .expired),
        ("arr--", true, .rejected), ("-----", true, .noQuorum), ("aar-", false, .open), ("aar-", true, .expired),
    ])
    func `the outcome says what can still happen`(votes: String, isOver: Bool, expected: Outcome) throws {
        // Five of seven, or three of four.
        let weights: [Int64] = votes.utf8.count == 5 ? [2, 2, 1, 1, 1] : [1, 1, 1, 1]
        let federation = try SampleFederation(weights: weights)
        var ballots = Ballots(on: proposal, .authorizeModel, of: federation.committee)
        for (member, letter) in votes.enumerated() where letter != "-" {
            let choice: Choice = letter == "a" ? .approve : letter == "r" ? .reject : .abstain
            _ = try ballots.add(federation.ballot(choice, on: proposal, by: member))
        }
        #expect(ballots.outcome(isOver: isOver) == expected, "\(votes): \(ballots.weights)")
    }
}

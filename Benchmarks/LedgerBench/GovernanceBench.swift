import ChanceryGovernance
import ChanceryLedger
import ChancerySimulation
import ChancerySuite
import ChanceryWire

/// A decision from proposal to a stranger's verdict, answers from a state, and simulated schedules.
enum GovernanceBench {
    private static let members = 7
    private static let voters = 5

    /// Signing and verifying as the decision does it, and the decision: what everything else adds is the ratio.
    static func decision(_ bench: Bench) throws -> [Measurement] {
        let federation = try Federation(members)
        let message = [UInt8](repeating: 7, count: 400)
        let key = federation.keys[0].ballot
        let signature = try key.sign(message, type: "chancery/bench/v1")
        var ratios: [Double] = []
        let whole = try bench.rounds {
            var signing = 0.0
            var verifying = 0.0
            for _ in 0..<20 {
                signing += try seconds { _ = try key.sign(message, type: "chancery/bench/v1") }
                verifying += seconds { _ = key.publicKey.isValid(signature, for: message, type: "chancery/bench/v1") }
            }
            var time = 0.0
            for number in 0..<10 { time += try seconds { try federation.decide(number) } }
            // A proposal, five ballots and five votes are signed; proposal and ballots are verified when they are counted, when
            // the block is made and by the stranger, who verifies the votes too.
            let operations = signing / 20 * Double(1 + 2 * voters) + verifying / 20 * Double(3 * (1 + voters) + voters)
            ratios.append(time / 10 / operations)
            return time / 10 * 1000
        }
        return [
            Measurement("governance.decision", "5 of 7 decide, a stranger verifies, in process", .milliseconds, whole),
            Measurement(
                "governance.share", "the same as a multiple of its signatures and verifications", .ratio, ratios,
                target: .atMost(2)),
        ]
    }

    static func authorized(_ bench: Bench) throws -> [Measurement] {
        let federation = try Federation(members)
        let subjects = try (0..<voters).map { number in
            try federation.decide(number)
            return Subject.model(Federation.model(number))
        }
        let (state, scope) = (federation.head.state, try Scope("prod/eu/payments"))
        let samples = bench.rounds {
            let count = 100_000
            var granted = 0
            let time = seconds {
                for number in 0..<count
                where state.isAuthorized(subjects[number % subjects.count], in: scope, at: federation.time).authority != nil {
                    granted += 1
                }
            }
            precondition(granted == count, "\(granted) of \(count) were granted")
            return Double(count) / time
        }
        return [
            Measurement(
                "governance.authorized", "is this model authorised? (200,000 /s are 5 µs each)", .perSecond, samples,
                target: .atLeast(200_000))
        ]
    }

    static func simulation(_ bench: Bench) throws -> [Measurement] {
        [
            Measurement(
                "governance.simulation", "simulated schedules of a federation, one core (6.95 /s are 50,000 an hour on two)",
                .perSecond, schedules(bench, 100, .governance), target: .atLeast(6.95)),
            Measurement(
                "governance.simulation.hash", "the same of consensus alone", .perSecond, schedules(bench, 100, .hash),
                target: .atLeast(6.95)),
        ]
    }

    private static func schedules(_ bench: Bench, _ count: Int, _ state: SimulationOptions.State) -> [Double] {
        var seed: UInt64 = 1
        return bench.rounds {
            let time = seconds {
                for _ in 0..<count {
                    _ = GovernanceSimulation(seed: seed, options: SimulationOptions(state: state)).run()
                    seed += 1
                }
            }
            return Double(count) / time
        }
    }

    /// Members whose keys are fresh, and the log of what they decide.
    private final class Federation {
        let keys: [MemberSigningKeys]
        private let dids: [DID]
        private(set) var head: Head<GovernanceState>
        var time: UTCTime { UTCTime(milliseconds: head.time.milliseconds + 1000) }

        init(_ count: Int) throws {
            let start = UTCTime(seconds: 1_790_000_000)
            let founders = try (0..<count).map { number in
                let identity = try IdentityKeys.generate(.mlDSA65)
                let salt = SystemRandom.bytes(16)
                let document = try IdentityDocument.create(name: "n\(number)", keys: identity, at: start, salt: salt)
                let keys = try MemberSigningKeys.generate()
                let enrolment = try Enrolment.make(
                    [document], name: "n\(number)", keys: keys, by: identity.record, at: start, salt: salt)
                return (enrolment, keys)
            }
            keys = founders.map(\.1)
            dids = founders.map(\.0.did)
            head = try Head(
                Genesis.make(
                    name: "bench", founders: founders.map { .init($0.0, weight: 1) }, thresholds: Thresholds(),
                    toleratesNoFault: false, at: start, salt: SystemRandom.bytes(16)))
        }

        static func model(_ number: Int) -> [UInt8] { Digest.sha3_256([UInt8(truncatingIfNeeded: number)]) }

        /// Proposes, votes, orders and verifies as a stranger who knows the head before.
        func decide(_ number: Int) throws {
            let committee = head.state.committee
            let parameters = ProposalParameters.authorizeModel(
                manifest: Self.model(number), scope: try Scope("prod"), constraints: try Constraints(maxRateQPS: 50))
            let proposal = try Proposal.make(
                ProposalTerms(
                    parameters, basis: head.state.basis(for: parameters), in: committee, title: "bench", proposer: dids[0],
                    created: head.time, expires: head.time.advanced(bySeconds: 3600), salt: SystemRandom.bytes(16)),
                in: committee, key: keys[0].ballot)
            let received = try Proposal.verify(UnverifiedRecord(decoding: proposal.record.bytes), in: committee)
            var ballots = Ballots(on: received.id, received.kind, of: committee)
            for voter in 0..<voters {
                let ballot = try Ballot.cast(
                    .approve, on: received.id, as: dids[voter], in: committee, key: keys[voter].ballot)
                _ = try ballots.add(Ballot.verify(UnverifiedRecord(decoding: ballot.record.bytes), in: committee))
            }
            let certificate = try BallotCertificate(received, ballots).json
            guard let proposer = head.members[dids[0]] else { throw Failure(description: "the proposer is no member") }
            let block = try head.block(of: [certificate], by: proposer, at: time)
            let place = head.members.place(slot: head.slot + 1, round: 0)
            let votes = try (0..<voters).map { voter in
                try ConsensusSigner(dids[voter], keys[voter].consensus).sign(
                    ConsensusVote(place: place, phase: .precommit, value: block.id, voter: dids[voter])
                ).claimed
            }
            let decision = Decision(
                block: block, certificate: CommitCertificate(claiming: block.id, at: place, votes: votes))
            head = try head.following(Decision(decoding: decision.encoded()))
        }
    }
}

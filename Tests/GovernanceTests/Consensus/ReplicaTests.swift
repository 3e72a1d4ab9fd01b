import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

/// A number that items add to; the item `epoch` brings in the members of the next epoch.
private struct Sum: ReplicatedState {
    let value: Int64
    let members: ConsensusMembers?

    func applying(_ items: [JSONValue], in context: Block.Context) throws(GovernanceError) -> Transition<Sum> {
        var sum = value
        var next: ConsensusMembers?
        for item in items {
            if item == "epoch" {
                next = members
            } else if let number = item.integer {
                sum += number
            } else {
                throw GovernanceError(.blockInvalid, "not a number")
            }
        }
        let root = Digest256.sha256(prefix: 0, Array(String(sum).utf8))
        return Transition(state: Sum(value: sum, members: members), root: root, members: next)
    }
}

/// Replicas that hear each other at once, with messages through their bytes.
private struct Cluster {
    var replicas: [Replica<Sum>] = []
    var decisions: [[Decision]]
    var journals: [JournalEntry?]
    var timers: [[ReplicaTimer]]
    var refused: [GovernanceError] = []
    /// Those that hear nothing.
    var deaf: Set<Int> = []
    var items: [JSONValue] = [5]
    var now = UTCTime(milliseconds: 1_790_000_000_000)
    private var waiting: [(to: Int, from: Int, bytes: [UInt8])] = []

    init(weights: [Int64] = [1, 1, 1, 1], next: [Int64] = [1, 1, 1, 1]) throws {
        let count = weights.count
        decisions = Array(repeating: [], count: count)
        journals = Array(repeating: nil, count: count)
        timers = Array(repeating: [], count: count)
        for index in 0..<count { replicas.append(try Self.replica(index, weights, next)) }
    }

    static func head(_ weights: [Int64], _ next: [Int64]) throws -> Head<Sum> {
        let members = try ConsensusStage.members(weights: weights)
        let state = Sum(value: 0, members: try ConsensusStage.members(epoch: 1, weights: next))
        let root = ConsensusStage.digest("genesis")
        return Head(
            slot: 0, id: members.federation, time: UTCTime(milliseconds: 1_789_000_000_000), root: root, state: state,
            members: members)
    }

    static func replica(
        _ index: Int, _ weights: [Int64] = [1, 1, 1, 1], _ next: [Int64] = [1, 1, 1, 1], journal: JournalEntry? = nil,
        hasSigned: Bool = false
    ) throws -> Replica<Sum> {
        Replica(
            ConsensusStage.did(index), head: try head(weights, next), journal: journal, hasSigned: hasSigned,
            authority: ConsensusStage.authority(index))
    }

    mutating func wake(_ members: [Int]) throws {
        for member in members { try perform(replicas[member].wake(at: now), member) }
        try settle()
    }

    /// All timers of a member ring at once.
    mutating func ring(_ member: Int) throws {
        let due = timers[member]
        timers[member] = []
        for timer in due { try perform(replicas[member].timeout(timer, at: now), member) }
        try settle()
    }

    mutating func say(_ message: ConsensusMessage, from: Int, to: Int) throws {
        waiting.append((to, from, try message.encoded()))
        try settle()
    }

    private mutating func settle() throws {
        var budget = 2000
        while !waiting.isEmpty, budget > 0 {
            budget -= 1
            let (to, from, bytes) = waiting.removeFirst()
            guard !deaf.contains(to) else { continue }
            let effects = replicas[to].receive(try ConsensusMessage(decoding: bytes), from: ConsensusStage.did(from), at: now)
            try perform(effects, to)
        }
    }

    mutating func perform(_ effects: [ReplicaEffect], _ me: Int) throws {
        for effect in effects {
            switch effect {
            case .broadcast(let message):
                for other in replicas.indices where other != me { waiting.append((other, me, try message.encoded())) }
            case .send(let message, let to):
                if let other = replicas.indices.first(where: { ConsensusStage.did($0) == to }) {
                    waiting.append((other, me, try message.encoded()))
                }
            case .answer(let slot, let to):
                guard let other = replicas.indices.first(where: { ConsensusStage.did($0) == to }), slot <= decisions[me].count
                else {
                    continue
                }
                waiting.append((other, me, try ConsensusMessage.decision(decisions[me][Int(slot) - 1]).encoded()))
            case .needItems(let slot, let round):
                try perform(replicas[me].propose(items, slot: slot, round: round, at: now), me)
            case .commit(let decision): decisions[me].append(decision)
            case .persist(let entry): journals[me] = entry
            case .refused(let error): refused.append(error)
            case .schedule(let timer, _): timers[me].append(timer)
            case .keep, .equivocation: break
            }
        }
    }
}

struct ReplicaTests {
    @Test func `four replicas decide slot after slot and agree`() throws {
        var cluster = try Cluster()
        for slot in 1...3 as ClosedRange<Int64> {
            try cluster.wake([0, 1, 2, 3])
            #expect(cluster.replicas.map(\.head.slot) == [slot, slot, slot, slot])
        }
        #expect(Set(cluster.replicas.map(\.head.id)).count == 1 && cluster.replicas[0].head.state.value == 15)
        #expect(cluster.refused.isEmpty)
        for decision in cluster.decisions[2] {
            let read = try Decision(decoding: decision.encoded())
            try read.verify(against: ConsensusStage.members())
            #expect(read.id == decision.id && Digest.sha3_256(read.block.bytes) == read.id.bytes)
        }
        #expect(cluster.decisions[0][1].block.context.parent == cluster.decisions[0][0].id)
    }

    @Test func `a replica that heard nothing catches up with decisions`() throws {
        var cluster = try Cluster()
        cluster.deaf = [3]
        for _ in 1...2 { try cluster.wake([0, 1, 2]) }
        #expect(cluster.replicas[0].head.slot == 2 && cluster.replicas[3].head.slot == 0)
        cluster.deaf = []
        for slot in 1...2 as ClosedRange<Int64> {
            // Its votes for a decided slot are answered with the decision.
            cluster.timers[3] = []
            try cluster.wake([3])
            try cluster.ring(3)
            #expect(cluster.replicas[3].head.slot >= slot)
        }
        #expect(cluster.replicas[3].head.id == cluster.replicas[0].head.id)
    }

    @Test func `a decision that comes early waits for the one before`() throws {
        var cluster = try Cluster()
        cluster.deaf = [3]
        for _ in 1...2 { try cluster.wake([0, 1, 2]) }
        let decisions = cluster.decisions[0]
        cluster.deaf = [0, 1, 2]
        try cluster.say(.decision(decisions[1]), from: 0, to: 3)
        #expect(cluster.replicas[3].head.slot == 0)
        try cluster.say(.decision(decisions[0]), from: 0, to: 3)
        #expect(cluster.replicas[3].head.slot == 2 && cluster.decisions[3].map(\.id) == decisions.map(\.id))
    }

    @Test func `a forged decision is not adopted`() throws {
        var cluster = try Cluster()
        cluster.deaf = [3]
        try cluster.wake([0, 1, 2])
        cluster.deaf = []
        let genuine = try #require(cluster.decisions[0].first)
        let json = try JSONParser.parse(genuine.encoded())
        var votes = try #require(json["certificate"]?["votes"]?.array)
        votes.removeLast()
        var certificate = try #require(json["certificate"]?.object)
        certificate["votes"] = .array(votes)
        var object = try #require(json.object)
        object["certificate"] = .object(certificate)
        let cut = try Decision(decoding: CanonicalForm.jcs.encode(object))
        try cluster.say(.decision(cut), from: 0, to: 3)
        #expect(cluster.refused.map(\.reason) == [.commitQuorum] && cluster.replicas[3].head.slot == 0)
        try cluster.say(.decision(genuine), from: 0, to: 3)
        #expect(cluster.replicas[3].head.slot == 1)
    }

    @Test func `an invalid block gets no prevote`() throws {
        var cluster = try Cluster()
        cluster.deaf = [0, 1, 3]
        let head = cluster.replicas[1].head
        let proposer = try #require(head.members[ConsensusStage.did(1)])
        let honest = try head.block(of: [5], by: proposer, at: cluster.now)
        let wrongRoot = try Block(honest.context, stateRoot: head.root, items: honest.items)
        let wrongItem = try Block(honest.context, stateRoot: honest.stateRoot, items: ["nonsense"])
        for (block, refusals) in [(wrongRoot, 1), (wrongItem, 2)] {
            // n1 proposes in slot 1, round 0.
            let statement = ConsensusProposal(
                place: head.members.place(slot: 1, round: 0), validRound: nil, value: block.id, proposer: proposer.did)
            let proposal = try ConsensusStage.authority(1).sign(statement).claimed
            cluster.replicas[2] = try Cluster.replica(2)
            try cluster.say(.proposal(proposal, block: block.bytes, proof: []), from: 1, to: 2)
            #expect(cluster.refused.count { $0.reason == .blockInvalid } >= refusals)
            #expect(cluster.replicas[2].machine.step == .prevote)
            #expect(cluster.journals[2]?.locked == nil && cluster.journals[2]?.votes.count == 1)
        }
    }

    @Test func `a change of members counts from the next slot on`() throws {
        var cluster = try Cluster(next: [1, 1, 1, 0])
        cluster.items = [1, "epoch"]
        try cluster.wake([0, 1, 2, 3])
        #expect(cluster.decisions[0][0].certificate.place.epoch == 0)
        #expect(cluster.replicas[0].head.members.epoch == 1)
        cluster.items = [1]
        // The removed member follows without voting.
        #expect(cluster.replicas[3].machine.me == nil)
        try cluster.wake([0, 1, 2, 3])
        #expect(cluster.replicas.map(\.head.slot) == [2, 2, 2, 2])
        let second = cluster.decisions[0][1]
        #expect(second.certificate.place.epoch == 1 && second.certificate.votes.count == 3)
        // Its vote for the old epoch is refused.
        let vote = try ConsensusStage.vote(3, .precommit, 0, second.id, slot: 3, epoch: 0)
        try cluster.say(.vote(vote.claimed), from: 3, to: 0)
        #expect(cluster.refused.last?.reason == .consensusForeign)
    }

    @Test func `a node that lost its journal refuses to sign and still follows`() throws {
        var cluster = try Cluster()
        cluster.replicas[3] = try Cluster.replica(3, hasSigned: true)
        #expect(cluster.replicas[3].isRecovering)
        try cluster.wake([0, 1, 2, 3])
        #expect(cluster.replicas[3].head.slot == 1 && cluster.journals[3] == nil)
        #expect(cluster.replicas[3].propose([1], slot: 2, round: 1, at: cluster.now).isEmpty)
    }

    @Test func `a journal that is ahead of the decisions keeps the node silent until it is there`() throws {
        var cluster = try Cluster()
        try cluster.wake([0, 1, 2, 3])
        cluster.deaf = [0, 1, 2]
        cluster.timers[3] = []
        try cluster.wake([3])
        // The proposer's time is up: it votes nil.
        try cluster.ring(3)
        let entry = try #require(cluster.journals[3])
        #expect(entry.slot == 2)
        let restored = try Cluster.replica(3, journal: entry, hasSigned: true)
        #expect(restored.machine.me == nil && !restored.isRecovering)
    }

    @Test func `one sender does not fill the memory with messages of later slots`() throws {
        var replica = try Cluster.replica(0)
        let members = try ConsensusStage.members()
        for (number, sender) in [1, 1, 1, 1, 1, 1, 1, 1, 2, 4].enumerated() {
            let statement = ConsensusProposal(
                place: members.place(slot: Int64(number) + 2, round: 0), validRound: nil, value: ConsensusStage.X,
                proposer: ConsensusStage.did(sender))
            let message = ConsensusMessage.proposal(
                try ConsensusStage.authority(sender).sign(statement).claimed,
                block: [UInt8](repeating: 7, count: ConsensusMessage.maximumBytes / 4), proof: [])
            _ = replica.receive(message, from: ConsensusStage.did(sender), at: UTCTime(milliseconds: 0))
        }
        // Three of the first, one of the second, none of a stranger.
        #expect(replica.kept.messages == 4 && replica.kept.bytes < ConsensusMessage.maximumBytes * 2)
        for round in 0..<100 as Range<Int64> {
            let vote = try ConsensusStage.vote(3, .prevote, round, nil, slot: 9)
            _ = replica.receive(.vote(vote.claimed), from: ConsensusStage.did(3), at: UTCTime(milliseconds: 0))
        }
        #expect(replica.kept.messages == 4 + 32)
    }

    @Test func `what is known costs no signature, and anything else its signatures`() throws {
        var replica = try Cluster.replica(0)
        let vote = try ConsensusStage.vote(3, .prevote, 0, nil, slot: 1)
        #expect(replica.cost(of: .vote(vote.claimed)) == 1)
        _ = replica.receive(.vote(vote.claimed), from: ConsensusStage.did(3), at: UTCTime(milliseconds: 0))
        #expect(replica.cost(of: .vote(vote.claimed)) == 0)
        #expect(try replica.cost(of: .vote(ConsensusStage.vote(3, .prevote, 0, ConsensusStage.X, slot: 1).claimed)) == 1)
        var cluster = try Cluster()
        try cluster.wake([0, 1, 2, 3])
        let decision = try #require(cluster.decisions[0].first)
        #expect(replica.cost(of: .decision(decision)) == decision.certificate.votes.count)
        #expect(cluster.replicas[0].cost(of: .decision(decision)) == 0 && replica.cost(of: .request(slot: 1)) == 0)
        let place = try ConsensusStage.members().place(slot: 1, round: 0)
        let statement = ConsensusProposal(
            place: place, validRound: nil, value: ConsensusStage.X, proposer: ConsensusStage.did(1))
        let proposal = ConsensusMessage.proposal(
            try ConsensusStage.authority(1).sign(statement).claimed, block: [UInt8](repeating: 7, count: 1 << 20),
            proof: [vote.claimed])
        #expect(replica.cost(of: proposal) == 2 + 256)
    }

    @Test func `strangers and garbage are refused before anything is kept`() throws {
        var cluster = try Cluster()
        let place = try ConsensusStage.members().place(slot: 1, round: 0)
        let stranger = try ConsensusStage.authority(4).sign(
            ConsensusVote(place: place, phase: .prevote, value: nil, voter: ConsensusStage.did(4)))
        let effects = cluster.replicas[0].receive(.vote(stranger.claimed), from: ConsensusStage.did(4), at: cluster.now)
        guard case .refused(let error)? = effects.first else {
            Issue.record("a stranger's vote was taken")
            return
        }
        #expect(effects.count == 1 && error.reason == .consensusForeign)
        for text in [
            "", "{}", #"{"type":"chancery/consensus-message/v1"}"#, #"{"request":0,"type":"chancery/consensus-message/v1"}"#,
        ] {
            #expect(throws: GovernanceError.self, "\(text)") { try ConsensusMessage(decoding: Array(text.utf8)) }
        }
    }
}

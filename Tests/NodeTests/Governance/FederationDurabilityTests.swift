import ChanceryGovernance
import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Synchronization
import TestKit
import Testing

/// What a node must not lose, and what it must not say before it is kept.
struct FederationDurabilityTests {
    private let model = [UInt8](repeating: 7, count: 32)

    private func pass(_ proposal: Proposal, by members: Range<Int>, _ cluster: SampleCluster) throws {
        try cluster.sign(proposal.record, at: 0)
        for member in members {
            try cluster.sign(cluster.federation.ballot(.approve, on: proposal.id, by: member).record, at: member)
        }
    }

    @Test func `a node that cannot write its journal says nothing and stops`() async throws {
        let cluster = try SampleCluster(4)
        // Not the proposer of the first round: it signs because of what it hears.
        let silent = cluster.federation.committee.members[2].did
        let victim = try #require(cluster.federation.dids.firstIndex(of: silent))
        try cluster.folders[victim].write([], to: "state")
        try pass(cluster.proposal(.updatePolicy(model), basis: .policy(nil)), by: 0..<4, cluster)
        let votes = Mutex(0)
        try? await cluster.run(
            10,
            isDelivered: { letter in
                if letter.from == victim, letter.text.hasPrefix(#"{"type":"chancery/consensus-message/v1","vote""#) {
                    votes.withLock { $0 += 1 }
                }
                return true
            })
        #expect(votes.withLock { $0 } == 0)
        let node = try #require(cluster.node(victim))
        await #expect(throws: (any Error).self) { try await node.tick() }
    }

    /// Files of a home that loses power at one write, before it or after.
    private struct Outage: FederationFiles {
        enum Place: CaseIterable, Sendable { case beforeJournal, afterJournal, afterMark }
        let place: Place
        let files: FederationFolder

        func exclusively<Value>(_ body: () throws -> Value) throws -> Value { try files.exclusively(body) }
        func claimSigner() throws -> any SignerClaim { try files.claimSigner() }
        func read(_ file: FederationFile) throws -> [UInt8]? { try files.read(file) }
        func journal(_ name: String) throws -> [UInt8]? { try files.journal(name) }

        func write(_ bytes: [UInt8], as file: FederationFile, replacing: Bool) throws {
            try files.write(bytes, as: file, replacing: replacing)
            if file == .journalBegun, place == .afterMark { throw NodeError(.storeUnavailable, "no power") }
        }

        func setJournal(_ bytes: [UInt8], of name: String) throws {
            if place == .beforeJournal { throw NodeError(.storeUnavailable, "no power") }
            try files.setJournal(bytes, of: name)
            if place == .afterJournal { throw NodeError(.storeUnavailable, "no power") }
        }
    }

    @Test(arguments: Outage.Place.allCases)
    private func `power lost while the first journal is begun silences nobody for ever`(place: Outage.Place) async throws {
        let cluster = try SampleCluster(4)
        // Not the proposer of the first round: it signs because of what it hears.
        let silent = cluster.federation.committee.members[2].did
        let victim = try #require(cluster.federation.dids.firstIndex(of: silent))
        cluster.stop(victim)
        try cluster.start(victim, files: Outage(place: place, files: cluster.files(victim)))
        try pass(cluster.proposal(.updatePolicy(model), basis: .policy(nil)), by: 0..<4, cluster)
        let said = Mutex(0)
        try? await cluster.run(
            10,
            isDelivered: { letter in
                if letter.from == victim, letter.text.contains("chancery/consensus-message/v1") { said.withLock { $0 += 1 } }
                return true
            })
        #expect(said.withLock { $0 } == 0, "something left before it was kept")
        cluster.stop(victim)
        try cluster.start(victim)
        #expect(await cluster.node(victim)?.isRecovering == false)
        // What it kept it may say again at once, so its mark is there.
        #expect(try cluster.files(victim).read(.journalBegun) != nil || place == .beforeJournal)
        try await cluster.run(60, until: { await cluster.slots() == [1, 1, 1, 1] })
        #expect(await cluster.slots() == [1, 1, 1, 1])
    }

    @Test func `what a client brings is kept when it is taken, also what a peer told before`() async throws {
        let cluster = try SampleCluster(4)
        let node = try #require(cluster.node(0))
        let proposal = try cluster.proposal(.updatePolicy(model), basis: .policy(nil))
        let ballot = try cluster.federation.ballot(.approve, on: proposal.id, by: 1)
        for record in [proposal.record, ballot.record] {
            await node.receive(record.bytes, from: cluster.federation.dids[2])
            #expect(try cluster.store(0).record(id: record.id) == nil, "the promise is shown by what is not kept yet")
            #expect(try await node.submit(record.bytes) == record.id)
            #expect(try cluster.store(0).record(id: record.id) != nil)
        }
    }

    @Test func `a node that has just started takes ballots on what its store holds`() async throws {
        let cluster = try SampleCluster(4)
        let proposal = try cluster.proposal(.updatePolicy(model), basis: .policy(nil))
        try cluster.sign(proposal.record, at: 0)
        let ballot = try cluster.federation.ballot(.approve, on: proposal.id, by: 1).record
        #expect(try await cluster.node(0)?.submit(ballot.bytes) == ballot.id)
    }

    @Test func `a freeze acts in whatever order its records come`() async throws {
        let cluster = try SampleCluster(4)
        let node = try #require(cluster.node(0))
        let freeze = try cluster.proposal(.emergencyFreeze(scope: Scope("prod"), rooms: [.gate], reason: "drill"), basis: .none)
        for member in 1..<3 {
            let ballot = try cluster.federation.ballot(.approve, on: freeze.id, by: member)
            await node.receive(ballot.record.bytes, from: cluster.federation.dids[3])
        }
        await node.receive(freeze.record.bytes, from: cluster.federation.dids[3])
        #expect(await node.isAuthorized(.model(model), in: try Scope("prod")).denial == .frozen)
    }

    @Test func `a freeze that was seen outlives a restart, its own expiry and a voter who contradicts himself`() async throws {
        let cluster = try SampleCluster(4)
        let freeze = try cluster.proposal(.emergencyFreeze(scope: Scope("prod"), rooms: [.gate], reason: "drill"), basis: .none)
        try pass(freeze, by: 0..<2, cluster)
        let isBallot = { @Sendable (letter: SampleCluster.Letter) in !letter.text.contains("consensus") }
        try await cluster.run(2, isDelivered: isBallot)
        try cluster.sign(cluster.federation.ballot(.reject, on: freeze.id, by: 1).record, at: 0)
        try await cluster.run(2, isDelivered: isBallot)
        for wait in [0, 7_200_000] {
            cluster.clock.advance(Int64(wait))
            for member in 0..<4 {
                cluster.stop(member)
                try cluster.start(member)
                let node = try #require(cluster.node(member))
                #expect(await node.isAuthorized(.model(model), in: try Scope("prod")).denial == .frozen)
                try await node.tick()
                #expect(await node.isAuthorized(.model(model), in: try Scope("prod")).denial == .frozen, "\(member), \(wait)")
            }
        }
    }

    @Test func `the journal of a slot that goes on and on stays small`() async throws {
        let cluster = try SampleCluster(4)
        try pass(cluster.proposal(.updatePolicy(model), basis: .policy(nil)), by: 0..<4, cluster)
        try await cluster.run(200, isDelivered: { !$0.text.contains("consensus-proposal") })
        #expect(await cluster.slots() == [0, 0, 0, 0])
        for member in 0..<4 {
            let blocks = try JSONParser.parse(cluster.journal(of: member), limits: .document)["blocks"]?.array?.count
            #expect((0...1).contains(try #require(blocks)), "\(blocks ?? -1) blocks")
        }
        // And goes on where it was.
        for member in 0..<4 {
            cluster.stop(member)
            try cluster.start(member)
        }
        try await cluster.run(120, until: { await cluster.slots() == [1, 1, 1, 1] })
        #expect(await cluster.slots() == [1, 1, 1, 1])
    }
}

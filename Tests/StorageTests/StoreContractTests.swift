import ChanceryLedger
import ChanceryNode
import ChancerySuite
import TestKit
import Testing

/// What every store promises (``RecordStore``, ``RecordIndex``, ``RecordAudit``, ``SigningFence``).
struct StoreContractTests {
    private let folder = TemporaryFolder()

    private func record(_ number: Int) throws -> NewRecord { try SampleRecords.record(number) }

    @Test(arguments: StoreKind.allCases)
    func `an empty store says so`(kind: StoreKind) throws {
        let store = try kind.open(folder)
        #expect(try store.frontier().size == 0 && store.frontier().root == MerkleTree.emptyRoot)
        #expect(try store.records(RecordQuery()).isEmpty && store.leaves(0..<10).isEmpty && store.chains().isEmpty)
        #expect(try store.chain("agent") == nil && store.record(id: [1]) == nil && !store.hasNonce("n", of: "agent"))
        #expect(
            try store.statistics()
                == StoreStatistics(records: 0, bytes: 0, agents: 0, sessions: 0, byKind: [:], oldest: nil, newest: nil))
        #expect(try store.integrityFailures().isEmpty && store.generation() == 0)
    }

    @Test(arguments: StoreKind.allCases)
    func `positions are dense and the tree is that of the leaves`(kind: StoreKind) throws {
        let store = try kind.open(folder)
        var expected = MerkleFrontier()
        var number = 0
        for count in [1, 2, 5, 1, 0, 9] {
            let records = try (0..<count).map { try record(number + $0) }
            #expect(try store.append(records, moving: []) == UInt64(number))
            records.forEach { expected.append($0.leaf) }
            number += count
            #expect(try store.frontier() == expected)
        }
        let stored = try store.records(RecordQuery(limit: 100))
        #expect(stored.map(\.position) == (0..<18).map(UInt64.init))
        #expect(try stored.map(\.bytes) == (0..<18).map { try record($0).bytes })
        #expect(try store.leaves(0..<18) == stored.map(\.leaf))
        #expect(try store.frontier().root == MerkleTree.root(of: stored.map(\.leaf)))
    }

    @Test(arguments: StoreKind.allCases)
    func `every member of a record comes back`(kind: StoreKind) throws {
        let store = try kind.open(folder)
        let full = try SampleRecords.record(
            1, agent: "ä", kind: "full/v1", type: "tool", session: "s-1", nonce: "n", sequence: 7, time: 5)
        _ = try store.append([record(0), full], moving: [])
        let stored = try #require(try store.record(id: full.id))
        #expect(
            stored
                == StoredRecord(
                    position: 1, kind: "full/v1", id: full.id, bytes: full.bytes, leaf: full.leaf, agent: "ä", sequence: 7,
                    time: 5, eventType: "tool", session: "s-1"))
        #expect(try store.difference(from: full, at: 1) == nil)
        #expect(try store.difference(from: full, at: 0) != nil)
        #expect(try store.difference(from: full, at: 2) != nil)
        #expect(try store.difference(from: full, at: .max) != nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `a chain moves only from where it stands`(kind: StoreKind) throws {
        let store = try kind.open(folder)
        let first = ChainMove(agent: "a", from: nil, to: SampleRecords.state(1))
        _ = try store.append([record(0)], moving: [first])
        #expect(try store.chain("a") == SampleRecords.state(1))
        var other = SampleRecords.state(1)
        other.seals = 1
        let stale = [
            first, ChainMove(agent: "a", from: SampleRecords.state(2), to: SampleRecords.state(3)),
            ChainMove(agent: "a", from: SampleRecords.state(1, head: "other"), to: SampleRecords.state(2)),
            ChainMove(agent: "a", from: other, to: SampleRecords.state(2)),
            ChainMove(agent: "b", from: SampleRecords.state(1), to: SampleRecords.state(2)),
        ]
        for move in stale {
            #expect(code { _ = try store.append([record(1)], moving: [move]) } == "store.conflict")
        }
        #expect(try store.frontier().size == 1 && store.chain("a") == SampleRecords.state(1) && store.chain("b") == nil)
        _ = try store.append(
            [record(1)], moving: [ChainMove(agent: "a", from: SampleRecords.state(1), to: SampleRecords.state(2))])
        #expect(try store.chain("a") == SampleRecords.state(2))
    }

    @Test(arguments: StoreKind.allCases)
    func `a chain keeps its profile and never gets shorter`(kind: StoreKind) throws {
        let store = try kind.open(folder)
        var state = SampleRecords.state(5)
        (state.seals, state.hasEnded) = (2, true)
        _ = try store.append([record(0)], moving: [ChainMove(agent: "a", from: nil, to: state)])
        var (otherProfile, fewerSeals, revived) = (state, state, state)
        otherProfile.profile = "other/v1"
        fewerSeals.seals = 1
        revived.hasEnded = false
        for (new, refusal) in [
            (otherProfile, "node.profile_fixed"), (SampleRecords.state(4), "node.rejected"), (fewerSeals, "node.rejected"),
            (revived, "node.rejected"),
        ] {
            let move = ChainMove(agent: "a", from: state, to: new)
            #expect(code { _ = try store.append([record(1)], moving: [move]) } == refusal)
        }
        #expect(try store.chain("a") == state && store.frontier().size == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `a chain that has events does not begin again`(kind: StoreKind) throws {
        let store = try kind.open(folder)
        _ = try store.append(
            [SampleRecords.record(0, agent: "a", sequence: 0), SampleRecords.record(1, agent: "b")], moving: [])
        let moves = ["a", "b"].map { ChainMove(agent: $0, from: nil, to: SampleRecords.state(1)) }
        #expect(code { _ = try store.append([record(2)], moving: [moves[0]]) } == "store.corrupt")
        _ = try store.append([record(2)], moving: [moves[1]])
    }

    @Test(arguments: StoreKind.allCases)
    func `a snapshot is everything at one moment`(kind: StoreKind) throws {
        let store = try kind.open(folder)
        _ = try store.append([record(0)], moving: [ChainMove(agent: "a", from: nil, to: SampleRecords.state(1))])
        _ = try store.advanceGeneration(beyond: 3)
        let snapshot = try store.snapshot()
        #expect(try snapshot.id == store.storeID() && snapshot.generation == 4 && snapshot.frontier == store.frontier())
        #expect(snapshot.chains.map(\.agent) == ["a"] && snapshot.chains.first?.state == SampleRecords.state(1))
        let other = TemporaryFolder()
        #expect(try kind.open(other).storeID() != snapshot.id)
    }

    @Test(arguments: StoreKind.allCases)
    func `an append happens whole or not at all`(kind: StoreKind) throws {
        let store = try kind.open(folder)
        let before = SampleRecords.state(1)
        _ = try store.append([record(0)], moving: [ChainMove(agent: "a", from: nil, to: before)])
        let records = try (1...3).map { try SampleRecords.record($0, agent: "new", type: "new-type", nonce: "n-\($0)") }
        let moves = [
            ChainMove(agent: "a", from: before, to: SampleRecords.state(2)),
            ChainMove(agent: "new", from: SampleRecords.state(9), to: SampleRecords.state(10)),
        ]
        #expect(code { _ = try store.append(records, moving: moves) } == "store.conflict")
        #expect(try store.frontier().size == 1 && store.chain("a") == before && store.chain("new") == nil)
        #expect(try store.records(RecordQuery(agent: "new")).isEmpty && !store.hasNonce("n-1", of: "new"))
        #expect(try store.record(id: records[0].id) == nil && store.statistics().records == 1)
        // The words of the failed append are learned again, not remembered.
        _ = try store.append(records, moving: [moves[0]])
        #expect(try store.records(RecordQuery(agent: "new", eventType: "new-type")).count == 3)
        #expect(try store.records(RecordQuery(agent: "agent")).count == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `two moves of one chain in an append follow each other`(kind: StoreKind) throws {
        let store = try kind.open(folder)
        let (one, two) = (SampleRecords.state(1), SampleRecords.state(2))
        _ = try store.append(
            [], moving: [ChainMove(agent: "a", from: nil, to: one), ChainMove(agent: "a", from: one, to: two)])
        #expect(try store.chain("a") == two)
        let repeated = [ChainMove(agent: "b", from: nil, to: one), ChainMove(agent: "b", from: nil, to: two)]
        #expect(code { _ = try store.append([], moving: repeated) } == "store.conflict")
        #expect(try store.chain("b") == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `chains are listed by agent`(kind: StoreKind) throws {
        let store = try kind.open(folder)
        var state = ChainState(
            count: 3, head: "h", timestamp: 9, profile: "p", hasEnded: true, seals: 2, lastSeal: "0f")
        for agent in ["c", "a", "b"] {
            _ = try store.append([], moving: [ChainMove(agent: agent, from: nil, to: state)])
            state.count += 1
        }
        #expect(try store.chains().map(\.agent) == ["a", "b", "c"])
        #expect(try store.chains().map(\.state.count) == [4, 5, 3])
        #expect(try store.chain("c")?.lastSeal == "0f" && store.chain("c")?.hasEnded == true)
    }

    @Test(arguments: StoreKind.allCases)
    func `a nonce is known for its agent alone`(kind: StoreKind) throws {
        let store = try kind.open(folder)
        _ = try store.append(
            [SampleRecords.record(0, agent: "a", nonce: "n"), SampleRecords.record(1, agent: "b", nonce: "m")], moving: [])
        #expect(try store.hasNonce("n", of: "a") && store.hasNonce("m", of: "b"))
        #expect(try !store.hasNonce("m", of: "a") && !store.hasNonce("n", of: "b") && !store.hasNonce("n", of: "c"))
    }

    @Test(arguments: StoreKind.allCases)
    func `records that share the start of an id are told apart`(kind: StoreKind) throws {
        let store = try kind.open(folder)
        let ids = (0..<3).map { [UInt8](repeating: 1, count: 31) + [$0] } + [[UInt8](repeating: 1, count: 4)]
        for (number, id) in ids.enumerated() {
            _ = try store.append(
                [NewRecord(kind: "k", id: id, bytes: [UInt8(number)], agent: "a", time: 0)], moving: [])
        }
        for (number, id) in ids.enumerated() { #expect(try store.record(id: id)?.position == UInt64(number)) }
        #expect(try store.record(id: [UInt8](repeating: 1, count: 31) + [9]) == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `the generation only grows`(kind: StoreKind) throws {
        let store = try kind.open(folder)
        #expect(try (1...3).map { _ in try store.advanceGeneration(beyond: 0) } == [1, 2, 3])
        #expect(try store.advanceGeneration(beyond: 9) == 10 && store.advanceGeneration(beyond: 4) == 11)
        #expect(try store.generation() == 11)
    }

    @Test(arguments: StoreKind.allCases)
    func `leaves end where the store does`(kind: StoreKind) throws {
        let store = try kind.open(folder)
        _ = try store.append((0..<5).map(record), moving: [])
        #expect(try store.leaves(3..<9).count == 2 && store.leaves(5..<9).isEmpty && store.leaves(2..<2).isEmpty)
        #expect(try store.leaves(0..<UInt64.max).count == 5)
        #expect(try store.leaves(UInt64.max - 1..<UInt64.max).isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `statistics count what is there`(kind: StoreKind) throws {
        let store = try kind.open(folder)
        let records = [
            try SampleRecords.record(1, kind: "a", session: "x"), try SampleRecords.record(2, kind: "a", session: "x"),
            try SampleRecords.record(3, kind: "b", session: "y"), try SampleRecords.record(4, kind: "b", time: -5),
        ]
        _ = try store.append(records, moving: [ChainMove(agent: "agent", from: nil, to: SampleRecords.state(4))])
        let bytes = UInt64(records.reduce(0) { $0 + $1.bytes.count })
        #expect(
            try store.statistics()
                == StoreStatistics(
                    records: 4, bytes: bytes, agents: 1, sessions: 2, byKind: ["a": 2, "b": 2], oldest: -5, newest: 3000))
    }

    @Test(arguments: StoreKind.allCases)
    func `concurrent appends to one chain never both succeed`(kind: StoreKind) async throws {
        let store = try kind.open(folder)
        let won = await withTaskGroup(of: Int.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    (0..<40).reduce(0) { won, attempt in
                        let state = try? store.chain("a")
                        let move = ChainMove(
                            agent: "a", from: state,
                            to: SampleRecords.state((state?.count ?? 0) + 1, head: "\(writer)-\(attempt)"))
                        let record = try? SampleRecords.record(writer * 1000 + attempt)
                        return won + (record.flatMap { try? store.append([$0], moving: [move]) } == nil ? 0 : 1)
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(won > 0)
        #expect(try store.chain("a")?.count == won && store.frontier().size == UInt64(won))
        let leaves = try store.leaves(0..<UInt64(won))
        #expect(try leaves.count == won && MerkleTree.root(of: leaves) == store.frontier().root)
    }
}

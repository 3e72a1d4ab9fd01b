import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct BatchSealTests {
    private let sample: SampleBatch
    private var seals: [BatchSeal] { sample.batches.map(\.seal) }

    init() throws { sample = try SampleBatch([5, 1, 7]) }

    private func verify(_ record: UnverifiedRecord) throws -> BatchSeal { try .verify(record, by: sample.identity) }

    /// The seal at `index` with a member changed and signed again.
    private func changed(_ index: Int, _ member: String, _ value: JSONValue?) throws -> BatchSeal {
        try verify(sample.seal(index) { $0[member] = value })
    }

    @Test func `sealed batches follow each other`() throws {
        var previous: BatchSeal?
        for (seal, events) in sample.batches {
            let read = try verify(UnverifiedRecord(decoding: seal.record.bytes))
            #expect(read.claims == seal.claims)
            try read.requireFollows(previous)
            try read.verify(events)
            previous = read
        }
    }

    @Test(arguments: 1...40)
    func `the root is that of the definition`(count: Int) throws {
        let (seal, events) = try SampleBatch([count]).batches[0]
        let slow = SlowTree(leaves: events.enumerated().map { $1.leaf(at: $0) })
        #expect(seal.claims.root == slow.root(0..<count))
        #expect(seal.claims.head == events.last?.hash)
    }

    @Test func `a batch of 8192 events is sealed, one more is not`() throws {
        var batch = Batch(agentID: sample.identity.agentID, firstSequence: 0, head: sample.genesis)
        for index in 0..<BatchSeal.maximumCount { try batch.add(JSONObject(), timestamp: 1, nonce: "\(index)") }
        #expect(batch.isFull)
        #expect(throws: LedgerError.self) { try batch.add(JSONObject(), timestamp: 1, nonce: "more") }
        #expect(batch.count == BatchSeal.maximumCount)
        let empty = try SampleBatch([])
        let seal = try empty.seal(empty.claims(of: batch))
        try BatchSeal.verify(UnverifiedRecord(decoding: seal.record.bytes), by: empty.identity).verify(batch.events)
        let alone = try SealedEvent(8191, of: batch.events, under: seal).encoded()
        #expect(try SealedEvent.verify(alone, by: empty.identity).sequence == 8191)
    }

    @Test(arguments: [0, 8193, -1] as [Int64])
    func `a seal over no or too many events is refused`(count: Int64) throws {
        let code = code { _ = try changed(0, "count", .integer(count)) }
        #expect(code == "wire.invalid_value")
    }

    @Test func `golden bytes stay readable, no flipped bit does`() async throws {
        let golden = try GoldenFile.bytes("seal.json") { seals[1].record.bytes }
        #expect(try verify(UnverifiedRecord(decoding: golden)).claims == seals[1].claims)
        let identity = sample.identity
        let failures = await inParallel(bitFlips(of: golden)) { flip -> String? in
            let bytes = golden.flipping(flip.byte, flip.bit)
            let code = code { _ = try BatchSeal.verify(UnverifiedRecord(decoding: bytes), by: identity) }
            if let code, !code.hasPrefix("untyped") { return nil }
            return "byte \(flip.byte) bit \(flip.bit): \(code ?? "accepted")"
        }
        #expect(failures.isEmpty, "\(failures.prefix(5))")
        for count in 0..<golden.count {
            let code = code { _ = try verify(UnverifiedRecord(decoding: Array(golden[..<count]))) }
            #expect(code?.hasPrefix("wire.") == true, "\(count) bytes: \(code ?? "accepted")")
        }
    }

    @Test(arguments: ["did", "agent_id", "identity"])
    func `a seal that names somebody else is refused`(member: String) throws {
        let bob = try SampleBatch([1], number: 4)
        let code = code { _ = try changed(0, member, bob.batches[0].seal.record.body[member]) }
        #expect(code == "ledger.seal_foreign")
    }

    @Test func `a seal of somebody else's key is refused`() throws {
        let bob = try SampleBatch([1], number: 4)
        let forged = try sample.seal(seals[0].claims, by: bob)
        #expect(code { _ = try verify(UnverifiedRecord(decoding: forged.record.bytes)) } == "suite.invalid_signature")
    }

    @Test func `a seal must have exactly its members`() throws {
        for name in seals[0].record.body.names where name != "type" {
            let code = code { _ = try changed(0, name, nil) }
            #expect(code?.hasPrefix("wire.") == true, "without `\(name)`: \(code ?? "accepted")")
        }
        #expect(code { _ = try changed(0, "more", 1) } == "wire.unknown_member")
    }

    // MARK: rows of seals

    @Test func `a gap, a repetition and another order break the row`() throws {
        #expect(code { try seals[0].requireFollows(nil) } == nil)
        for (seal, previous) in [
            (seals[1], nil), (seals[2], seals[0]), (seals[1], seals[1]), (seals[0], seals[1]), (seals[0], seals[0]),
        ] as [(BatchSeal, BatchSeal?)] {
            #expect(code { try seal.requireFollows(previous) } == "ledger.seal_broken")
        }
    }

    @Test(
        arguments: [
            ("batch", 2), ("batch", 0), ("first_seq", 4), ("first_seq", 6), ("previous_seal", nil),
            ("previous_seal", .string(String(repeating: "0", count: 64))),
            ("previous_head", .string(String(repeating: "0", count: 128))),
            ("genesis", .string(String(repeating: "0", count: 128))), ("time", .string("2020-01-01T00:00:00.000Z")),
        ] as [(String, JSONValue?)])
    func `a seal with one false claim does not follow`(member: String, value: JSONValue?) throws {
        let seal = try changed(1, member, value ?? .null)
        #expect(code { try seal.requireFollows(seals[0]) } == "ledger.seal_broken", "\(member)")
    }

    @Test(
        arguments: [
            ("batch", 1), ("first_seq", 1), ("previous_head", .string(String(repeating: "0", count: 128))),
            ("previous_seal", .string(String(repeating: "0", count: 64))),
        ] as [(String, JSONValue)])
    func `a first seal starts at the genesis`(member: String, value: JSONValue) throws {
        #expect(code { try changed(0, member, value).requireFollows(nil) } == "ledger.seal_broken", "\(member)")
    }

    // MARK: events under a seal

    @Test func `only the batch itself fits under its seal`() throws {
        let (seal, events) = sample.batches[2]
        #expect(code { try seal.verify(events) } == nil)
        var moved = events
        moved.swapAt(2, 3)
        for other in [
            Array(events.dropLast()), Array(events.dropFirst()), events + [events[6]], moved, [], sample.batches[0].events,
        ] {
            #expect(code { try seal.verify(other) } == "ledger.seal_mismatch", "\(other.count) events")
        }
    }

    @Test func `a replaced event is named by its index`() throws {
        let (seal, events) = sample.batches[2]
        for index in events.indices {
            var forged = events
            forged[index] = try BatchEvent(
                agentID: events[index].agentID, timestamp: events[index].timestamp, nonce: "forged",
                payload: events[index].payload, previousHash: events[index].previousHash)
            let error = #expect(throws: LedgerError.self) { try seal.verify(forged) }
            #expect(error?.reason == .sealMismatch)
            #expect(error?.index == (index == events.count - 1 ? nil : index + 1))
        }
    }

    @Test func `a batch whose time goes back is refused`() throws {
        var batch = Batch(agentID: sample.identity.agentID, firstSequence: 0, head: sample.genesis)
        try batch.add(JSONObject(), timestamp: 5, nonce: "a")
        try batch.add(JSONObject(), timestamp: 4, nonce: "b")
        let empty = try SampleBatch([])
        let seal = try empty.seal(empty.claims(of: batch))
        #expect(code { try seal.verify(batch.events) } == "ledger.time_decreases")
    }

    // MARK: forks

    @Test func `two seals that claim the same place contradict each other`() throws {
        let twin = try changed(1, "salt", .string(Base64.url.encode(SampleKeys.salt(9))))
        #expect(twin.contradicts(seals[1]) && seals[1].contradicts(twin))
        let overlap = try verify(
            sample.seal(2) {
                $0["batch"] = 9
                $0["first_seq"] = 5
            })
        #expect(overlap.contradicts(seals[1]) && overlap.contradicts(seals[2]))
        #expect(!overlap.contradicts(seals[0]))
    }

    @Test func `an honest row, a seal and itself, and two agents do not contradict`() throws {
        for left in seals {
            for right in seals { #expect(!left.contradicts(right)) }
        }
        let bob = try SampleBatch([5], number: 4)
        #expect(!bob.batches[0].seal.contradicts(seals[0]))
    }
}

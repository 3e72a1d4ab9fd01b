import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct SealedEventTests {
    private let sample: SampleBatch

    init() throws { sample = try SampleBatch([3, 11]) }

    private func sealed(_ index: Int, of batch: Int = 1) throws -> SealedEvent {
        try SealedEvent(index, of: sample.batches[batch].events, under: sample.batches[batch].seal)
    }

    private func refusal(_ bytes: [UInt8]) -> String? { code { _ = try SealedEvent.verify(bytes, by: sample.identity) } }

    /// The document of event `index` with a member changed.
    private func changed(_ index: Int, _ change: (inout JSONObject) -> Void) throws -> [UInt8] {
        var object = try #require(JSONParser.parse(sealed(index).encoded()).object)
        change(&object)
        return try CanonicalForm.jcs.encode(object)
    }

    @Test func `every event verifies alone`() throws {
        for batch in 0...1 {
            for (index, event) in sample.batches[batch].events.enumerated() {
                let read = try SealedEvent.verify(sealed(index, of: batch).encoded(), by: sample.identity)
                #expect(read.event == event && read.sequence == sample.batches[batch].seal.claims.firstSequence + index)
                #expect(read.sealBytes == sample.batches[batch].seal.record.bytes)
            }
        }
    }

    @Test func `a path that is too long or too short is refused`() throws {
        for index in [0, 7, 8, 10] {
            for change in [{ $0.removeLast() }, { $0.removeFirst() }, { $0.append($0[0]) }] as [(inout [JSONValue]) -> Void] {
                let bytes = try changed(index) { object in
                    var path = object["path"]?.array ?? []
                    change(&path)
                    object["path"] = .array(path)
                }
                #expect(refusal(bytes) == "ledger.proof_malformed", "event \(index)")
            }
        }
    }

    @Test func `an event is not believed to stand elsewhere`() throws {
        for (position, expected) in [
            (2, "ledger.seal_mismatch"), (4, "ledger.proof_mismatch"), (12, "ledger.proof_"), (14, "ledger.seal_mismatch"),
            (Int64(1) << 52, "ledger.seal_mismatch"), (-1, "wire.invalid_value"),
        ] as [(Int64, String)] {
            let code = refusal(try changed(2) { $0["sequence"] = .integer(position) })
            #expect(code?.hasPrefix(expected) == true, "position \(position): \(code ?? "accepted")")
        }
    }

    @Test func `another seal or another event is refused`() throws {
        let other = try JSONParser.parse(sample.batches[0].seal.record.bytes)
        #expect(refusal(try changed(0) { $0["seal"] = other }) == "ledger.seal_mismatch")
        let event = try JSONParser.parse(sample.batches[1].events[4].bytes)
        #expect(refusal(try changed(0) { $0["event"] = event }) == "ledger.proof_mismatch")
    }

    @Test func `the identity of somebody else verifies nothing`() throws {
        let bytes = try sealed(1).encoded()
        let bob = try SampleKeys.document(4)
        #expect(code { _ = try SealedEvent.verify(bytes, by: bob) } == "ledger.seal_foreign")
    }

    @Test func `an index outside the batch is an error`() {
        for index in [-1, 11, Int.max, Int.min] {
            #expect(code { _ = try sealed(index) } == "ledger.proof_malformed", "\(index)")
        }
    }

    @Test func `golden bytes stay readable, no truncation or flipped bit does`() async throws {
        let golden = try GoldenFile.bytes("sealed-event.json") { try sealed(5).encoded() }
        #expect(try SealedEvent.verify(golden, by: sample.identity).event == sample.batches[1].events[5])
        let identity = sample.identity
        let failures = await inParallel(bitFlips(of: golden)) { flip -> String? in
            let bytes = golden.flipping(flip.byte, flip.bit)
            let code = code { _ = try SealedEvent.verify(bytes, by: identity) }
            if let code, !code.hasPrefix("untyped") { return nil }
            return "byte \(flip.byte) bit \(flip.bit): \(code ?? "accepted")"
        }
        #expect(failures.isEmpty, "\(failures.prefix(5))")
        for count in 0..<golden.count {
            #expect(refusal(Array(golden[..<count]))?.hasPrefix("wire.") == true, "\(count) bytes")
        }
    }
}

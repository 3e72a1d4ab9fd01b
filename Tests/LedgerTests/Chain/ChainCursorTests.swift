import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

struct ChainCursorTests {
    @Test func `event after event gives what the whole chain gives`() throws {
        let agent = try TestAgent(.native)
        let events = try agent.chain(4, .aiss21)
        var cursor = ChainCursor(agent.identity)
        for (index, event) in events.enumerated() { #expect(try cursor.append(event).index == index) }
        #expect(cursor.position == (try ChainVerifier.verify(events, of: agent.identity).get()).position)
    }

    @Test func `a refused event leaves the cursor where it was`() throws {
        let agent = try TestAgent(.classical)
        let events = try agent.chain(3, .aiss1)
        var cursor = ChainCursor(agent.identity)
        try cursor.append(events[0])
        let before = cursor.position
        let error = #expect(throws: LedgerError.self) { try cursor.append(events[2]) }
        #expect(error?.reason == .linkBroken && error?.index == 1)
        #expect(cursor.position == before)
        try cursor.append(events[1])
    }

    @Test func `a resumed cursor asks for the nonces it has not seen`() throws {
        let agent = try TestAgent(.classical)
        let events = try agent.chain(3, .aiss1)
        let position = try #require(try ChainVerifier.verify(Array(events[..<2]), of: agent.identity).get().position)
        var cursor = ChainCursor(agent.identity, resumingAt: position)
        let error = #expect(throws: LedgerError.self) { try cursor.append(events[2]) { $0 == events[2].nonce } }
        #expect(error?.reason == .nonceReplayed && error?.index == 2)
        #expect(try cursor.append(events[2]).index == 2)
        let replayed = try agent.event(after: events[2], .aiss1, nonce: events[2].nonce)
        #expect(throws: LedgerError.self) { try cursor.append(replayed) }
    }

    @Test func `many events are taken together or not at all`() throws {
        let agent = try TestAgent(.classical)
        var events = try agent.chain(150, .aiss1)
        var cursor = ChainCursor(agent.identity)
        #expect(try cursor.append(contentsOf: Array(events[..<100])).last?.index == 99)
        let before = cursor.position
        var object = events[120].object
        object["signature"] = events[0].object["signature"]
        events[120] = try Event(object)
        let error = #expect(throws: LedgerError.self) { try cursor.append(contentsOf: Array(events[100...])) }
        #expect(error?.reason == .eventSignatureInvalid && error?.index == 120)
        #expect(cursor.position == before)
        let gap = #expect(throws: LedgerError.self) { try cursor.append(contentsOf: Array(events[101..<110])) }
        #expect(gap?.reason == .linkBroken && gap?.index == 100)
    }

    @Test func `an event of our own is taken without verification but only under its own key`() throws {
        let agent = try TestAgent(.native)
        let stamped = try agent.stamper.stamp(
            JSONObject(), profile: .aiss21, timestamp: 1, nonce: "n", previousHash: agent.stamper.genesisHash(.aiss21))
        var cursor = ChainCursor(agent.identity)
        try cursor.append(stamped)
        #expect(cursor.head == stamped.hash)
        #expect(throws: LedgerError.self) { try cursor.append(stamped) }
        var foreign = ChainCursor(try TestAgent(.native, seed: 2).identity)
        let error = #expect(throws: LedgerError.self) { try foreign.append(stamped) }
        #expect(error?.reason == .foreignAgent)
    }
}

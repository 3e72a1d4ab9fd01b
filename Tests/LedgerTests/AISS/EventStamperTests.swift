import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

struct EventStamperTests {
    @Test(arguments: [
        (TestAgent.Form.classical, EventProfile.aiss1), (.native, .aiss21), (.upgraded, .aiss1), (.upgraded, .aiss21),
    ])
    func `a stamped event reads back and verifies`(form: TestAgent.Form, profile: EventProfile) throws {
        let agent = try TestAgent(form)
        let payload: JSONValue = ["event_type": "x", "f": .double(1)]
        let stamped = try agent.stamper.stamp(
            try #require(payload.object), profile: profile, timestamp: 5, nonce: "n",
            previousHash: agent.stamper.genesisHash(profile), extra: [.init(name: "session", value: "s")])
        let event = try Event(decoding: stamped.bytes)
        #expect(event.hash == stamped.hash)
        #expect(event.object["session"] == "s")
        try agent.identity.keys.verify(event)
        #expect(try event.encoded() == stamped.bytes)
    }

    @Test func `an AISS-2.1 event carries the pending timestamp outside its signature`() throws {
        let event = try TestAgent(.native).event(after: nil, .aiss21)
        #expect(event.trustedTimestamp == ["status": "pending"])
        #expect(!String(decoding: event.message, as: UTF8.self).contains("pending"))
    }

    @Test func `what the key or the id does not allow is refused`() throws {
        let native = try TestAgent(.native)
        for (profile, nonce, time) in [
            (EventProfile.aiss1, "n", Int64(1)), (.aiss20, "n", 1), (.aiss21, "", 1), (.aiss21, "n", -1),
        ] {
            #expect(throws: LedgerError.self) {
                try native.stamper.stamp(JSONObject(), profile: profile, timestamp: time, nonce: nonce, previousHash: nil)
            }
        }
        let other = try TestAgent(.native, seed: 2)
        #expect(throws: LedgerError.self) { try EventStamper(native.key, agentID: other.identity.agentID) }
    }

    @Test(arguments: ["signature", "signatures", "trusted_timestamp", "payload", "version"])
    func `extra members cannot take the place of those that AISS names`(name: String) throws {
        let agent = try TestAgent(.native)
        let error = #expect(throws: LedgerError.self) {
            try agent.stamper.stamp(
                JSONObject(), profile: .aiss21, timestamp: 1, nonce: "n", previousHash: nil,
                extra: [.init(name: name, value: "x")])
        }
        #expect(error?.reason == .stampRefused)
    }

    @Test func `a payload without an RFC 8785 form is refused instead of signed`() throws {
        let agent = try TestAgent(.native)
        let payload: JSONValue = ["n": .integer(1 << 53)]
        #expect(throws: LedgerError.self) { try agent.event(after: nil, .aiss21, payload: payload) }
    }
}

import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

/// Every strict rule, each with a chain that breaks it alone.
struct ChainVerifierTests {
    private func reasons(_ events: [Event], _ agent: TestAgent, start: ChainStart = .genesis) -> [LedgerError.Reason] {
        ChainVerifier.verify(events, of: agent.identity, start: start).reasons
    }

    @Test(arguments: [
        (TestAgent.Form.classical, EventProfile.aiss1), (.native, .aiss21), (.upgraded, .aiss1), (.upgraded, .aiss21),
    ])
    func `a valid chain is verified with its head, count and hash`(form: TestAgent.Form, profile: EventProfile) throws {
        let agent = try TestAgent(form)
        let events = try agent.chain(5, profile)
        let chain = try ChainVerifier.verify(events, of: agent.identity).get()
        #expect(chain.count == 5)
        #expect(chain.head == events.last?.hash)
        #expect(chain.chainHash == ChainHash.of(events.map(\.hash)))
        #expect(chain.startsAtGenesis)
    }

    @Test func `an empty chain is valid and has no head`() throws {
        let chain = try ChainVerifier.verify([Event](), of: TestAgent(.native).identity).get()
        #expect(chain.head == nil && chain.count == 0)
    }

    @Test func `a false signature is found at its event`() throws {
        let agent = try TestAgent(.classical)
        var events = try agent.chain(200, .aiss1)
        var object = events[150].object
        object["signature"] = events[149].object["signature"]
        events[150] = try Event(object)
        let verdict = ChainVerifier.verify(events, of: agent.identity)
        #expect(verdict.reasons == [.eventSignatureInvalid])
        #expect(verdict.findings.map(\.index) == [150])
    }

    @Test func `the right key under another agent's id is refused`() throws {
        let (agent, other) = (try TestAgent(.classical), try TestAgent(.classical, seed: 2))
        let first = try agent.event(after: nil, .aiss1)
        var object = try agent.event(after: first, .aiss1).object
        object["agent_id"] = .string(other.identity.agentID.text)
        let unsigned = try Event(object)
        object["signature"] = .string(Base64.standard.encode(try agent.key.parts[0].sign(unsigned.message)))
        #expect(reasons([first, try Event(object)], agent) == [.foreignAgent])
    }

    @Test(arguments: [String(repeating: "0", count: 64), "genesis"])
    func `a first event that does not start the chain is refused`(previous: String) throws {
        let agent = try TestAgent(.classical)
        #expect(try reasons([agent.event(after: nil, .aiss1, previousHash: previous)], agent) == [.genesisMismatch])
    }

    @Test func `a first event that continues nothing is refused`() throws {
        let agent = try TestAgent(.classical)
        let event = try agent.stamper.stamp(JSONObject(), profile: .aiss1, timestamp: 1, nonce: "n", previousHash: nil).event
        #expect(reasons([event], agent) == [.genesisMismatch])
    }

    @Test func `a chain without its head is refused unless it is asked for as an excerpt`() throws {
        let agent = try TestAgent(.classical)
        let events = try agent.chain(4, .aiss1)
        #expect(reasons(Array(events[1...]), agent) == [.genesisMismatch])
        let excerpt = try ChainVerifier.verify(Array(events[1...]), of: agent.identity, start: .excerpt(after: events[0].hash))
            .get()
        #expect(!excerpt.startsAtGenesis)
    }

    @Test func `a link to another event is refused`() throws {
        let agent = try TestAgent(.classical)
        let events = try agent.chain(2, .aiss1)
        let stray = try agent.event(after: events[1], .aiss1, previousHash: String(repeating: "a", count: 64))
        #expect(reasons(events + [stray], agent) == [.linkBroken])
    }

    @Test func `a fork is named beside the broken link`() throws {
        let agent = try TestAgent(.classical)
        let events = try agent.chain(3, .aiss1)
        let rival = try agent.event(after: events[2], .aiss1, nonce: "rival", previousHash: events[1].hash)
        let verdict = ChainVerifier.verify(events + [rival], of: agent.identity)
        #expect(verdict.reasons == [.linkBroken, .forkDetected])
        #expect(verdict.findings.last?.index == 3)
    }

    @Test func `time may stand still but not go back`() throws {
        let agent = try TestAgent(.classical)
        let first = try agent.event(after: nil, .aiss1, time: 100)
        let same = try agent.event(after: first, .aiss1, time: 100, nonce: "b")
        #expect(reasons([first, same], agent).isEmpty)
        let back = try agent.event(after: first, .aiss1, time: 99, nonce: "b")
        #expect(reasons([first, back], agent) == [.timeDecreases])
    }

    @Test func `a nonce used before is refused however far apart`() throws {
        let agent = try TestAgent(.classical)
        let events = try agent.chain(100, .aiss1)
        let again = try agent.event(after: events[99], .aiss1, time: 1 << 40, nonce: events[0].nonce)
        #expect(reasons(events + [again], agent) == [.nonceReplayed])
    }

    @Test func `a native identity takes no classical event`() throws {
        let (native, upgraded) = (try TestAgent(.native), try TestAgent(.upgraded))
        let first = try native.event(after: nil, .aiss21)
        let classical = try upgraded.event(after: first, .aiss1)
        #expect(reasons([first, classical], native).contains(.profileNotAllowed))
    }

    @Test func `an upgraded identity goes up to AISS-2.1 and never back`() throws {
        let agent = try TestAgent(.upgraded)
        let first = try agent.event(after: nil, .aiss1)
        let second = try agent.event(after: first, .aiss21)
        #expect(reasons([first, second], agent).isEmpty)
        let third = try agent.event(after: second, .aiss1)
        #expect(reasons([first, second, third], agent) == [.profileNotAllowed])
    }

    @Test func `a classical identity takes no hybrid event`() throws {
        let (classical, upgraded) = (try TestAgent(.classical), try TestAgent(.upgraded))
        let event = try upgraded.event(after: nil, .aiss21)
        #expect(reasons([event], classical).contains(.profileNotAllowed))
    }

    @Test func `undecodable events are findings, not crashes`() throws {
        let agent = try TestAgent(.classical)
        let events = try agent.chain(2, .aiss1)
        let verdict = ChainVerifier.verify([events[0].json, "x", events[1].json, .null], of: agent.identity)
        #expect(verdict.findings.map(\.index) == [1, 3])
    }

    @Test func `findings are bounded on a chain that is wrong everywhere`() throws {
        let agent = try TestAgent(.classical)
        let values = [JSONValue](repeating: "x", count: 10_000)
        #expect(ChainVerifier.verify(values, of: agent.identity).findings.count == ChainVerifier.maximumFindings)
    }

    @Test func `nothing follows a key rotation`() throws {
        let (agent, next) = (try TestAgent(.classical), try TestAgent(.classical, seed: 2))
        let first = try agent.event(after: nil, .aiss1)
        let rotation = try ClassicalRotation.attest(from: agent.key, to: next.identity.keys.classical, at: 5).rotation
        let last = try agent.event(after: first, .aiss1, payload: .object(rotation.eventPayload))
        #expect(reasons([first, last], agent).isEmpty)
        let after = try agent.event(after: last, .aiss1)
        #expect(reasons([first, last, after], agent) == [.chainEnded])
    }
}

import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

/// A session of three agents, driven step by step.
struct SessionScenario {
    static let now = UTCTime(seconds: 1_800_000_000)
    let agents: [SampleAgent]
    let outsider: SampleAgent
    let registry: RecordRegistry
    var state: SessionState
    private var tick: UInt8 = 0

    init(sessionByte: UInt8 = 7) throws {
        // In the order of members, ascending by DID.
        agents = try [1, 2, 3].map { try SampleAgent(number: $0) }.sorted {
            $0.party.did.bytes.lexicographicallyPrecedes($1.party.did.bytes)
        }
        outsider = try SampleAgent(number: 4)
        registry = try RecordRegistry(agents.map(\.party) + [outsider.party])
        let start = try SessionStart.make(
            session: SessionID(filled(sessionByte, 16)),
            members: zip(agents, ["a", "b", "c"]).map { .init($0.party, name: $1, role: "worker") }.reversed(),
            starter: agents[0].party, key: agents[0].key, time: Self.now, expires: Self.now + 3600, salt: filled(1, 16))
        state = try SessionState(start: start.record.bytes, registry: registry)
    }

    mutating func salt() -> [UInt8] {
        tick += 1
        return filled(tick, 16)
    }

    func agent(_ did: DID) throws -> SampleAgent { try #require((agents + [outsider]).first { $0.party.did == did }) }

    mutating func handshake() throws -> [UInt8] {
        let next = try #require(state.nextHandshake)
        let (one, two) = (try agent(next.initiator), try agent(next.responder))
        let proposal = try HandshakeProposal.make(
            from: one.party, key: one.key, to: two.party.did, capabilities: CapabilitySet(["stamp"]), terms: next.terms,
            nonce: filled(1, 32), salt: salt(), time: Self.now)
        let response = try proposal.accept(
            as: two.party, key: two.key, capabilities: CapabilitySet(["stamp"]), nonce: filled(2, 32), salt: salt(),
            now: Self.now, seen: { _ in false })
        return try proposal.confirm(response, as: one.party, from: two.party, key: one.key, now: Self.now).record.bytes
    }

    mutating func shakeHands() throws {
        while state.phase == .shakingHands { try state.admit(handshake: handshake()) }
    }

    static let payload = JSONObject([.init(name: "task_hash", value: "ab"), .init(name: "n", value: 1)])

    /// A finished step that was not admitted yet.
    mutating func step(_ from: Int, _ to: Int?, at time: UTCTime = now + 10) throws -> [UInt8] {
        let author = agents[from]
        let bytes = try state.makeStep(
            from: author.party, to: to.map { agents[$0].party.did }, eventType: "delegation", payload: Self.payload, time: time,
            salt: salt(), key: author.key)
        guard let to else { return bytes }
        return try state.countersign(bytes, payload: Self.payload, as: agents[to].party, key: agents[to].key)
    }

    mutating func admitSteps() throws {
        for (from, to) in [(0, 1), (1, 2), (2, nil), (2, 0)] as [(Int, Int?)] {
            try state.admit(step: step(from, to), payload: Self.payload)
        }
    }

    mutating func endAndSeal() throws {
        try state.admit(end: state.makeEnd(by: agents[1].party, key: agents[1].key, time: Self.now + 60, salt: salt()))
        for agent in agents {
            try state.admit(seal: state.makeSeal(by: agent.party, key: agent.key, time: Self.now + 61, salt: salt()))
        }
    }

    static func finished(sessionByte: UInt8 = 7) throws -> SessionScenario {
        var scenario = try SessionScenario(sessionByte: sessionByte)
        try scenario.shakeHands()
        try scenario.admitSteps()
        try scenario.endAndSeal()
        return scenario
    }
}

struct SessionTests {
    @Test func `members shake hands, act, end and seal, and a stranger verifies the export`() throws {
        let scenario = try SessionScenario.finished()
        #expect(scenario.state.phase == .sealed && scenario.state.counter == 8)
        let read = try Session.verify(Session.export(scenario.state), registry: scenario.registry)
        #expect(read.steps.map(\.counter) == [4, 5, 6, 7] && read.handshakes.count == 3)
        #expect(read.head == scenario.state.head && read.content == scenario.state.content)
        #expect(read.steps[2].to == nil && read.steps[0].payload == SessionScenario.payload)
        #expect(try Session.claimedMembers(Session.export(scenario.state)).map(\.did) == scenario.agents.map(\.party.did))
    }

    @Test func `a session is exported only when all have sealed it`() throws {
        var scenario = try SessionScenario()
        try scenario.shakeHands()
        #expect(refusal { _ = try Session.export(scenario.state) } == "ledger.session_phase")
    }

    @Test func `what was signed of an open session leaves it, and is no sealed session`() throws {
        var scenario = try SessionScenario()
        #expect(refusal { _ = try Session.excerpt(scenario.state) } == "ledger.session_phase")
        try scenario.shakeHands()
        let excerpt = try Session.excerpt(scenario.state)
        let read = try Session.verify(excerpt: excerpt, registry: scenario.registry)
        #expect(read.phase == .open && read.handshakes.count == 3 && read.head == scenario.state.head)
        #expect(refusal { _ = try Session.verify(excerpt, registry: scenario.registry) } == "ledger.session_malformed")
        let sealed = try SessionScenario.finished()
        #expect(refusal { _ = try Session.excerpt(sealed.state) } == "ledger.session_phase")
        let whole = try Session.export(sealed.state)
        #expect(refusal { _ = try Session.verify(excerpt: whole, registry: sealed.registry) } == "ledger.session_malformed")
    }

    @Test func `steps wait for all handshakes and stop at the end`() throws {
        var scenario = try SessionScenario()
        #expect(refusal { _ = try scenario.step(0, 1) } == "ledger.session_phase")
        try scenario.shakeHands()
        #expect(scenario.state.nextHandshake == nil)
        let late = try scenario.step(0, 1)
        try scenario.admitSteps()
        try scenario.state.admit(
            end: scenario.state.makeEnd(
                by: scenario.agents[0].party, key: scenario.agents[0].key, time: SessionScenario.now + 60, salt: scenario.salt()
            ))
        #expect(refusal { try scenario.state.admit(step: late, payload: nil) } == "ledger.session_phase")
        let again = refusal {
            _ = try scenario.state.makeEnd(
                by: scenario.agents[0].party, key: scenario.agents[0].key, time: SessionScenario.now + 60, salt: filled(1, 16))
        }
        #expect(again == "ledger.session_phase")
    }

    @Test func `handshakes come in order, on the terms of this session`() throws {
        var scenario = try SessionScenario()
        let first = try scenario.handshake()
        try scenario.state.admit(handshake: first)
        #expect(refusal { try scenario.state.admit(handshake: first) } == "ledger.session_handshake")
        var other = try SessionScenario(sessionByte: 8)
        let foreign = try other.handshake()
        var fresh = try SessionScenario()
        #expect(refusal { try fresh.state.admit(handshake: foreign) } == "ledger.session_handshake")
        try fresh.shakeHands()
        #expect(refusal { try fresh.state.admit(handshake: first) } == "ledger.session_phase")
    }

    @Test func `a step is admitted once, next, and in its own session`() throws {
        var scenario = try SessionScenario()
        try scenario.shakeHands()
        let first = try scenario.step(0, 1)
        let twin = try scenario.step(0, 1)
        var ahead = scenario
        try ahead.state.admit(step: first, payload: nil)
        let second = try ahead.step(1, 2)
        #expect(refusal { try scenario.state.admit(step: second, payload: nil) } == "ledger.session_missing_step")
        try scenario.state.admit(step: first, payload: nil)
        #expect(refusal { try scenario.state.admit(step: first, payload: nil) } == "ledger.session_repeated_step")
        var branch = try SessionScenario()
        try branch.shakeHands()
        try branch.state.admit(step: twin, payload: nil)
        #expect(refusal { try branch.state.admit(step: second, payload: nil) } == "ledger.session_link_broken")
        var other = try SessionScenario(sessionByte: 8)
        try other.shakeHands()
        #expect(refusal { try other.state.admit(step: first, payload: nil) } == "ledger.session_other")
    }

    @Test func `only members act, and only both signatures make an interaction`() throws {
        var scenario = try SessionScenario()
        try scenario.shakeHands()
        let (one, two, eve) = (scenario.agents[0], scenario.agents[1], scenario.outsider)
        func make(_ author: SampleAgent, _ to: DID?, _ key: SigningKey<Purpose.Record>) throws -> [UInt8] {
            try scenario.state.makeStep(
                from: author.party, to: to, eventType: "x", payload: SessionScenario.payload, time: SessionScenario.now,
                salt: filled(9, 16), key: key)
        }
        #expect(refusal { _ = try make(eve, two.party.did, eve.key) } == "ledger.session_foreign_member")
        #expect(refusal { _ = try make(one, eve.party.did, one.key) } == "ledger.session_foreign_member")
        #expect(refusal { _ = try make(one, one.party.did, one.key) } == "ledger.session_malformed")
        #expect(refusal { _ = try make(one, nil, eve.key) } == "ledger.session_signature")
        let half = try make(one, two.party.did, one.key)
        #expect(refusal { try scenario.state.admit(step: half, payload: nil) } == "ledger.session_signature")
        func countersign(_ payload: JSONObject, _ peer: SampleAgent) -> String? {
            refusal { _ = try scenario.state.countersign(half, payload: payload, as: peer.party, key: peer.key) }
        }
        #expect(countersign(SessionScenario.payload, two) == nil)
        #expect(countersign(JSONObject(), two) == "ledger.session_payload_mismatch")
        #expect(countersign(SessionScenario.payload, scenario.agents[2]) == "ledger.session_foreign_member")
        // Somebody else's body: the author's signature is checked before the peer adds one.
        let forged = try VerifiedRecord.sign(
            UnverifiedRecord(decoding: half).body, type: SessionStep.interactionType, by: eve.key)
        let code = refusal {
            _ = try scenario.state.countersign(forged.bytes, payload: SessionScenario.payload, as: two.party, key: two.key)
        }
        #expect(code == "ledger.session_signature")
    }

    @Test func `steps lie between start and expiry`() throws {
        var scenario = try SessionScenario()
        try scenario.shakeHands()
        #expect(refusal { _ = try scenario.step(0, nil, at: SessionScenario.now - 1) } == "ledger.session_time")
        #expect(refusal { _ = try scenario.step(0, nil, at: SessionScenario.now + 3600) } == "ledger.session_time")
        #expect(refusal { _ = try scenario.step(0, nil, at: SessionScenario.now + 3599) } == nil)
    }

    @Test func `an altered payload is refused, a withheld one is not`() throws {
        var scenario = try SessionScenario()
        try scenario.shakeHands()
        let step = try scenario.step(0, 1)
        #expect(refusal { try scenario.state.admit(step: step, payload: JSONObject()) } == "ledger.session_payload_mismatch")
        #expect(refusal { try scenario.state.admit(step: step, payload: nil) } == nil)
    }

    @Test func `the end and the seals must match what was admitted`() throws {
        var scenario = try SessionScenario()
        try scenario.shakeHands()
        let (one, two) = (scenario.agents[0], scenario.agents[1])
        let early = try scenario.state.makeEnd(by: one.party, key: one.key, time: SessionScenario.now + 60, salt: filled(1, 16))
        let foreign = try scenario.state.makeEnd(
            by: scenario.outsider.party, key: scenario.outsider.key, time: SessionScenario.now + 60, salt: filled(1, 16))
        let late = try scenario.state.makeEnd(
            by: one.party, key: one.key, time: SessionScenario.now + 3600, salt: filled(1, 16))
        #expect(refusal { try scenario.state.admit(end: late) } == "ledger.session_time")
        #expect(refusal { try scenario.state.admit(end: foreign) } == "ledger.session_foreign_member")
        var empty = scenario
        try empty.state.admit(end: early)
        let emptySeal = try empty.state.makeSeal(by: one.party, key: one.key, time: SessionScenario.now, salt: filled(1, 16))
        try scenario.admitSteps()
        #expect(refusal { try scenario.state.admit(end: early) } == "ledger.session_tail_cut")
        try scenario.state.admit(
            end: scenario.state.makeEnd(by: two.party, key: two.key, time: SessionScenario.now + 60, salt: filled(1, 16)))
        #expect(refusal { try scenario.state.admit(seal: emptySeal) } == "ledger.session_seal_mismatch")
        let secondSeal = try scenario.state.makeSeal(
            by: two.party, key: two.key, time: SessionScenario.now, salt: filled(1, 16))
        #expect(refusal { try scenario.state.admit(seal: secondSeal) } == "ledger.session_seal_missing")
        let forged = try scenario.state.makeSeal(by: one.party, key: two.key, time: SessionScenario.now, salt: filled(1, 16))
        #expect(refusal { try scenario.state.admit(seal: forged) } == "ledger.session_signature")
    }

    @Test func `a start names 2 to 16 different members that the registry knows`() throws {
        let agents = try [1, 2, 3].map { try SampleAgent(number: $0) }
        func start(_ members: [(SampleAgent, String)], expires: Int64 = 100) -> String? {
            refusal {
                let start = try SessionStart.make(
                    session: SessionID(filled(1, 16)), members: members.map { .init($0.party, name: $1, role: "r") },
                    starter: agents[0].party, key: agents[0].key, time: UTCTime(seconds: 10),
                    expires: UTCTime(seconds: expires), salt: filled(1, 16))
                _ = try SessionStart(verifying: start.record.bytes, registry: RecordRegistry([agents[0].party]))
            }
        }
        #expect(start([(agents[0], "a")]) == "ledger.session_malformed")
        #expect(start([(agents[0], "a"), (agents[1], "a")]) == "ledger.session_malformed")
        #expect(start([(agents[0], "a"), (agents[1], "")]) == "ledger.session_malformed")
        #expect(start([(agents[0], "a"), (agents[1], "b")], expires: 10) == "ledger.session_malformed")
        #expect(start([(agents[0], "a"), (agents[0], "b")]) == "ledger.registry_conflict")
        #expect(start([(agents[1], "a"), (agents[2], "b")]) == "ledger.session_foreign_member")
        #expect(
            start([(agents[0], "a"), (agents[1], "b")]) == "ledger.session_foreign_member", "not in the verifier's registry")
    }
}

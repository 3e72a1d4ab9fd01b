import ChanceryEvidence
import ChanceryGate
import ChanceryGovernance
import ChanceryLedger
import ChanceryNode
import ChanceryPolicy
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Synchronization
import TestKit
import Testing

/// A home whose robot stamped five events and paid once, asked by the gate and approved by ann; perhaps under a committee.
final class SampleEvidence: Sendable {
    let home: SampleHome
    let robot: OpenIdentity
    let gateIdentity: OpenIdentity
    let gate: ActionGate
    let approvers: ApproverRegistry
    let ann: SampleGate.Person
    private let story: Mutex<DecisionStory?>
    let risk = ScriptedRisk("0.7")

    var desk: EvidenceDesk {
        EvidenceDesk(store: home.store, registry: home.registry, log: home.log, gate: gateIdentity.document.did)
    }

    init(governed: Bool = false, profile: StampProfile = .batch, policy: String = SampleGate.policy()) async throws {
        home = try SampleHome()
        robot = try home.identity("robot")
        _ = try home.ledger.register(robot, role: "clerk")
        gateIdentity = try home.identity("gate")
        approvers = ApproverRegistry(store: home.store, registry: home.registry, now: home.clock.now)
        home.clock.turn(by: 1000)
        var authority: StoredAuthority?
        if governed {
            var story = try DecisionStory(members: 4)
            try story.decide(.authorizeAgent(robot.document.did, role: "clerk", scope: .everything, constraints: .none))
            try story.decide(.updatePolicy(Digest.sha256(Array(policy.utf8))))
            let files = FederationFolder(path: home.folder.path + "/governance", statePath: home.folder.path + "/state")
            let keeper = FederationKeeper(files: files, store: home.store, registry: home.registry, now: home.clock.now)
            _ = try keeper.adopt(story.federation.genesis.bytes, as: story.federation.genesis.federation)
            for decision in story.decisions {
                _ = try home.store.append(
                    [.derive(kind: Decision.type, bytes: decision.encoded(), sequence: nil)], moving: [])
            }
            authority = StoredAuthority(
                FederationDesk(keeper: keeper, store: home.store, now: home.clock.now), now: home.clock.now)
            self.story = Mutex(story)
        } else {
            story = Mutex(nil)
        }
        gate = ActionGate(
            identity: gateIdentity, store: home.store, registry: home.registry, authority: authority, risk: risk,
            approvers: approvers, now: home.clock.now)
        let key = try SigningKey<Purpose.Approval>.generate(.mlDSA65)
        let approver = try approvers.register(Approver.register("ann", .l3, key: key, at: home.clock.now(), lifetime: 86_400))
        ann = SampleGate.Person(approver: approver, key: key)
        _ = try await gate.activate(policy, by: "operator", comment: "")
        for number in 0..<5 {
            _ = try home.ledger.stamp(samplePayloads(1, from: number), as: robot, profile: profile)
            home.clock.turn(by: 10)
        }
        try home.log.start(origin: "log.example/evidence", protection: .unencrypted)
    }

    /// A payment that ann approved.
    func pay(_ amount: Int64 = 1, use: Bool = true, outcome: GateEvent.Outcome.Status? = .done) async throws -> DecisionID {
        let action = try GatedAction("pay", payload: ["amount": .integer(amount)])
        let asked = try await gate.decide(action, for: "robot", by: "uid:1000")
        try await gate.answer(ann.answer(to: asked), by: "uid:1000")
        if use { try await gate.redeem(asked.id, action, for: "robot", by: "uid:1000") }
        if let outcome {
            try await gate.note(.init(asked.id, outcome, result: nil, detail: "", caller: "uid:1000"), of: "robot")
        }
        return asked.id
    }

    /// What the committee decides now, after all that happened: it takes back what it granted to the robot.
    func revoke() throws { try decide(.revokeAgent(robot.document.did, scope: .everything)) }

    /// What the committee, if there is one, decides ten seconds after all that happened.
    func decide(_ parameters: ProposalParameters) throws {
        home.clock.turn(by: 10)
        let decision = try story.withLock { story -> Decision? in
            try story?.decide(parameters, at: home.clock.now())
            return story?.decisions.last
        }
        guard let decision else { return }
        _ = try home.store.append([.derive(kind: Decision.type, bytes: decision.encoded(), sequence: nil)], moving: [])
    }

    /// What the gate's key can write and the gate does not: a decision that is this one with other members.
    ///
    /// - Parameter writer: another identity in the place of the gate, with a batch chain of its own.
    @discardableResult
    func forge(_ payload: JSONObject, as writer: OpenIdentity? = nil) throws -> DecisionID {
        let writer = writer ?? gateIdentity
        let (store, document) = (home.store, writer.document)
        let before = try #require(try store.chain(document.agentID.text))
        var batch = Batch(agentID: document.agentID, firstSequence: before.count, head: before.head)
        let time = max(before.timestamp, home.clock.now().seconds)
        try batch.add(payload, timestamp: time, nonce: "forged-\(before.count)")
        let seal = try BatchSeal.sign(
            BatchSeal.Claims(
                did: document.did, agentID: document.agentID, identity: document.hash,
                genesis: EventProfile.aiss21.genesisHash(of: document.agentID, classicalKey: []), batch: before.seals,
                previousSeal: Hex.decode(before.lastSeal), firstSequence: batch.firstSequence, count: 1,
                previousHead: batch.previousHead, head: batch.head, root: batch.root, time: UTCTime(seconds: time)),
            by: writer.keys.record, salt: SampleKeys.salt(1))
        let after = ChainState(
            count: before.count + 1, head: batch.head, timestamp: time, profile: BatchEvent.version, hasEnded: false,
            seals: before.seals + 1, lastSeal: Hex.encode(seal.id))
        _ = try store.append(
            [NewRecord(batch.events[0], sequence: before.count), NewRecord(seal.record)],
            moving: [ChainMove(agent: document.agentID.text, from: before, to: after)])
        return try DecisionID(batch.events[0].hash)
    }

    /// The use of a permission now, as a gate writes it that asks nobody any more.
    func use(_ id: DecisionID) throws {
        let hash = try decision(id).action.hash
        try forge(GateEvent.redemption(.init(id, actionHash: hash, caller: "uid:1000")).payload)
        try forge(GateEvent.outcome(.init(id, .done, result: nil, detail: "", caller: "uid:1000")).payload)
    }

    /// The decision as the gate wrote it.
    func decision(_ id: DecisionID) throws -> GateDecision {
        let record = try #require(try home.store.record(id: id.bytes))
        return try GateDecision(BatchEvent(decoding: record.bytes).payload)
    }

    func build(_ request: EvidenceDesk.Request) throws -> Evidence {
        _ = try home.log.publish(protection: .unencrypted)
        return try desk.build(request)
    }

    /// The whole chain of the robot, and what the gate decided meanwhile.
    func period(from: Int64 = 1000, until: Int64 = 1050) throws -> Evidence {
        try build(
            .period(chain: robot.document.agentID.text, from: SampleKeys.time(from), until: SampleKeys.time(until)))
    }
}

extension Evidence {
    func report(_ pins: [String] = []) throws -> EvidenceReport {
        EvidenceVerifier(pins: try EvidencePins(pins)).verify(try encoded())
    }

    /// With every root pinned as its maker says.
    func pinned() throws -> EvidenceReport { try report(EvidenceDesk.pins(of: self)) }

    /// Another file of these parts, with a digest of its own.
    func with(
        question: EvidenceQuestion? = nil, parties: EvidenceParties? = nil, keys: [String]? = nil, checkpoint: [UInt8]? = nil,
        records: [EvidenceRecord]? = nil, claim: EvidenceGrade? = nil
    ) throws -> Evidence {
        try Evidence(
            question ?? self.question, parties: parties ?? self.parties, keys: keys ?? self.keys,
            checkpoint: checkpoint ?? self.checkpoint, records: records ?? self.records, claim: claim ?? self.claim)
    }

    func without(_ kind: String, where isOut: (EvidenceRecord) -> Bool = { _ in true }) throws -> Evidence {
        try with(records: records.filter { $0.kind != kind || !isOut($0) })
    }
}

extension EvidenceRecord {
    /// The `event_type` of an event.
    var eventType: String? { try? JSONParser.parse(bytes)["payload"]?["event_type"]?.string }
}

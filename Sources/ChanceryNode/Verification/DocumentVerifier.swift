public import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Verifies a file as a stranger would: with pinned public documents and nothing else.
public struct DocumentVerifier: Sendable {
    let keys: PinnedKeys
    private let log: CheckpointVerifier?
    private let checkpoint: ChainCheckpoint?

    /// `log` and `checkpoint` prove that a chain's tail is all there.
    public init(keys: PinnedKeys, log: CheckpointVerifier? = nil, checkpoint: ChainCheckpoint? = nil) {
        self.keys = keys
        self.log = log
        self.checkpoint = checkpoint
    }

    /// Says what `bytes` are and whether they hold. Only a file that is nothing known throws.
    ///
    /// `progress` is told how many events of a chain are done, and of how many.
    public func verify(
        _ bytes: [UInt8], progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> DocumentVerdict {
        if bytes.starts(with: Array(LogProof.header.utf8)) { return verdict("log proof") { try proof(bytes, &$0) } }
        guard let value = try? JSONParser.parse(bytes, limits: .document) else {
            if let note = try? UnverifiedCheckpoint(decoding: bytes) {
                return verdict("checkpoint", note.checkpoint.origin.text) { try checkpoint(note, &$0) }
            }
            // JSON Lines: a chain with one event a line.
            if let lines = Self.lines(bytes) { return verdict("chain") { try chain(lines, progress, &$0) } }
            _ = try JSONParser.parse(bytes, limits: .document)
            throw WireError(.invalidValue, "the file is nothing that can be verified")
        }
        return try verify(value, bytes, progress)
    }

    private static func lines(_ bytes: [UInt8]) -> [JSONValue]? {
        let lines = bytes.split(separator: 0x0a)
        guard lines.count > 1 else { return nil }
        let values = lines.compactMap { try? JSONParser.parse(Array($0)) }
        return values.count == lines.count ? values : nil
    }

    private func verify(
        _ value: JSONValue, _ bytes: [UInt8], _ progress: (Int, Int) -> Void
    ) throws -> DocumentVerdict {
        if let events = value.array {
            if events.first?["body"] != nil { return verdict("identity history") { try history(events, &$0) } }
            return verdict("chain") { try chain(events, progress, &$0) }
        }
        if value["content"] != nil, value["signature"] != nil {
            return verdict("signed export") { try export(value, progress, &$0) }
        }
        if value["spec"] != nil { return verdict("audit export (AISS-1.0-AUDIT)") { try audit(value, progress, &$0) } }
        if value["format"]?.string == Session.format { return verdict("session export") { try session(bytes, &$0) } }
        if value["format"]?.string == Session.excerptFormat {
            return verdict("session excerpt") { try sessionExcerpt(bytes, &$0) }
        }
        switch value["type"]?.string {
        case SealedEvent.type: return verdict("sealed event") { try sealed(value, bytes, &$0) }
        case ChainCheckpoint.type: return verdict("chain checkpoint") { try chainCheckpoint(bytes, &$0) }
        default: break
        }
        if value["body"] != nil { return try record(value) }
        if value["version"] != nil, value["payload"] != nil { return verdict("event") { try event(value, &$0) } }
        if value["public_key"] != nil || value["public_key_classical"] != nil {
            return verdict("AISS identity document") { verdict in
                let identity = try AgentIdentity(value)
                verdict.subject = identity.agentID.text
                verdict.checked.append("the agent id belongs to the keys")
                verdict.notes.append("a document vouches for nobody: pin it only if its source is trusted")
            }
        }
        throw WireError(.invalidValue, "the file is nothing that can be verified")
    }

    private func verdict(
        _ kind: String, _ subject: String? = nil, _ body: (inout DocumentVerdict) throws -> Void
    ) -> DocumentVerdict {
        var verdict = DocumentVerdict(kind, subject: subject)
        do {
            try body(&verdict)
        } catch {
            verdict.findings.append("\(error)")
            verdict.index = (error as? LedgerError)?.index
        }
        return verdict
    }

    // MARK: events and chains

    private func event(_ value: JSONValue, _ verdict: inout DocumentVerdict) throws {
        let event = try Event(value)
        verdict.kind = "\(event.profile.rawValue) event"
        verdict.subject = event.agentID.text
        let identity = try keys.aissIdentity(event.agentID.text)
        guard identity.allows(event.profile) else {
            throw LedgerError(.profileNotAllowed, "the identity allows no \(event.profile.rawValue) events")
        }
        try identity.keys.verify(event)
        verdict.checked.append("signature of agent \(event.agentID) over the whole event")
        if event.profile == .aiss1 { verdict.notes.append("Ed25519 alone: not post-quantum") }
        verdict.notes.append("one event alone says nothing about what came before or after it")
    }

    private func chain(
        _ values: [JSONValue], _ progress: (Int, Int) -> Void, _ verdict: inout DocumentVerdict
    ) throws {
        guard let agent = values.first?["agent_id"]?.string else { throw WireError(.invalidValue, "a chain has events") }
        verdict.subject = agent
        let identity = try keys.aissIdentity(agent)
        switch try ChainVerifier.verify(
            values, of: identity, start: start(values.first?["previous_hash"]?.string, agent), progress: progress)
        {
        case .valid(let chain):
            verdict.checked.append("\(chain.count) events: ids, signatures, links, times, nonces")
            if chain.events.contains(where: { $0.event.profile == .aiss1 }) {
                verdict.notes.append("Ed25519 alone: not post-quantum")
            }
            if !chain.startsAtGenesis { verdict.notes.append(Self.startNote) }
            try tail(of: agent, chain.count, &verdict) { chain.events[$0].event.hash }
        case .invalid(let findings):
            verdict.findings = findings.map(\.description)
            verdict.index = findings.first?.index
        }
    }

    private static let startNote =
        "start not proven: events before the first could be missing (a signed export proves the start)"

    /// A chain of a rotated identity may start at a rotation that a bare list of events does not show.
    private func start(_ previousHash: String?, _ agentID: String) throws -> ChainStart {
        guard let previousHash, let document = keys.document(for: agentID), document.number > 0 else { return .genesis }
        let view = try keys.aissIdentity(agentID)
        let isGenesis = EventProfile.allCases.contains { view.genesisHash($0).utf8.elementsEqual(previousHash.utf8) }
        return isGenesis ? .genesis : .excerpt(after: previousHash)
    }

    private func audit(
        _ value: JSONValue, _ progress: (Int, Int) -> Void, _ verdict: inout DocumentVerdict
    ) throws {
        guard let events = value["events"]?.array, let agent = value["agent_identity"]?["agent_id"]?.string else {
            throw WireError(.missingMember, "an audit export has `events` and `agent_identity`")
        }
        verdict.subject = agent
        let identity = try keys.aissIdentity(agent)
        guard let embedded = value["agent_identity"], try AgentIdentity(embedded).keys == identity.keys else {
            throw LedgerError(.identityInvalid, "the export carries other keys than the pinned identity")
        }
        switch try AuditExport.verify(value, start: start(events.first?["previous_hash"]?.string, agent), progress: progress) {
        case .valid(let audit):
            guard audit.chain.count > 0 else { throw WireError(.invalidValue, "the export holds no events") }
            verdict.checked.append("\(audit.chain.count) events: ids, signatures, links, times, nonces, chain hash")
            verdict.notes.append("the export itself is not signed")
            if audit.chain.events.contains(where: { $0.event.profile == .aiss1 }) {
                verdict.notes.append("Ed25519 alone: not post-quantum")
            }
            if !audit.chain.startsAtGenesis { verdict.notes.append(Self.startNote) }
            try tail(of: agent, audit.chain.count, &verdict) { audit.chain.events[$0].event.hash }
        case .invalid(let findings):
            verdict.findings = findings.map(\.description)
            verdict.index = findings.first?.index
        }
    }

    private func export(
        _ value: JSONValue, _ progress: (Int, Int) -> Void, _ verdict: inout DocumentVerdict
    ) throws {
        let export = try ChainExport(value)
        verdict.subject = export.claimedAgentID
        guard let hash = export.claimedIdentity, let signer = keys.document(hash: hash) else {
            throw NodeError(
                .unknownAgent, "the identity document that signed the export is not pinned; pass it with --identity")
        }
        let verified = try export.verify(by: signer, progress: progress)
        let state = verified.state
        verdict.checked.append("signature of \(signer.did) over the whole content")
        verdict.checked.append("\(state.count) \(state.profile) events: signatures, links, times, nonces")
        superseded(signer, &verdict)
        if case .rotation = verified.start { verdict.checked.append("start: the rotation that ended the chain before") }
        if state.profile == EventProfile.aiss1.rawValue { verdict.notes.append("events under Ed25519 alone: not post-quantum") }
        if !state.hasEnded, let next = keys.successor(of: verified.document) {
            verdict.notes.append(
                "document \(next.number) replaced the keys of this chain on \(next.createdAt.text), and no rotation ends it: it is "
                    + "older, or signed with replaced keys")
        }
        if state.hasEnded { return verdict.checked.append("end: a rotation of the keys, after which nothing follows") }
        try tail(of: verified.agentID.text, state.count, &verdict) {
            try verified.chain.hash(at: $0, profile: state.profile)
        }
    }

    /// Says that a signature is by keys which were replaced: only a log can show that it is older than that (rule K3).
    private func superseded(_ signer: IdentityDocument, _ verdict: inout DocumentVerdict) {
        guard let next = keys.successor(of: signer) else { return }
        verdict.notes.append(
            "signed under document \(signer.number), which document \(next.number) replaced on \(next.createdAt.text): only a log "
                + "shows that the signature is older")
    }

    /// Says whether the end of a chain of `count` events is proven. `hash` is that of an event by its index.
    private func tail(
        of agentID: String, _ count: Int, _ verdict: inout DocumentVerdict, hash: (Int) throws -> String
    ) throws {
        guard let checkpoint, let log else {
            verdict.notes.append(
                "tail not proven: events after number \(count) could be missing (--checkpoint proves the tail)")
            return
        }
        guard let identity = keys.document(for: agentID) else {
            throw NodeError(.unknownAgent, "a chain checkpoint needs the identity document of `\(agentID)`")
        }
        let (stated, logged) = try checkpoint.verify(by: identity, log: log)
        guard stated.agentID == agentID else {
            throw LedgerError(.foreignAgent, "the checkpoint is of agent `\(stated.agentID)`")
        }
        guard count >= stated.count else {
            throw LedgerError(.tailMissing, "the agent stated \(stated.count) events, \(count) are here: the tail was dropped")
        }
        guard try hash(stated.count - 1).utf8.elementsEqual(stated.head.utf8) else {
            throw LedgerError(.tailMissing, "event number \(stated.count) is not the one that the agent stated")
        }
        verdict.checked.append(
            "complete up to event \(stated.count), as logged by `\(logged.checkpoint.origin)` at size \(logged.head.size)")
        if count > stated.count { verdict.notes.append("tail not proven beyond event \(stated.count)") }
    }

    // MARK: records

    private func sealed(_ value: JSONValue, _ bytes: [UInt8], _ verdict: inout DocumentVerdict) throws {
        guard let agent = value["event"]?["agent_id"]?.string, let identity = keys.document(for: agent) else {
            throw NodeError(.unknownAgent, "no pinned identity has the agent id of the event")
        }
        verdict.subject = agent
        let event = try SealedEvent.verify(bytes, by: identity)
        verdict.checked.append("path to the seal's root, and the seal's signature")
        verdict.notes.append("position \(event.sequence) as claimed by the signer")
    }

    private func chainCheckpoint(_ bytes: [UInt8], _ verdict: inout DocumentVerdict) throws {
        guard let log else { throw NodeError(.notFound, "a chain checkpoint needs the log's keys: --log-keys FILE") }
        let checkpoint = try ChainCheckpoint(decoding: bytes)
        guard let agent = try UnverifiedRecord(decoding: checkpoint.headBytes).body["agent_id"]?.string,
            let identity = keys.document(for: agent)
        else { throw NodeError(.unknownAgent, "no pinned identity has the agent id of the checkpoint") }
        verdict.subject = agent
        let (head, logged) = try checkpoint.verify(by: identity, log: log)
        verdict.checked.append("the agent states \(head.count) events")
        verdict.checked.append("logged by `\(logged.checkpoint.origin)` at size \(logged.head.size)")
    }

    private func session(_ bytes: [UInt8], _ verdict: inout DocumentVerdict) throws {
        let state = try Session.verify(bytes, registry: keys.parties(Session.claimedMembers(bytes)))
        verdict.subject = state.start.session.description
        verdict.checked.append("start, handshakes, every step and the end, signed by \(state.start.members.count) members")
    }

    private func sessionExcerpt(_ bytes: [UInt8], _ verdict: inout DocumentVerdict) throws {
        let members = try Session.claimedMembers(bytes, format: Session.excerptFormat)
        let state = try Session.verify(excerpt: bytes, registry: keys.parties(members))
        verdict.subject = state.start.session.description
        verdict.checked.append(
            "start, handshakes and \(state.steps.count) steps, signed by \(state.start.members.count) members")
        verdict.notes.append("nobody has ended or sealed the session: later steps could be missing")
    }

    private func history(_ values: [JSONValue], _ verdict: inout DocumentVerdict) throws {
        let documents = try IdentityDocument.verify(history: values.map { try UnverifiedRecord($0) })
        verdict.subject = documents.last?.did.text
        verdict.checked.append("\(documents.count) documents, each following from the one before")
        verdict.notes.append("a document vouches for nobody: pin it only if its source is trusted")
    }

    private func record(_ value: JSONValue) throws -> DocumentVerdict {
        let record = try UnverifiedRecord(value)
        return verdict(record.type) { verdict in
            verdict.subject = record.body["agent_id"]?.string ?? record.body["did"]?.string
            if record.type == IdentityDocument.type { return try history([value], &verdict) }
            if Self.handshakeTypes.contains(record.type) { return try handshake(record.bytes, &verdict) }
            guard let hex = record.body["identity"]?.string, let hash = try? Hex.decode(hex, count: 32),
                let identity = keys.document(hash: hash)
            else { throw NodeError(.unknownAgent, "the identity document that signed it is not pinned") }
            _ = try record.verify(type: record.type, by: identity.recordKey)
            verdict.checked.append("signature of \(identity.did)")
            superseded(identity, &verdict)
        }
    }

    // MARK: the log

    private func checkpoint(_ note: UnverifiedCheckpoint, _ verdict: inout DocumentVerdict) throws {
        guard let log else { throw NodeError(.notFound, "a checkpoint needs the log's keys: --log-keys FILE") }
        let checkpoint = try log.verify(note)
        verdict.checked.append("Ed25519 and ML-DSA-44 signatures of the log over \(checkpoint.head.size) records")
    }

    private func proof(_ bytes: [UInt8], _ verdict: inout DocumentVerdict) throws {
        guard let log else { throw NodeError(.notFound, "a proof needs the log's keys: --log-keys FILE") }
        let proof = try LogProof(decoding: bytes)
        let checkpoint = try log.verify(proof.checkpoint)
        verdict.subject = checkpoint.checkpoint.origin.text
        verdict.checked.append("the checkpoint of the proof, over \(checkpoint.head.size) records")
        verdict.notes.append("the proof is about an entry: `chancery log verify PROOF --record FILE` holds it against one")
    }
}

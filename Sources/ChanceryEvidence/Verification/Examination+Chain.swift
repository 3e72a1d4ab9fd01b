internal import ChanceryGate
internal import ChanceryLedger
internal import ChanceryWire

/// The agent's own chain: which events stand in the file, and whether any is missing between them.
extension Examination {
    /// An event of the agent's chain, whichever its profile.
    struct Link {
        let position: UInt64
        /// Its place in the chain, where a seal says it.
        let sequence: Int?
        let chain: String
        let hash: String
        let previous: String
        let time: UTCTime
        let nonce: String
        let payload: JSONObject
        /// What the first event of the chain would name as its predecessor.
        let genesis: String
        let isRotation: Bool
    }

    mutating func checkChain() throws {
        let links = try agentLinks()
        switch evidence.question {
        case .action, .decision:
            guard links.isEmpty else { throw EvidenceError(.unrelated, "the question is not about the agent's own chain") }
            report.note("chain", .absent, "the question is not about the agent's own chain")
        case .period(let chain, let from, let until):
            try check(links, of: chain, from: { $0.time < from }, until: { $0.time >= until })
        case .event(let hash):
            guard let asked = links.first(where: { $0.hash.utf8.elementsEqual(Hex.encode(hash).utf8) }) else {
                throw EvidenceError(.contradiction, "the event that is asked about is not in the file")
            }
            guard links.count <= 3 else {
                throw EvidenceError(.unrelated, "more events than the one before and the one after")
            }
            try check(links, of: asked.chain, from: { $0.hash != asked.hash }, until: { $0.hash != asked.hash })
        }
    }

    private func agentLinks() throws -> [Link] {
        let chains = Dictionary(
            agent.flatMap { [($0.identity.agentID.text, $0), ($0.identity.classicalAgentID.text, $0)] },
            uniquingKeysWith: { first, _ in first })
        return try evidence.records.compactMap { record in
            switch items[record.position] {
            case .event(let event)?:
                guard let document = chains[event.agentID.text] else { return nil }
                let view =
                    event.agentID == document.identity.agentID
                    ? try document.identity.aissIdentity() : try document.identity.classicalIdentity()
                return Link(
                    position: record.position, sequence: nil, chain: event.agentID.text, hash: event.hash,
                    previous: event.previousHash ?? "", time: UTCTime(seconds: event.timestamp), nonce: event.nonce,
                    payload: event.payload, genesis: view.genesisHash(event.profile),
                    isRotation: RotationEvent.isRotation(event))
            case .batch(let event)?:
                guard chains[event.agentID.text] != nil, let place = record.place else { return nil }
                return Link(
                    position: record.position, sequence: place.sequence, chain: event.agentID.text, hash: event.hash,
                    previous: event.previousHash, time: UTCTime(seconds: event.timestamp), nonce: event.nonce,
                    payload: event.payload,
                    // What the seal says is the agent's own word, and after a rotation another hash.
                    genesis: EventProfile.aiss21.genesisHash(of: event.agentID, classicalKey: []), isRotation: event.isRotation)
            default: return nil
            }
        }
    }

    /// The chain that the agent wrote before `chain`, under its keys before.
    private func chain(before chain: String) -> String? {
        for (old, new) in zip(agent, agent.dropFirst()) {
            if new.identity.agentID.text.utf8.elementsEqual(chain.utf8) { return old.identity.agentID.text }
            if new.identity.classicalAgentID.text.utf8.elementsEqual(chain.utf8) { return old.identity.classicalAgentID.text }
        }
        return nil
    }

    /// Takes the rotation of the chain before off the front of `links`, where the first event of the chain continues it.
    private mutating func takeRotation(before chain: String, from links: inout [Link]) -> Link? {
        guard links.count > 1, let rotation = links.first, rotation.isRotation, self.chain(before: chain) == rotation.chain,
            links[1].previous.utf8.elementsEqual(rotation.hash.utf8)
        else { return nil }
        links.removeFirst()
        used.insert(rotation.position)
        tell(rotation)
        return rotation
    }

    /// - Parameters:
    ///   - isBefore: whether an event stands before those that were asked about, and so shows that none before is missing.
    ///   - isAfter: the same behind them.
    private mutating func check(
        _ links: [Link], of chain: String, from isBefore: (Link) -> Bool, until isAfter: (Link) -> Bool
    ) throws {
        report.limits.append(.chains)
        var links = links
        let rotation = takeRotation(before: chain, from: &links)
        guard links.allSatisfy({ $0.chain.utf8.elementsEqual(chain.utf8) }) else {
            throw EvidenceError(.unrelated, "an event of another chain")
        }
        guard let first = links.first, let last = links.last else {
            report.gaps.append(.missing("chain.head", "no event is shown, not even one before or after"))
            return report.note("chain", .absent, "no event of the agent is in the file")
        }
        var nonces: Set<String> = []
        for (index, link) in links.enumerated() {
            used.insert(link.position)
            guard nonces.insert(link.nonce).inserted else { throw EvidenceError(.contradiction, "a nonce is used twice") }
            tell(link)
            guard index > 0 else { continue }
            try follow(links[index - 1], link)
        }
        if !isBefore(first), rotation == nil, first.previous != first.genesis {
            report.gaps.append(.missing("chain.head", "what stands before the first event is not shown"))
        }
        if !isAfter(last), !last.isRotation {
            report.gaps.append(.open("chain.tail", "nothing shows that the chain did not go on after its last event here"))
        }
        report.note(
            "chain", .holds, "\(links.count) events of chain \(first.chain), linked by their hashes", "the identity documents")
    }

    private mutating func follow(_ before: Link, _ link: Link) throws {
        guard link.time >= before.time, !before.isRotation else {
            throw EvidenceError(
                .contradiction, "event \(link.position) is older than the one before, or follows the chain's end")
        }
        let isLinked = link.previous.utf8.elementsEqual(before.hash.utf8)
        guard let sequence = link.sequence, let earlier = before.sequence else {
            if !isLinked { missing("events between records \(before.position) and \(link.position) are missing") }
            return
        }
        guard sequence > earlier, isLinked == (sequence == earlier + 1) else {
            throw EvidenceError(.contradiction, "two seals place events where their links do not")
        }
        if !isLinked { missing("events \(earlier + 1) to \(sequence - 1) of the chain are missing") }
    }

    private mutating func missing(_ detail: String) { report.gaps.append(.missing("chain.missing", detail)) }

    private mutating func tell(_ link: Link) {
        let place = link.sequence.map { " \($0)" } ?? ""
        report.story.append(
            .init(
                position: link.position, time: link.time.text,
                text: "event\(place): \(link.payload["event_type"]?.string ?? "without a type")",
                content: Self.text(link.payload)))
    }

    static func text(_ payload: JSONObject) -> String {
        (try? CanonicalForm.jcs.encode(payload)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

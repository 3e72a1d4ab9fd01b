internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// A chain from elsewhere, verified as a whole and cut into the steps in which a store takes it.
struct ImportedChain {
    /// Some events in a row, with where the chain stands after them.
    struct Step {
        var records: [NewRecord]
        let state: ChainState

        var first: Int { records.first?.sequence ?? state.count }
        var events: Int { records.count { $0.sequence != nil } }
    }

    /// Events of a step; a batch is a step of its own.
    private static let stepSize = 2000

    let agentID: AgentID
    let start: ChainStart
    let steps: [Step]
    /// Records that come along: what the exporter signed, and what the identity says about its agent.
    private(set) var records: [VerifiedRecord] = []
    private(set) var agent: AgentRecord?

    /// The end of the chain.
    var state: ChainState? { steps.last?.state }
    var count: Int { state?.count ?? 0 }

    /// - Throws: what is wrong with the export.
    init(_ export: ChainExport, by signer: IdentityDocument) throws {
        let verified = try export.verify(by: signer)
        agentID = verified.agentID
        start = verified.start
        agent = verified.agent
        records = [try export.signature.verify(type: ChainExport.signatureType, by: signer.recordKey)]
        if verified.state.profile == BatchEvent.version {
            steps = try Self.steps(verified.chain, verified.document, start)
        } else {
            steps = try Self.steps(verified.chain.events.map { try Event(decoding: $0) })
        }
    }

    /// - Throws: the first rule of the chain that is broken.
    init(_ events: [JSONValue], of identity: AgentIdentity, start: ChainStart) throws {
        let chain = try ChainVerifier.verify(events, of: identity, start: start).get()
        agentID = identity.agentID
        self.start = start
        steps = try Self.steps(chain.events.map(\.event))
    }

    /// The steps of a verified AISS chain.
    private static func steps(_ events: [Event]) throws -> [Step] {
        try stride(from: 0, to: events.count, by: stepSize).map { first in
            let part = Array(events[first..<min(first + stepSize, events.count)])
            let records = try Parallel.map(
                part,
                throwing: { (index, event) in try NewRecord(event, bytes: event.encoded(), sequence: first + index) })
            let last = part[part.count - 1]
            return Step(
                records: records,
                state: ChainState(
                    count: first + part.count, head: last.hash, timestamp: last.timestamp, profile: last.profile.rawValue,
                    hasEnded: RotationEvent.isRotation(last)))
        }
    }

    /// The steps of a verified batch chain.
    private static func steps(_ chain: ExportedChain, _ document: IdentityDocument, _ start: ChainStart) throws -> [Step] {
        var cursor = BatchCursor(document, start: start)
        var rest = chain.events[...]
        return try chain.seals.map { record in
            let seal = try BatchSeal.verify(record, by: document)
            let first = cursor.count
            let events = try rest.prefix(seal.claims.count).map { try BatchEvent(decoding: $0) }
            try cursor.append(seal, events)
            rest = rest.dropFirst(events.count)
            guard let state = cursor.state else { throw LedgerError(.sealMissing, "the events have no seal") }
            let records = try events.enumerated().map { try NewRecord($1, sequence: first + $0) }
            return Step(records: records + [try NewRecord(seal.record)], state: state)
        }
    }
}

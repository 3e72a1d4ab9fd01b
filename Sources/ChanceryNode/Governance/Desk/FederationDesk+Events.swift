internal import ChanceryGovernance
internal import ChancerySuite
public import ChanceryWire

/// Something that this home learned about its federation.
public struct FederationEvent: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case proposal, ballot, decision, freeze, equivocation
    }

    public let kind: Kind
    /// The position of its record: its leaf in the log.
    public let position: UInt64
    /// The id of its record.
    public let id: [UInt8]
    /// What it is about, for those who watch.
    public let facts: JSONObject
}

extension FederationDesk {
    private static let kinds: [(type: String, kind: FederationEvent.Kind)] = [
        (Proposal.type, .proposal), (Ballot.type, .ballot), (Decision.type, .decision), (BallotCertificate.type, .freeze),
        (BallotEquivocation.type, .equivocation), (ConsensusEquivocation.type, .equivocation),
    ]

    /// What came after `position`, in log order: at most `limit` events.
    public func events(after position: UInt64?, limit: Int) throws -> [FederationEvent] {
        var events: [FederationEvent] = []
        for (type, kind) in Self.kinds {
            for record in try store.page(type, after: position, limit: limit) {
                events.append(
                    FederationEvent(
                        kind: kind, position: record.position, id: record.id, facts: try Self.facts(kind, record)))
            }
        }
        return Array(events.sorted { $0.position < $1.position }.prefix(limit))
    }

    /// The position of the latest record of the store; nil for an empty one.
    public func latestPosition() throws -> UInt64? { try store.latestPosition() }

    private static func facts(_ kind: FederationEvent.Kind, _ record: StoredRecord) throws -> JSONObject {
        switch kind {
        case .proposal:
            let body = try UnverifiedRecord(decoding: record.bytes).body
            return [
                "expires": body["expires"] ?? .null, "kind": body["kind"] ?? .null,
                "proposal": .string(Hex.encode(record.id)), "proposer": .string(record.agent), "title": body["title"] ?? .null,
            ]
        case .ballot:
            let body = try UnverifiedRecord(decoding: record.bytes).body
            return [
                "choice": body["choice"] ?? .null, "proposal": body["proposal"] ?? .null, "voter": .string(record.agent),
            ]
        case .decision:
            let decision = try Decision(decoding: record.bytes)
            return [
                "proposals": .array(decision.certifiedProposals.map { .string(Hex.encode($0.id)) }),
                "slot": .integer(decision.slot),
            ]
        case .freeze:
            let body = try JSONParser.parse(record.bytes)["proposal"]?["body"]?.object ?? JSONObject()
            return [
                "proposal": .string(Hex.encode(try Digest.sha3_256(CanonicalForm.jcs.encode(body)))),
                "title": body["title"] ?? .null,
            ]
        case .equivocation: return ["member": .string(culprit(record))]
        }
    }
}

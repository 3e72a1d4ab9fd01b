public import ChanceryWire

/// The history of a federation up to one decision, in one file: a stranger who knows the federation's id recomputes
/// everything from it.
///
/// `{"decisions":[…],"genesis":{…},"type":"chancery/decision-file/v1"}`. It says *decided*: what came later is not in it
/// (rule G1).
public struct DecisionFile: Sendable {
    public static let type = "chancery/decision-file/v1"
    public static let maximumBytes = 1 << 30

    public let genesis: Genesis
    public let decisions: [Decision]
    /// What they come to.
    public let head: Head<GovernanceState>

    public init(genesis: Genesis, decisions: [Decision]) throws {
        var head = try Head(genesis)
        for (index, decision) in decisions.enumerated() { head = try Self.following(head, decision, index) }
        self.genesis = genesis
        self.decisions = decisions
        self.head = head
    }

    /// - Throws: `governance.genesis_invalid` for another federation, and what is wrong with the first decision that does not
    ///   follow, with its index.
    public init(verifying value: JSONValue, federation: FederationID) throws {
        var reader = try RecordReader(value, "decision file")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(Self.type.utf8) else {
            throw GovernanceError(.certificateMalformed, "the document is no `\(Self.type)`")
        }
        let genesis = try Genesis(decoding: CanonicalForm.jcs.encode(reader.value("genesis")))
        guard genesis.federation == federation else {
            throw GovernanceError(.genesisInvalid, "the file is of the federation `\(genesis.federation)`")
        }
        let decisions = try reader.array("decisions", limit: 1 << 20).map {
            try Decision(decoding: CanonicalForm.jcs.encode($0))
        }
        try reader.finish()
        try self.init(genesis: genesis, decisions: decisions)
    }

    private static func following(
        _ head: Head<GovernanceState>, _ decision: Decision, _ index: Int
    ) throws -> Head<GovernanceState> {
        do {
            return try head.following(decision)
        } catch {
            throw GovernanceError(.decisionInvalid, "\(error)", index: index)
        }
    }

    public var json: JSONValue {
        get throws { try Self.json(genesis, decisions) }
    }

    /// The document of a history that its holder verified.
    package static func json(_ genesis: Genesis, _ decisions: some Sequence<Decision>) throws -> JSONValue {
        [
            "decisions": .array(try decisions.map { try JSONParser.parse($0.encoded(), limits: .document) }),
            "genesis": try JSONParser.parse(genesis.bytes, limits: .document), "type": .string(type),
        ]
    }
}

extension GovernanceError.Reason {
    /// A decision of a history that does not follow; the index names it.
    public static let decisionInvalid = Self(rawValue: "governance.decision_invalid")
}

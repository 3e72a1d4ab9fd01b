public import ChancerySuite
public import ChanceryWire

/// The history of a federation with the beats that say it is the latest, and the certificates of freezes that no block holds.
///
/// `{"beats":[…],"decision_file":{…},"freezes":[…],"type":"chancery/in-force-file/v1"}`. It ages: whoever takes it compares the
/// times of its beats with his own clock.
public struct InForceFile: Sendable {
    public static let type = "chancery/in-force-file/v1"

    public let decisions: DecisionFile
    /// As they came. ``InForce`` counts them.
    public let beats: [UnverifiedRecord]
    /// Verified, of the committee in office or the one before.
    public let freezes: [BallotCertificate]

    /// Reads a file of the pinned federation: its decisions and freezes are recomputed, its beats are not looked at.
    ///
    /// - Throws: what ``DecisionFile/init(verifying:federation:)`` and ``BallotCertificate/init(verifying:after:)`` throw.
    public init(verifying value: JSONValue, federation: FederationID) throws {
        var reader = try RecordReader(value, "in-force file")
        try reader.expect(type: Self.type)
        decisions = try DecisionFile(verifying: reader.value("decision_file"), federation: federation)
        beats = try reader.array("beats", limit: 2 * ConsensusMembers.maximumMembers).map { try UnverifiedRecord($0) }
        let state = decisions.head.state
        freezes = try reader.array("freezes", limit: Beat.mostFreezes).map {
            try BallotCertificate(verifying: $0, after: state)
        }
        try reader.finish()
        guard freezes.allSatisfy({ Freeze($0.proposal) != nil }) else {
            throw GovernanceError(.foreignRecord, "only certificates of freezes act before a block holds them")
        }
    }

    /// The strength that lets things happen, when the beats are young enough.
    public func inForce(at now: UTCTime, within age: Int64) throws -> InForce {
        try InForce(decisions.head, beats: beats, at: now, within: age)
    }

    /// The document of what its holder verified.
    package static func json(
        _ genesis: Genesis, _ decisions: some Sequence<Decision>, beats: [UnverifiedRecord], freezes: [BallotCertificate]
    ) throws -> JSONValue {
        [
            "beats": .array(try beats.map { try JSONParser.parse($0.bytes) }),
            "decision_file": try DecisionFile.json(genesis, decisions), "freezes": .array(try freezes.map { try $0.json }),
            "type": .string(type),
        ]
    }
}

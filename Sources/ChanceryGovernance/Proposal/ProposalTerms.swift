public import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// What is proposed, by whom and for how long: the body of a proposal, within its limits but signed by nobody yet.
public struct ProposalTerms: Sendable {
    public static let titleBytes = 1...200
    public static let descriptionBytes = 4096
    /// From creation to expiry, in seconds.
    public static let longestLife: Int64 = 31 * 86_400
    /// The same for a freeze.
    public static let longestFreezeLife: Int64 = 86_400

    public let federation: FederationID
    /// The roster hash of the committee that decides.
    public let roster: [UInt8]
    public let parameters: ProposalParameters
    public let basis: Basis
    public let title: String
    public let description: String
    public let proposer: DID
    public let created: UTCTime
    /// Cannot be decided before this time …
    public let notBefore: UTCTime
    /// … and no more from this time on.
    public let expires: UTCTime
    /// 16 random bytes.
    public let salt: [UInt8]
    /// What is signed, with its type.
    public let body: JSONObject
    /// SHA3-256 of the body: the name of the proposal.
    public let id: [UInt8]

    public var kind: ProposalKind { parameters.kind }

    /// `salt` is 16 fresh random bytes.
    ///
    /// - Throws: `governance.proposal_malformed` outside the limits above, or for a basis of another kind.
    public init(
        _ parameters: ProposalParameters, basis: Basis, in committee: Committee, title: String, description: String = "",
        proposer: DID, created: UTCTime, notBefore: UTCTime? = nil, expires: UTCTime, salt: [UInt8]
    ) throws {
        let body: JSONObject = [
            "basis": basis.json, "created": .string(created.text), "description": .string(description),
            "expires": .string(expires.text), "federation": .string(committee.federation.text),
            "kind": .string(parameters.kind.rawValue), "not_before": .string((notBefore ?? created).text),
            "parameters": try parameters.json, "proposer": .string(proposer.text),
            "roster": .string(Hex.encode(committee.rosterHash)), "salt": .string(Base64.url.encode(salt)),
            "title": .string(title), "type": .string(Proposal.type),
        ]
        try self.init(body, parameters)
    }

    /// Reads a body strictly. Nobody has checked who signed it.
    ///
    /// - Throws: `governance.proposal_malformed`, and what the codec and enrolments throw.
    public init(_ body: JSONObject) throws { try self.init(body, nil) }

    private init(_ body: JSONObject, _ known: ProposalParameters?) throws {
        var reader = RecordReader(body, "proposal")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(Proposal.type.utf8) else {
            throw GovernanceError(.proposalMalformed, "the record is no `\(Proposal.type)`")
        }
        federation = try FederationID(reader.string("federation", limit: 64))
        roster = try reader.hex("roster", count: 32)
        let name = try reader.string("kind", limit: 32)
        guard let kind = ProposalKind(rawValue: name) else {
            throw GovernanceError(.proposalMalformed, "unknown kind of proposal `\(name)`")
        }
        basis = try Basis(kind, reader.value("basis"))
        title = try reader.string("title", limit: Self.titleBytes.upperBound)
        description = try reader.string("description", limit: Self.descriptionBytes)
        proposer = try reader.did("proposer")
        created = try reader.time("created")
        notBefore = try reader.time("not_before")
        expires = try reader.time("expires")
        salt = try reader.bytes("salt", count: 16)
        let parameters = try reader.value("parameters")
        try reader.finish()
        let life = kind == .emergencyFreeze ? Self.longestFreezeLife : Self.longestLife
        guard Self.titleBytes.contains(title.utf8.count), created <= notBefore, notBefore < expires,
            expires.milliseconds - created.milliseconds <= life * 1000
        else {
            throw GovernanceError(
                .proposalMalformed,
                "a proposal has a title and lives at most \(life / 86_400) days, created ≤ not before < expires")
        }
        self.parameters = try known ?? ProposalParameters(kind, parameters)
        try self.parameters.check()
        self.body = body
        id = Digest.sha3_256(try CanonicalForm.jcs.encode(body))
    }
}

extension GovernanceError.Reason {
    /// A proposal outside the limits of its kind.
    public static let proposalMalformed = Self(rawValue: "governance.proposal_malformed")
}

internal import ChanceryAPI
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

/// What people propose and vote through a node that holds none of their keys.
extension Route {
    /// `POST /v1/governance/drafts`
    static func governanceDraft(_ service: FederationService) -> Route {
        let document = RouteDocument(
            .post, "/v1/governance/drafts", id: "governanceDraft", tag: "governance",
            summary:
                "What a member would sign to propose something now: the body, its rendering and its six words. Nothing is stored.",
            access: .roles([.operator, .approver]), body: .json(draftSchema), content: .json(ProposalBody.draftSchema),
            refusals: [404, 409, 415, 422])
        return Route(document) { request in
            let draft = try Draft(request.body)
            return try await HomeServices.blocking {
                let terms = try service.desk.draft(
                    draft.parameters, title: draft.title, description: draft.description, notBefore: draft.notBefore,
                    lifetime: draft.lifetime, proposer: draft.proposer)
                return .json(ProposalBody.draft(terms, try service.fingerprints.fingerprint(of: terms.id)))
            }
        }
    }

    /// `POST /v1/governance/proposals`
    static func governancePropose(_ service: FederationService) -> Route {
        submission(
            service, "/v1/governance/proposals", id: "governancePropose",
            summary: "Takes a proposal that a member signed, durably before it answers.", type: Proposal.type)
    }

    /// `POST /v1/governance/ballots`
    static func governanceVote(_ service: FederationService) -> Route {
        submission(
            service, "/v1/governance/ballots", id: "governanceVote",
            summary: "Takes a ballot that a member signed, durably before it answers.", type: Ballot.type)
    }

    private static func submission(
        _ service: FederationService, _ path: PathTemplate, id: String, summary: String, type: String
    ) -> Route {
        let document = RouteDocument(
            .post, path, id: id, tag: "governance", summary: summary, access: .roles([.operator, .approver]),
            body: .json(SignedRecordBody.schema), success: 202, content: .json(.object([("id", .hex(32))])),
            refusals: [404, 409, 415, 422, 429])
        return Route(document) { request in
            let record = try UnverifiedRecord(decoding: request.body)
            guard record.type.utf8.elementsEqual(type.utf8) else {
                throw GovernanceError(.foreignRecord, "this route takes a `\(type)`")
            }
            return .json(["id": .string(Hex.encode(try await service.node.submit(request.body)))])
        }
    }

    private static let draftSchema = Schema.object(
        [
            ("description", .string(limit: ProposalTerms.descriptionBytes)),
            ("kind", .string(values: ProposalKind.allCases.map(\.rawValue))),
            ("lifetime", .integer(1...ProposalTerms.longestLife)), ("parameters", .map(.any)), ("proposer", .string()),
            ("title", .string(limit: ProposalTerms.titleBytes.upperBound)),
        ], described: "Besides perhaps `not_before`, a time.", optional: [("not_before", .time())])
}

/// What a client wants to propose.
private struct Draft {
    let parameters: ProposalParameters
    let title: String
    let description: String
    let notBefore: UTCTime?
    let lifetime: Int64
    let proposer: DID

    init(_ body: [UInt8]) throws {
        var reader = try RecordReader(JSONParser.parse(body), "draft")
        description = try reader.string("description", limit: ProposalTerms.descriptionBytes)
        let kind = try reader.string("kind", limit: 32)
        guard let kind = ProposalKind(rawValue: kind) else {
            throw GovernanceError(.proposalMalformed, "unknown kind of proposal `\(kind)`")
        }
        lifetime = try reader.integer("lifetime", in: 1...ProposalTerms.longestLife)
        notBefore = try reader.optionalString("not_before", limit: 32).map { try UTCTime($0) }
        parameters = try ProposalParameters(kind, reader.value("parameters"))
        proposer = try DID(reader.string("proposer", limit: 128))
        title = try reader.string("title", limit: ProposalTerms.titleBytes.upperBound)
        try reader.finish()
    }
}

/// A signed record as it travels.
enum SignedRecordBody {
    static let schema = Schema.object([
        ("body", .map(.any)),
        ("signatures", .array(.object([("key", .string()), ("suite", .string()), ("value", .string())]))),
    ])
}

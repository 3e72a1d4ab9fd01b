internal import ChanceryAPI
internal import ChanceryGate
internal import ChanceryNode
internal import ChanceryPolicy
internal import ChancerySuite
internal import ChanceryWire

extension Route {
    /// `GET /api/policy`
    static func seedPolicy(_ service: TrustGateService) -> Route {
        let document = RouteDocument(
            .get, "/api/policy", id: "seedPolicy", tag: "trustgate",
            summary: "The policy that decides now. Without one everything is denied.", access: .everyRole,
            content: .json(.map(.any)), refusals: [404])
        return Route(document) { _ in
            guard let active = try await HomeServices.blocking({ try service.gate.activePolicy() }) else {
                throw NodeError(.notFound, "no policy is active; everything is denied")
            }
            return .json(.object(json(active)))
        }
    }

    /// `POST /api/policy`
    static func seedPolicyActivate(_ service: TrustGateService) -> Route {
        let document = RouteDocument(
            .post, "/api/policy", id: "seedPolicyActivate", tag: "trustgate",
            summary: "Puts a policy in force that loads; the ones before stay on record, unchanged.",
            access: .roles([.operator]),
            body: .json(
                .object(
                    [("yaml", .string(limit: PolicyActivation.maximumBytes))], optional: [("comment", .string(limit: 1024))])),
            bodyBytes: PolicyActivation.maximumBytes * 2, success: 201, content: .json(.map(.any)), refusals: [409, 415, 422])
        return Route(document) { request in
            let caller = try request.requireCaller()
            var reader = try RecordReader(
                JSONParser.parse(request.body, limits: .init(bytes: PolicyActivation.maximumBytes * 2, depth: 2)), "policy")
            let text = try reader.string("yaml", limit: PolicyActivation.maximumBytes)
            let comment = try reader.optionalString("comment", limit: 1024) ?? ""
            try reader.finish()
            let activation = try await service.gate.activate(text, by: caller.principal.keyID, comment: comment)
            var object = json(activation)
            object["ok"] = true
            return .json(.object(object))
        }
    }

    /// `GET /api/profiles`
    static func seedProfiles(_ service: TrustGateService) -> Route {
        let document = RouteDocument(
            .get, "/api/profiles", id: "seedProfiles", tag: "trustgate", summary: "The policies that ship with the product.",
            access: .everyRole, content: .json(.object([("count", .count), ("profiles", .array(.map(.any)))])))
        return Route(document) { _ in
            let profiles = Policy.profileNames.compactMap { name -> JSONValue? in
                Policy.profileText(named: name).map { text in
                    [
                        "content": .string(text), "name": .string(name),
                        "policy_hash": .string(Hex.encode(Digest.sha256(Array(text.utf8)))),
                    ]
                }
            }
            return .json(["count": .integer(Int64(profiles.count)), "profiles": .array(profiles)])
        }
    }

    private static func json(_ activation: PolicyActivation) -> JSONObject {
        let hash = JSONValue.string(Hex.encode(activation.hash))
        return [
            "activated_at": .integer(activation.time.seconds), "activated_by": .string(activation.by),
            "comment": .string(activation.comment), "content_hash": hash, "name": .string(activation.name),
            "policy_hash": hash, "version": .string(activation.version), "version_id": .string(activation.versionID),
            "yaml": .string(activation.text),
        ]
    }
}

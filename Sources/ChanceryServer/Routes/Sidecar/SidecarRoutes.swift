internal import ChanceryAPI
internal import ChanceryClient
internal import ChanceryInference
internal import ChanceryVault
internal import ChanceryWire

extension RouteTable {
    /// OpenAI's interface in front of a service that takes sealed requests.
    public static func sidecar(_ service: SidecarService) -> RouteTable {
        RouteTable([
            .sidecarModels(service), .sidecarCall(service, "chat/completions"), .sidecarCall(service, "completions"),
            .sidecarCall(service, "embeddings"),
        ])
    }
}

extension Route {
    /// `GET /v1/models`
    static func sidecarModels(_ service: SidecarService) -> Route {
        let document = RouteDocument(
            .get, "/v1/models", id: "sidecarModels", tag: "sidecar", summary: "The one model that the service states.",
            access: .anyone, content: .json(.map(.any)))
        return Route(document) { request in
            try service.admit(request)
            let terms = try await service.client.statement().terms
            return .json([
                "data": [
                    [
                        "created": .integer(terms.from.seconds), "id": .string(terms.name.text), "object": "model",
                        "owned_by": .string(terms.service),
                    ]
                ], "object": "list",
            ])
        }
    }

    /// `POST /v1/chat/completions`, `/v1/completions`, `/v1/embeddings`
    static func sidecarCall(_ service: SidecarService, _ operation: String) -> Route {
        let document = RouteDocument(
            .post, PathTemplate("/v1/\(operation)"), id: "sidecar.\(operation)", tag: "sidecar",
            summary: "Seals the request to the service and gives its answer when it was opened and its receipt verified.",
            access: .anyone, body: .json(.map(.any)), bodyBytes: 16 << 20, content: .json(.map(.any)),
            refusals: [401, 404, 409, 422, 429])
        return Route(document) { request in
            try service.admit(request)
            let isStream = try JSONParser.parse(request.body, limits: .init(bytes: 16 << 20, depth: 64))["stream"]?.bool
            if isStream == true { return .live(service.streamed(operation, request.body)) }
            let answer = try await service.client.ask(operation, request.body)
            try await service.noting(answer.proof)
            return .live(
                LiveAnswer(status: answer.status, mediaType: answer.mediaType) { write in try await write(answer.body) })
        }
    }
}

extension SidecarService {
    /// Server-sent events as they come. An answer that is not whole ends with an event that says so, and without a clean end.
    func streamed(_ operation: String, _ body: [UInt8]) -> LiveAnswer {
        LiveAnswer(status: 200, mediaType: "text/event-stream") { write in
            do {
                var (isEvents, refusal) = (true, [UInt8]())
                let proof = try await client.ask(operation, body) { part in
                    switch part {
                    case .head(let status, let type): isEvents = status == 200 && type.hasPrefix("text/event-stream")
                    case .body(let bytes) where isEvents: try await write(bytes)
                    case .body(let bytes): refusal += bytes.prefix(Self.refusalBytes - refusal.count)
                    case .receipt: break
                    }
                }
                try await noting(proof)
                if !isEvents { try await write(Self.event(refusal)) }
            } catch let error as any CodedError {
                try await write(Self.event(error))
                throw error
            }
        }
    }

    private static let refusalBytes = 1 << 16

    /// What the model's program answered instead of events, on one line.
    private static func event(_ body: [UInt8]) throws -> [UInt8] {
        let value = try JSONParser.parse(body, limits: .init(bytes: refusalBytes, depth: 32))
        return Array("data: ".utf8) + (try CanonicalForm.jcs.encode(value)) + [0x0a, 0x0a]
    }

    private static func event(_ error: any CodedError) throws -> [UInt8] {
        let value: JSONValue = [
            "error": ["code": .string(error.code), "message": .string(error.detail), "type": "chancery"]
        ]
        return Array("data: ".utf8) + (try CanonicalForm.jcs.encode(value)) + [0x0a, 0x0a]
    }
}

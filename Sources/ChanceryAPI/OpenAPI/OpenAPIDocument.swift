public import ChanceryWire

/// The description of an interface in OpenAPI 3.1, made from what its routes say about themselves.
public enum OpenAPIDocument {
    public static let version = "3.1.0"

    /// - Parameter routes: each pair of method and path once.
    public static func json(title: String, release: String, _ routes: [RouteDocument]) -> JSONValue {
        var paths = JSONObject()
        for route in routes {
            var operations = paths[route.path.text]?.object ?? JSONObject()
            operations[route.method.rawValue.lowercased()] = operation(route)
            paths[route.path.text] = .object(operations)
        }
        return [
            "components": ["schemas": ["Problem": .object(Problem.schema.json)], "securitySchemes": schemes],
            "info": [
                "description": "Errors are RFC 9457 problem documents whose code docs/error-codes.md explains.",
                "title": .string(title), "version": .string(release),
            ],
            "openapi": .string(version), "paths": .object(paths),
        ]
    }

    /// How callers prove who they are: docs/spec/request-signature.md.
    private static let schemes: JSONValue = [
        "hip5": [
            "description": "A request signed by the envelope of HIP-5.", "in": "header", "name": .string(HIP5Envelope.header),
            "type": "apiKey",
        ],
        "browser": [
            "description": "A person's browser, signed in by POST /v1/dashboard/session.", "in": "cookie", "name": "chancery",
            "type": "apiKey",
        ],
        "session": [
            "description": "A token of POST /v1/sessions, for a quarter of an hour.", "scheme": "bearer", "type": "http",
        ],
        "signature": [
            "description": "RFC 9421 with ml-dsa-65, beside Content-Digest and Signature-Input.", "in": "header",
            "name": "Signature", "type": "apiKey",
        ],
    ]

    private static func security(_ access: RouteAccess) -> JSONValue {
        access == .anyone ? [] : [["browser": []], ["session": []], ["signature": []], ["hip5": []]]
    }

    /// The roles that a route asks for, for people.
    private static func description(_ access: RouteAccess) -> String {
        switch access {
        case .anyone: "Open to whoever reaches the server."
        case .roles(let roles): "For " + roles.map(\.rawValue).sorted().joined(separator: ", ") + "."
        }
    }

    private static func operation(_ route: RouteDocument) -> JSONValue {
        var responses = JSONObject()
        for status in route.statuses { responses[String(status)] = response(status, of: route) }
        var operation: JSONObject = [
            "description": .string(description(route.access)), "operationId": .string(route.id),
            "responses": .object(responses), "security": security(route.access), "summary": .string(route.summary),
            "tags": [.string(route.tag)],
        ]
        if !route.parameters.isEmpty { operation["parameters"] = .array(route.parameters.map(parameter)) }
        if let body = route.body { operation["requestBody"] = ["content": content(body), "required": true] }
        return .object(operation)
    }

    private static func parameter(_ parameter: RouteDocument.Parameter) -> JSONValue {
        [
            "description": .string(parameter.summary), "in": .string(parameter.place.rawValue),
            "name": .string(parameter.name), "required": .bool(parameter.place == .path),
            "schema": .object(parameter.schema.json),
        ]
    }

    private static func response(_ status: Int, of route: RouteDocument) -> JSONValue {
        guard !route.successes.contains(status) else {
            return ["content": content(route.content), "description": .string(route.summary)]
        }
        guard status >= 400 else { return ["description": .string(ProblemStatus.title(status))] }
        return [
            "content": [Problem.mediaType: ["schema": ["$ref": "#/components/schemas/Problem"]]],
            "description": .string(ProblemStatus.title(status)),
        ]
    }

    private static func content(_ content: RouteDocument.Content) -> JSONValue {
        .object(JSONObject([.init(name: content.mediaType, value: ["schema": .object(content.schema.json)])]))
    }
}

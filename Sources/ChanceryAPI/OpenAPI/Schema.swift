public import ChanceryWire

/// The shape of a JSON value, as JSON Schema 2020-12 says it inside OpenAPI 3.1.
public struct Schema: Sendable, Equatable {
    public let json: JSONObject

    public init(_ json: JSONObject) { self.json = json }

    public static func string(
        pattern: String? = nil, limit: Int? = nil, values: [String]? = nil, isOptional: Bool = false, description: String? = nil
    ) -> Schema {
        var json: JSONObject = ["type": isOptional ? ["string", "null"] : "string"]
        json["pattern"] = pattern.map { .string($0) }
        json["maxLength"] = limit.map { .integer(Int64($0)) }
        json["enum"] = values.map { .array($0.map { .string($0) }) }
        json["description"] = description.map { .string($0) }
        return Schema(json)
    }

    public static func integer(_ range: ClosedRange<Int64>? = nil, isOptional: Bool = false, standard: Int64? = nil) -> Schema {
        var json: JSONObject = ["type": isOptional ? ["integer", "null"] : "integer"]
        json["minimum"] = range.map { .integer($0.lowerBound) }
        json["maximum"] = range.map { .integer($0.upperBound) }
        json["default"] = standard.map { .integer($0) }
        return Schema(json)
    }

    public static var bool: Schema { Schema(["type": "boolean"]) }

    /// A count that may be large.
    public static var count: Schema { .integer(0...CanonicalForm.largestSafeInteger) }

    /// RFC 3339 in UTC with milliseconds.
    public static func time(isOptional: Bool = false) -> Schema {
        var json: JSONObject = ["type": isOptional ? ["string", "null"] : "string", "format": "date-time"]
        json["pattern"] = .string(timePattern)
        return Schema(json)
    }

    /// 1970 to 9999, each month with its days (without leap days, which readers do take).
    private static let timePattern =
        "^(19[789][0-9]|[2-9][0-9]{3})-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
        + "|02-(0[1-9]|1[0-9]|2[0-8]))T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\\.[0-9]{3}Z$"

    /// Text of 1 to `limit` characters without control characters, as ``RequestParameters/text(_:limit:)`` reads it.
    public static func text(limit: Int = 256) -> Schema {
        .string(pattern: "^[^\\x00-\\x1f\\x7f]{1,\(limit)}$", limit: limit)
    }

    /// Lower-case hexadecimal of one of these numbers of bytes.
    public static func hex(_ counts: Int...) -> Schema {
        .string(pattern: "^(" + counts.map { "[0-9a-f]{\($0 * 2)}" }.joined(separator: "|") + ")$")
    }

    public static func array(_ element: Schema, limit: Int? = nil) -> Schema {
        var json: JSONObject = ["type": "array", "items": .object(element.json)]
        json["maxItems"] = limit.map { .integer(Int64($0)) }
        return Schema(json)
    }

    /// An object of exactly these members, and perhaps the `optional` ones.
    public static func object(
        _ members: [(String, Schema)], described description: String? = nil, optional: [(String, Schema)] = []
    ) -> Schema {
        var json: JSONObject = [
            "type": "object", "additionalProperties": false,
            "properties": .object(JSONObject((members + optional).map { .init(name: $0.0, value: .object($0.1.json)) })),
            "required": .array(members.map { .string($0.0) }),
        ]
        json["description"] = description.map { .string($0) }
        return Schema(json)
    }

    /// An object whose members are named by what they are about.
    public static func map(_ value: Schema) -> Schema {
        Schema(["type": "object", "additionalProperties": .object(value.json)])
    }

    /// Any JSON value.
    public static let any = Schema(JSONObject())

    public static func oneOf(_ schemas: Schema...) -> Schema { Schema(["oneOf": .array(schemas.map { .object($0.json) })]) }
}

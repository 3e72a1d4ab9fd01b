import ChanceryWire

/// What one argument of a tool may be: written as JSON Schema for clients, and checked before the tool sees it.
struct ArgumentRule: Sendable {
    enum Kind: Sendable {
        /// Text of 1 to `limit` bytes.
        case text(limit: Int)
        /// Lower-case hexadecimal of so many bytes.
        case hex(count: Int)
        case choice([String])
        case integer(ClosedRange<Int64>)
        case flag
        case object
        case objects(limit: Int)
    }

    let name: String
    let kind: Kind
    let isRequired: Bool
    let description: String

    init(_ name: String, _ kind: Kind, required: Bool = false, _ description: String) {
        self.name = name
        self.kind = kind
        isRequired = required
        self.description = description
    }

    var schema: JSONValue {
        var schema: JSONObject = ["description": .string(description)]
        switch kind {
        case .text(let limit):
            schema["type"] = "string"
            schema["minLength"] = 1
            schema["maxLength"] = .integer(Int64(limit))
        case .hex(let count):
            schema["type"] = "string"
            schema["pattern"] = .string("^[0-9a-f]{\(count * 2)}$")
        case .choice(let words):
            schema["type"] = "string"
            schema["enum"] = .array(words.map(JSONValue.string))
        case .integer(let range):
            schema["type"] = "integer"
            schema["minimum"] = .integer(range.lowerBound)
            schema["maximum"] = .integer(range.upperBound)
        case .flag: schema["type"] = "boolean"
        case .object: schema["type"] = "object"
        case .objects(let limit):
            schema["type"] = "array"
            schema["items"] = ["type": "object"]
            schema["maxItems"] = .integer(Int64(limit))
        }
        return .object(schema)
    }

    func allows(_ value: JSONValue) -> Bool {
        switch kind {
        case .text(let limit): value.string.map { (1...limit).contains($0.utf8.count) } ?? false
        case .hex(let count): value.string.map { (try? Hex.decode($0, count: count)) != nil } ?? false
        case .choice(let words): value.string.map { text in words.contains { $0.utf8.elementsEqual(text.utf8) } } ?? false
        case .integer(let range): value.integer.map(range.contains) ?? false
        case .flag: value.bool != nil
        case .object: value.object != nil
        case .objects(let limit): value.array.map { $0.count <= limit && $0.allSatisfy { $0.object != nil } } ?? false
        }
    }
}

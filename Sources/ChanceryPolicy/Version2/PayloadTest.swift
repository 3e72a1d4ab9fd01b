internal import ChanceryWire

/// The way to a member of the payload: names and, in arrays, indices from 0.
struct PayloadPath: Sendable {
    let steps: [String]
    let source: String

    /// Nil when the payload has nothing there.
    func value(in payload: JSONValue) -> JSONValue? {
        var value = payload
        for step in steps {
            switch value {
            case .object(let object):
                guard let next = object[step] else { return nil }
                value = next
            case .array(let elements):
                guard let index = Int(step), elements.indices.contains(index) else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }
}

/// What a member of the payload is compared with; everything that is given holds together.
struct PayloadTest: Sendable {
    enum Scalar: Sendable, Equatable {
        case null
        case bool(Bool)
        case number(ExactDecimal)
        case text([UInt8])
    }

    var exists: Bool?
    /// Nil when not asked for; one entry for `equals`.
    var among: [Scalar]?
    var bounds: Bounds?
    var globs: GlobList?
    /// Indices into the rule book's field patterns.
    var patterns: [Int]?
    /// Whether patterns look at every reading of the text; see ``Condition/pattern(_:everyView:)``.
    var everyView = false
}

extension PayloadTest.Scalar {
    /// Nil for arrays, objects and numbers that have no exact value here.
    init?(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .string(let text): self = .text(Array(text.utf8))
        case .integer, .bigInteger, .double:
            guard let number = ExactDecimal(json: value) else { return nil }
            self = .number(number)
        case .array, .object: return nil
        }
    }

    /// Equal, different, or of another kind: then it cannot be told.
    func equals(_ other: PayloadTest.Scalar) -> Truth {
        switch (self, other) {
        case (.null, .null): .yes
        case (.bool(let a), .bool(let b)): Truth(a == b)
        case (.number(let a), .number(let b)): Truth(a == b)
        case (.text(let a), .text(let b)): Truth(a == b)
        default: .unknown
        }
    }
}

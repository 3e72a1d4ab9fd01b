/// A value of a policy text, with its place: YAML and JSON become the same tree.
struct PolicyNode: Sendable {
    enum Content: Sendable {
        /// `plain` scalars may be numbers, booleans or null; others are strings whatever they look like.
        case scalar(String, plain: Bool)
        case list([PolicyNode])
        case map([Entry])
    }

    struct Entry: Sendable {
        let name: String
        let at: Position
        let value: PolicyNode
    }

    let content: Content
    let at: Position

    static let deepest = 32

    /// What the value is, for messages.
    var kind: String {
        switch content {
        case .list: "a list"
        case .map: "a map"
        case .scalar(let text, let plain):
            if !plain {
                "a string"
            } else if isNull {
                "null"
            } else if boolean != nil {
                "a boolean"
            } else if ExactDecimal(text) != nil {
                "a number"
            } else {
                "a string"
            }
        }
    }

    var isNull: Bool {
        guard case .scalar(let text, plain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains { $0.utf8.elementsEqual(text.utf8) }
    }

    var boolean: Bool? {
        guard case .scalar(let text, plain: true) = content else { return nil }
        switch text {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: return nil
        }
    }

    /// What a YAML 1.1 reader such as the reference's takes for a boolean.
    var looseBoolean: Bool? {
        guard case .scalar(let text, plain: true) = content else { return nil }
        switch text {
        case "yes", "Yes", "YES", "on", "On", "ON": return true
        case "no", "No", "NO", "off", "Off", "OFF": return false
        default: return boolean
        }
    }

    /// The number of a plain scalar.
    var number: ExactDecimal? {
        guard case .scalar(let text, plain: true) = content else { return nil }
        return ExactDecimal(text)
    }

    /// The text of any scalar, as written.
    var text: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    /// A scalar that every YAML reader takes for a string.
    var string: String? {
        guard case .scalar(let text, let plain) = content else { return nil }
        return plain && (isNull || looseBoolean != nil || ExactDecimal(text) != nil) ? nil : text
    }

    var list: [PolicyNode]? { if case .list(let elements) = content { elements } else { nil } }
    var map: [Entry]? { if case .map(let entries) = content { entries } else { nil } }

    subscript(name: String) -> PolicyNode? {
        map?.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }
}

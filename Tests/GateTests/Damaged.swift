import ChanceryWire

/// Objects with one member wrong, in every way.
enum Damaged {
    /// Calls `body` with copies of `value` in which the object at `path` lacks a member, has one more, or has one of another
    /// type. The members called `free` may have any object in them.
    static func each(
        of value: JSONValue, at path: [String] = [], _ body: (_ damaged: JSONValue, _ what: String) -> Void
    ) {
        guard let object = path.reduce(value, { $0[$1] ?? .null }).object else { return body(.null, "no object at \(path)") }
        func offer(_ changed: JSONObject, _ what: String) {
            body(replacing(path, in: value, by: .object(changed)), "\(path) \(what)")
        }
        var more = object
        more["zzz"] = 1
        offer(more, "with a member that nobody knows")
        for name in object.names {
            var changed = object
            changed[name] = nil
            offer(changed, "without `\(name)`")
            for other in [JSONValue.bool(true), .integer(-1), ["x": 1], [[]], "\u{0}"] where other.kind != object[name]?.kind {
                changed[name] = other
                offer(changed, "`\(name)` is \(other.kind)")
            }
        }
    }

    private static func replacing(_ path: [String], in value: JSONValue, by new: JSONValue) -> JSONValue {
        guard let first = path.first, var object = value.object else { return new }
        object[first] = replacing(Array(path.dropFirst()), in: object[first] ?? .null, by: new)
        return .object(object)
    }
}

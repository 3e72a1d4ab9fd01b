/// Reads the members of an object one by one and refuses what was not asked for.
///
/// ```swift
/// var reader = try RecordReader(value, "vote")
/// let voter = try reader.string("voter", limit: 128)
/// let weight = try reader.integer("weight", in: 1...1000)
/// try reader.finish()
/// ```
public struct RecordReader {
    private let object: JSONObject
    private let what: String
    // As bytes: a `String` would take the Kelvin sign for a K.
    private var read: Set<[UInt8]> = []

    /// `what` names the record in messages.
    public init(_ value: JSONValue, _ what: String) throws(WireError) {
        guard let object = value.object else { throw WireError(.wrongType, "\(what) must be an object, found \(value.kind)") }
        self.object = object
        self.what = what
    }

    public init(_ object: JSONObject, _ what: String) {
        self.object = object
        self.what = what
    }

    /// The member `name`, or nil when it is absent.
    public mutating func optional(_ name: String) -> JSONValue? {
        read.insert(Array(name.utf8))
        return object[name]
    }

    public mutating func value(_ name: String) throws(WireError) -> JSONValue {
        guard let value = optional(name) else { throw WireError(.missingMember, "\(what) lacks `\(name)`") }
        return value
    }

    /// A string of at most `limit` UTF-8 bytes.
    public mutating func string(_ name: String, limit: Int = 4096) throws(WireError) -> String {
        let value = try value(name)
        guard let text = value.string else { throw wrongType(name, "a string", value) }
        guard text.utf8.count <= limit else { throw WireError(.tooLong, "\(what) member `\(name)` exceeds \(limit) bytes") }
        return text
    }

    public mutating func optionalString(_ name: String, limit: Int = 4096) throws(WireError) -> String? {
        object[name] == nil ? nil : try string(name, limit: limit)
    }

    public mutating func integer(
        _ name: String, in range: ClosedRange<Int64> = 0...CanonicalForm.largestSafeInteger
    ) throws(WireError) -> Int64 {
        let value = try value(name)
        guard let number = value.integer else { throw wrongType(name, "an integer", value) }
        guard range.contains(number) else {
            throw WireError(.invalidValue, "\(what) member `\(name)` must lie in \(range.lowerBound)…\(range.upperBound)")
        }
        return number
    }

    public mutating func bool(_ name: String) throws(WireError) -> Bool {
        let value = try value(name)
        guard let flag = value.bool else { throw wrongType(name, "a boolean", value) }
        return flag
    }

    public mutating func array(_ name: String, limit: Int = 4096) throws(WireError) -> [JSONValue] {
        let value = try value(name)
        guard let elements = value.array else { throw wrongType(name, "an array", value) }
        guard elements.count <= limit else {
            throw WireError(.tooLong, "\(what) member `\(name)` has more than \(limit) elements")
        }
        return elements
    }

    public mutating func object(_ name: String) throws(WireError) -> JSONObject {
        let value = try value(name)
        guard let object = value.object else { throw wrongType(name, "an object", value) }
        return object
    }

    /// Lower-case hexadecimal of exactly `count` bytes.
    public mutating func hex(_ name: String, count: Int) throws(WireError) -> [UInt8] {
        try Hex.decode(string(name, limit: count * 2), count: count)
    }

    /// base64url of exactly `count` bytes.
    public mutating func bytes(_ name: String, count: Int) throws(WireError) -> [UInt8] {
        let bytes = try Base64.url.decode(string(name, limit: count * 2))
        guard bytes.count == count else {
            throw WireError(.invalidValue, "\(what) member `\(name)` must hold \(count) bytes, found \(bytes.count)")
        }
        return bytes
    }

    /// A time in the one form of our records: RFC 3339 in UTC with milliseconds.
    public mutating func time(_ name: String) throws(WireError) -> UTCTime {
        try UTCTime(string(name, limit: 32))
    }

    /// Refuses members that nobody asked for.
    public func finish() throws(WireError) {
        for name in object.names where !read.contains(Array(name.utf8)) {
            throw WireError(.unknownMember, "\(what) has the unknown member `\(name.prefix(64))`")
        }
    }

    private func wrongType(_ name: String, _ expected: String, _ found: JSONValue) -> WireError {
        WireError(.wrongType, "\(what) member `\(name)` must be \(expected), found \(found.kind)")
    }
}

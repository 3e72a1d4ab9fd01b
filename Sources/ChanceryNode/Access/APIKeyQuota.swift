internal import ChanceryWire

/// How much a key may be used within a span of time that slides along: so many requests, or so many bytes of bodies.
public struct APIKeyQuota: Sendable, Hashable {
    public enum Unit: String, Sendable, CaseIterable {
        case requests
        /// Of the bodies of requests and answers together.
        case bytes
    }

    /// The most that a quota grants.
    public static let largestAmount: Int64 = 1 << 50
    /// The longest span in seconds: no key lives longer.
    public static let longestSpan: Int64 = APIKeyRegistry.longestLifetime
    /// Most quotas of one key.
    public static let mostQuotas = 8

    public let unit: Unit
    public let amount: Int64
    /// The span in seconds.
    public let seconds: Int64

    /// - Throws: `node.rejected` for an amount or a span that is out of bounds.
    public init(_ unit: Unit, _ amount: Int64, each seconds: Int64) throws(NodeError) {
        guard (1...Self.largestAmount).contains(amount), (1...Self.longestSpan).contains(seconds) else {
            throw NodeError(.rejected, "a quota grants at least 1, and its span is 1 second to 31 days")
        }
        self.unit = unit
        self.amount = amount
        self.seconds = seconds
    }

    /// What one server lets through at most before it is written down: a tenth, or what the quota grants in a minute where
    /// that is more, so that a quota of a short span has nobody write all the time.
    var batch: Int64 { max(1, amount / 10, amount * UsageMeter.interval / seconds) }

    /// As people write it: `1000/1h`, `64MiB/1d`.
    public var text: String {
        let spans: [(Int64, String)] = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")]
        let span = spans.first { seconds % $0.0 == 0 } ?? (1, "s")
        return "\(amountText)/\(seconds / span.0)\(span.1)"
    }

    private var amountText: String {
        guard unit == .bytes else { return String(amount) }
        let sizes: [(Int64, String)] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")]
        let size = sizes.first { amount % $0.0 == 0 } ?? (1, "B")
        return "\(amount / size.0)\(size.1)"
    }

    var json: JSONValue {
        ["amount": .integer(amount), "seconds": .integer(seconds), "unit": .string(unit.rawValue)]
    }

    init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "quota")
        let unit = try reader.string("unit", limit: 16)
        guard let unit = Unit(rawValue: unit) else {
            throw WireError(.invalidValue, "a quota counts requests or bytes, not `\(unit)`")
        }
        try self.init(unit, reader.integer("amount"), each: reader.integer("seconds"))
        try reader.finish()
    }

    /// Refuses a list that says two things of one unit and span, or too many.
    static func check(_ quotas: [APIKeyQuota]) throws(NodeError) {
        let spans = Set(quotas.map { "\($0.unit.rawValue) \($0.seconds)" })
        guard quotas.count <= mostQuotas, spans.count == quotas.count else {
            throw NodeError(.rejected, "a key has at most \(mostQuotas) quotas, one for each unit and span")
        }
    }
}

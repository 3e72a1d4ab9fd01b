public import ChanceryWire

/// What a grant is bound to, as it was voted. What is nil is not restricted.
public struct Constraints: Sendable, Hashable {
    public static let rates: ClosedRange<Int64> = 1...1_000_000

    /// 1 to 64 bytes, such as `production`.
    public let environment: String?
    /// Requests a second.
    public let maxRateQPS: Int64?
    /// The grant has ended at this time.
    public let notAfter: UTCTime?

    public static let none = Constraints(trusted: nil, nil, nil)

    private init(trusted environment: String?, _ maxRateQPS: Int64?, _ notAfter: UTCTime?) {
        self.environment = environment
        self.maxRateQPS = maxRateQPS
        self.notAfter = notAfter
    }

    /// - Throws: `wire.invalid_value` outside the limits above.
    public init(environment: String? = nil, maxRateQPS: Int64? = nil, notAfter: UTCTime? = nil) throws(WireError) {
        guard environment.map({ (1...64).contains($0.utf8.count) }) ?? true, maxRateQPS.map(Self.rates.contains) ?? true else {
            throw WireError(.invalidValue, "an environment has 1 to 64 bytes, a rate is 1 to 1000000 a second")
        }
        self.init(trusted: environment, maxRateQPS, notAfter)
    }

    /// Whether nothing is allowed under these that is not allowed under `other`.
    public func isTighter(orEqualTo other: Constraints) -> Bool { meet(other) == self }

    /// What both allow; nil when the environments differ.
    public func meet(_ other: Constraints) -> Constraints? {
        if let own = environment, let others = other.environment, !own.utf8.elementsEqual(others.utf8) { return nil }
        return Constraints(
            trusted: environment ?? other.environment, Self.least(maxRateQPS, other.maxRateQPS),
            Self.least(notAfter, other.notAfter))
    }

    /// These, and over at `end` at the latest.
    func ending(by end: UTCTime) -> Constraints {
        Constraints(trusted: environment, maxRateQPS, Self.least(notAfter, end))
    }

    private static func least<Value: Comparable>(_ left: Value?, _ right: Value?) -> Value? {
        guard let left, let right else { return left ?? right }
        return min(left, right)
    }

    /// The members `environment`, `max_rate_qps` and `not_after`, those that restrict.
    public var json: JSONValue {
        var object = JSONObject()
        object["environment"] = environment.map { .string($0) }
        object["max_rate_qps"] = maxRateQPS.map { .integer($0) }
        object["not_after"] = notAfter.map { .string($0.text) }
        return .object(object)
    }

    public init(_ value: JSONValue) throws(WireError) {
        var reader = try RecordReader(value, "constraints")
        let environment = try reader.optionalString("environment", limit: 64)
        let rate: Int64? = reader.optional("max_rate_qps") == nil ? nil : try reader.integer("max_rate_qps", in: Self.rates)
        let notAfter: UTCTime? = reader.optional("not_after") == nil ? nil : try reader.time("not_after")
        try reader.finish()
        try self.init(environment: environment, maxRateQPS: rate, notAfter: notAfter)
    }
}

internal import ChanceryWire

/// How much of a model its owner lets a client come to know within the budgets.
public struct ExtractionLimit: Sendable, Hashable {
    /// A copy that gives this share of labels right is a copy.
    public let agreement: Share
    /// A copy whose weights are this near is a copy: ‖ŵ − w‖ / ‖w‖.
    public let weightError: Share

    public init(agreement: Share, weightError: Share) {
        self.agreement = agreement
        self.weightError = weightError
    }

    /// 90 % of labels, or weights within 5 %.
    public static let standard = ExtractionLimit(agreement: .ninety, weightError: .five)

    /// Whether a copy with this error and agreement is past the limit.
    public func isPassed(weightError: Double, agreement: Double) -> Bool {
        weightError <= self.weightError.fraction || agreement >= self.agreement.fraction
    }

    var json: JSONValue {
        ["agreement": .integer(agreement.millionths), "weight_error": .integer(weightError.millionths)]
    }

    init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "extraction limit")
        try self.init(agreement: reader.share("agreement"), weightError: reader.share("weight_error"))
        try reader.finish()
    }
}

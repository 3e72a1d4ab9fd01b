public import ChanceryWire

/// A committee's threshold for each kind of proposal, over floors that no profile lowers (rule G9).
public struct Thresholds: Sendable, Hashable {
    /// For kinds that have none of their own.
    public let standard: Threshold
    public let byKind: [ProposalKind: Threshold]

    public init(standard: Threshold = .supermajority, byKind: [ProposalKind: Threshold] = [:]) {
        self.standard = standard
        self.byKind = byKind
    }

    /// A freeze only restricts, so one honest member's weight is enough unless the committee says otherwise.
    private static let freezing = Threshold.approvals(.moreThanOneThird)

    public subscript(kind: ProposalKind) -> Threshold {
        byKind[kind] ?? (kind == .emergencyFreeze ? Self.freezing : standard)
    }

    /// The share of the total weight that approvals of `kind` reach under any threshold.
    public static func floor(_ kind: ProposalKind) -> Fraction? {
        switch kind {
        case .addNode, .removeNode, .unfreeze, .rotateKey: .moreThanTwoThirds
        case .emergencyFreeze: .moreThanOneThird
        default: nil
        }
    }

    /// Whether these weights pass a proposal of `kind`.
    public func isMet(_ kind: ProposalKind, by weights: Ballots.Weights, of total: Int64) -> Bool {
        self[kind].isMet(by: weights, of: total)
            && Self.floor(kind).map { $0.isMet(by: weights.approve, of: total) } ?? true
    }

    public var json: JSONValue {
        var kinds = JSONObject()
        for (kind, threshold) in byKind { kinds[kind.rawValue] = threshold.json }
        return ["kinds": .object(kinds), "standard": standard.json]
    }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "thresholds")
        standard = try Threshold(reader.value("standard"))
        var byKind: [ProposalKind: Threshold] = [:]
        for member in try reader.object("kinds").members {
            guard let kind = ProposalKind(rawValue: member.name) else {
                throw GovernanceError(.thresholdInvalid, "unknown kind of proposal `\(member.name.prefix(32))`")
            }
            byKind[kind] = try Threshold(member.value)
        }
        self.byKind = byKind
        try reader.finish()
    }
}

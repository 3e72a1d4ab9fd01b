public import ChanceryWire

/// When the ballots on a proposal pass it.
public struct Threshold: Sendable, Hashable {
    public enum Profile: String, Sendable, CaseIterable {
        /// More than two thirds of the total weight approve (default).
        case supermajority
        /// More than half of the total weight approve.
        case simpleMajority = "simple-majority"
        /// The whole weight approves.
        case unanimous
        /// The rule of pqc-ai-governance; see ``Threshold/warning``.
        case pbftClassic = "pbft-classic"
        /// A fraction of the total weight of one's own.
        case fraction
    }

    public let profile: Profile
    /// The share of approvals: of the total weight, or under `pbft-classic` of approvals and rejections.
    public let approval: Fraction
    /// The share of the total weight that must have voted at all; only `pbft-classic` asks for it.
    public let participation: Fraction?

    public static let supermajority = Threshold(.supermajority, .moreThanTwoThirds)
    public static let simpleMajority = Threshold(.simpleMajority, .moreThanHalf)
    public static let unanimous = Threshold(.unanimous, .whole)
    public static let pbftClassic = Threshold(.pbftClassic, .twoThirds, participation: .twoThirds)

    /// Approvals of `share` of the total weight.
    public static func approvals(_ share: Fraction) -> Threshold { Threshold(.fraction, share) }

    private init(_ profile: Profile, _ approval: Fraction, participation: Fraction? = nil) {
        self.profile = profile
        self.approval = approval
        self.participation = participation
    }

    /// What whoever chooses the profile must be told; nil when there is nothing to say.
    public var warning: String? {
        profile != .pbftClassic
            ? nil
            : "pbft-classic counts no abstentions: with three of six abstaining, one approval of six passes; and whoever collects the ballots may leave rejections out"
    }

    /// Whether these weights pass. More approvals never turn it to false.
    public func isMet(by weights: Ballots.Weights, of total: Int64) -> Bool {
        guard let participation else { return approval.isMet(by: weights.approve, of: total) }
        return participation.isMet(by: weights.cast, of: total) && weights.approve > 0
            && approval.isMet(by: weights.approve, of: weights.approve + weights.reject)
    }

    public var json: JSONValue {
        [
            "approval": approval.json, "participation": participation?.json ?? .null, "profile": .string(profile.rawValue),
        ]
    }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "threshold")
        guard let profile = Profile(rawValue: try reader.string("profile", limit: 32)) else {
            throw GovernanceError(.thresholdInvalid, "unknown profile of a threshold")
        }
        let approval = try Fraction(reader.value("approval"))
        let participation = try reader.value("participation")
        self.init(profile, approval, participation: try participation.isNull ? nil : Fraction(participation))
        try reader.finish()
        guard self == Self.fixed[profile] ?? .approvals(approval) else {
            throw GovernanceError(.thresholdInvalid, "`\(profile.rawValue)` has other shares than these")
        }
    }

    private static let fixed: [Profile: Threshold] = [
        .supermajority: .supermajority, .simpleMajority: .simpleMajority, .unanimous: .unanimous, .pbftClassic: .pbftClassic,
    ]
}

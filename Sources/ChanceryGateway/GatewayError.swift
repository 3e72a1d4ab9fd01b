public import ChanceryWire

/// Why the trusted gateway did not do what was asked.
public struct GatewayError: CodedError, Equatable {
    /// A stable code.
    public enum Reason: String, Sendable, CaseIterable {
        /// No program of this id, or one that QuorumVM's interface cannot carry.
        case unknownProgram = "gateway.unknown_program"
        /// Too few custodians' people approved the program.
        case notActive = "gateway.not_active"
        /// No approval of that custodian for that program.
        case approvalInvalid = "gateway.approval_invalid"
        /// An input is missing or no integer, or the request has another shape.
        case inputInvalid = "gateway.input_invalid"
        /// What the package gives to one label is spent.
        case budgetExhausted = "gateway.budget_exhausted"
        case rateLimited = "gateway.rate_limited"
        /// No material is left; `/replenish_beaver` has more made.
        case poolEmpty = "gateway.pool_empty"
        /// Too few custodians take part.
        case custodiansMissing = "gateway.custodians_missing"
        /// A call of QuorumVM by which one party alone would hold shares or approve (rule T8).
        case custodianEndpoint = "gateway.custodian_endpoint"
        /// More programs than the gateway keeps books of.
        case full = "gateway.full"
    }

    public let reason: Reason
    public let detail: String
    public var code: String { reason.rawValue }

    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail.asErrorDetail
    }
}

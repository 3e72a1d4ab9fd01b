/// What became of an action whose decision was spent.
public struct ActionOutcome: Sendable, Equatable {
    public enum Status: String, Sendable, CaseIterable {
        /// The server answered with a result.
        case completed
        /// The tool says that it failed (`isError`).
        case toolError = "tool_error"
        /// The server answered with a JSON-RPC error.
        case serverError = "server_error"
        /// The server's answer was larger than allowed or of a kind that is not passed on.
        case withheld
        /// Spent and not forwarded: cancelled, or the tool changed in the same moment.
        case notForwarded = "not_forwarded"
        /// Forwarded, and no answer came: it may have happened.
        case unknown
    }

    public let decision: String
    public let action: GatedAction
    public let status: Status
    /// SHA-256 of the result's bytes under the label `chancery/mcp-result/v1`, 64 hexadecimal digits; nil without an answer.
    /// The client gets exactly these bytes, or, where the status is `withheld`, nothing of them.
    public let resultHash: String?
    /// Length of the result in bytes.
    public let resultBytes: Int
    /// False when the client had cancelled: it gets no answer.
    public let isDelivered: Bool

    package init(
        decision: String, action: GatedAction, status: Status, resultHash: String?, resultBytes: Int, isDelivered: Bool
    ) {
        self.decision = decision
        self.action = action
        self.status = status
        self.resultHash = resultHash
        self.resultBytes = resultBytes
        self.isDelivered = isDelivered
    }
}

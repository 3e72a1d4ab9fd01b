public import ChanceryWire

/// Why a sealed request or its answer was refused. Details never hold what was sealed.
public struct InferenceError: CodedError, Equatable {
    public enum Reason: String, Sendable, CaseIterable {
        /// A service key statement whose parts contradict each other or exceed a limit.
        case statementMalformed = "inference.statement_malformed"
        /// A statement before its start or past its end.
        case statementExpired = "inference.statement_expired"
        /// A statement, or a request under one, of another service.
        case otherService = "inference.other_service"
        /// A request to a service key that the service does not have, or has no more.
        case keyUnknown = "inference.key_unknown"
        /// Another model than was asked for.
        case otherModel = "inference.other_model"
        /// Another privacy tier than was asked for.
        case tierMismatch = "inference.tier_mismatch"
        /// A tier that needs evidence, which nothing here can show or check.
        case evidenceRequired = "inference.evidence_required"
        /// A client that was told to send in the clear.
        case classicalRefused = "inference.classical_refused"
        /// A request that was sealed for another caller than the one who sent it.
        case otherCaller = "inference.other_caller"
        /// Bytes that are no request, response or receipt.
        case malformed = "inference.malformed"
        /// A frame that was changed, moved or taken from elsewhere, or that was sealed under other terms.
        case openFailed = "inference.open_failed"
        /// A frame where none of its kind may stand, or after the end.
        case frameOrder = "inference.frame_order"
        /// A stream that ends before its last frame.
        case truncated = "inference.truncated"
        /// More bytes than the reader takes.
        case tooLong = "inference.too_long"
        /// A request that was opened before.
        case replayed = "inference.replayed"
        /// The service answers as many requests as it can at once.
        case busy = "inference.busy"
        /// No room to remember another request.
        case memoryFull = "inference.memory_full"
        /// A receipt that says something else than what was sent and received.
        case receiptMismatch = "inference.receipt_mismatch"
        /// An answer that the service itself calls incomplete.
        case answerIncomplete = "inference.answer_incomplete"
        /// A service that answers with no success and no code of its own.
        case refused = "inference.refused"
    }

    public let reason: Reason
    public let detail: String
    public var code: String { reason.rawValue }

    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail.asErrorDetail
    }
}

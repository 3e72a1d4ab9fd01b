public import ChanceryWire

/// Why a cryptographic operation was refused. Details never hold key material.
public struct SuiteError: CodedError, Equatable {
    public enum Reason: String, Sendable, CaseIterable {
        case invalidKey = "suite.invalid_key"
        case invalidSignature = "suite.invalid_signature"
        case unknownAlgorithm = "suite.unknown_algorithm"
        case wrongPurpose = "suite.wrong_purpose"
        case openFailed = "suite.open_failed"
        case invalidParameters = "suite.invalid_parameters"
        case selfTestFailed = "suite.self_test_failed"
        case operationFailed = "suite.operation_failed"
    }

    public let reason: Reason
    public let detail: String
    public var code: String { reason.rawValue }

    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail.asErrorDetail
    }
}

public import ChanceryWire

/// Why a policy text, a request or facts were refused.
public struct PolicyError: CodedError, Equatable {
    /// A stable code. Each part lists its own in an extension of this type.
    public struct Reason: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    public let reason: Reason
    public let detail: String
    /// Everything that was found in a policy text, in the order of the text; empty for requests and facts.
    public let findings: [PolicyFinding]
    public var code: String { reason.rawValue }

    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail.asErrorDetail
        findings = []
    }

    /// The first error among `findings` gives code and detail.
    init(_ findings: [PolicyFinding]) {
        let errors = findings.filter { $0.severity == .error }
        let first = errors.first
        reason = Reason(rawValue: first?.code ?? Reason.syntax.rawValue)
        let more = errors.count > 1 ? " (and \(errors.count - 1) more)" : ""
        detail = (first.map { "line \($0.line), column \($0.column): \($0.message)" } ?? "no policy").asErrorDetail + more
        self.findings = findings
    }
}

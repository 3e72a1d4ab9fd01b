internal import ChanceryWire

/// Collects what a policy text deserves to hear, at most 200 remarks.
struct FindingLog {
    private(set) var items: [PolicyFinding] = []
    private(set) var hasErrors = false

    mutating func error(_ code: PolicyError.Reason, _ message: String, _ at: Position, fix: PolicyFinding.Fix? = nil) {
        hasErrors = true
        add(.error, code, message, at, fix)
    }

    mutating func warning(_ code: PolicyError.Reason, _ message: String, _ at: Position) {
        add(.warning, code, message, at, nil)
    }

    private mutating func add(
        _ severity: PolicyFinding.Severity, _ code: PolicyError.Reason, _ message: String, _ at: Position,
        _ fix: PolicyFinding.Fix?
    ) {
        guard items.count < 200 else { return }
        items.append(
            PolicyFinding(
                severity: severity, code: code.rawValue, message: message.asErrorDetail, line: at.line, column: at.column,
                fix: fix))
    }

    /// In the order of the text.
    var sorted: [PolicyFinding] {
        items.enumerated()
            .sorted { ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset) }
            .map(\.element)
    }
}

extension FileReport {
    /// Whether the file was read but nothing here knows what it is.
    public var isUnknown: Bool { title == nil && log.failures.isEmpty }

    /// `FILE: N passed, M failed`, and `, K not applicable` when there are such cases.
    public var summary: String {
        isUnknown
            ? "\(path): no runner"
            : "\(path): " + ConformanceRun.counts(log.passed, log.failures.count, log.skipped.count)
    }

    /// The summary, then with `verbose` each failure and the cases that cannot apply, grouped by reason.
    public func lines(verbose: Bool) -> [String] {
        var lines = [summary]
        guard verbose else { return lines }
        lines += log.failures.map { "  failed \($0.name): \($0.detail)" }
        for reason in NotApplicable.allCases {
            let names = log.skipped.filter { $0.reason == reason }.map(\.name)
            guard !names.isEmpty else { continue }
            lines.append("  not applicable, \(reason.rawValue) (\(names.count)): \(names.joined(separator: ", "))")
        }
        return lines
    }
}

extension ConformanceRun {
    public var passed: Int { reports.reduce(0) { $0 + $1.log.passed } }
    public var failed: Int { reports.reduce(0) { $0 + $1.log.failures.count } }
    public var notApplicable: Int { reports.reduce(0) { $0 + $1.log.skipped.count } }
    /// The paths that no runner knows.
    public var unknown: [String] { reports.filter(\.isUnknown).map(\.path) }

    /// The last line: how many files and cases.
    public var total: String {
        let known = reports.count - unknown.count
        let files = "\(known) file\(known == 1 ? "" : "s")"
        let others = unknown.isEmpty ? "" : "; no runner for \(unknown.count) file\(unknown.count == 1 ? "" : "s")"
        return "total of \(files): " + Self.counts(passed, failed, notApplicable) + others
    }

    /// What a person reads: each file, then the total.
    public func lines(verbose: Bool) -> [String] {
        reports.flatMap { $0.lines(verbose: verbose) } + [total]
    }

    static func counts(_ passed: Int, _ failed: Int, _ notApplicable: Int) -> String {
        "\(passed) passed, \(failed) failed" + (notApplicable > 0 ? ", \(notApplicable) not applicable" : "")
    }
}

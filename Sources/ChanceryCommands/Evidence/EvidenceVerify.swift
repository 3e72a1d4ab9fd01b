internal import ArgumentParser
internal import ChanceryEvidence
internal import ChanceryWire

/// The pins that a command takes.
struct PinOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A root of trust that you know by another way; may be repeated: log:HEX (`sha256sum` of the log's key lines), gate:HEX or agent:HEX (hash of an identity document, or a DID), federation:HEX.",
            valueName: "kind:name"))
    var pin: [String] = []

    func verifier() throws -> EvidenceVerifier {
        EvidenceVerifier(pins: try UsageError.reading("--pin") { try EvidencePins(pin) })
    }
}

struct EvidenceVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Recompute an evidence file: no network, no home, nothing taken on trust.",
        discussion: """
            Ends with 4 when something in the file is false. The grade is A when everything that the question asks for is there \
            and every root of trust is pinned; B when something is open; C when something is missing; D when a root is not \
            pinned, so that the file only agrees with itself.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var pins: PinOptions
    @Argument(help: "The file, or - for standard input.") var file: String

    func run() throws {
        let report = try pins.verifier().verify(UserFile.read(file, limit: Evidence.maximumBytes))
        try options.show(report.json) { EvidenceView.verdict(report) }
        if !report.isValid { throw Stop(code: ExitStatus.verificationFailed) }
    }
}

struct EvidenceShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Verify an evidence file and tell the answer; --html writes a report for a browser.",
        discussion:
            "Ends with 4 when something in the file is false. The report is one file without scripts and without links to elsewhere."
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var pins: PinOptions
    @Argument(help: "The file, or - for standard input.") var file: String
    @Option(help: "The report to write; it must not exist.") var html: String?

    func run() throws {
        try UserFile.requireFree(html)
        let report = try pins.verifier().verify(UserFile.read(file, limit: Evidence.maximumBytes))
        if let html {
            try UserFile.write(Array(EvidencePage.html(report).utf8), to: html)
            try options.showWritten(["valid": .bool(report.isValid)], to: html)
        } else {
            try options.show(EvidenceView.story(report)) { EvidenceView.told(report) }
        }
        if !report.isValid { throw Stop(code: ExitStatus.verificationFailed) }
    }
}

/// How a report is shown.
enum EvidenceView {
    static func verdict(_ report: EvidenceReport) -> String {
        var lines: [String] = []
        if let refusal = report.refusal {
            lines.append("REFUSED  at `\(refusal.step)`: \(refusal.code): \(refusal.detail)")
        } else if let grade = report.grade {
            lines.append("VALID  grade \(grade.rawValue): \(grade.meaning)")
        }
        if let question = report.question { lines.append("  \(question.text)") }
        lines += report.steps.map { "  \(mark($0.verdict)) \($0.name): \($0.detail)" }
        lines += report.roots.map { "  \($0.isPinned ? "✓ pinned" : "! self-asserted, not pinned"): \($0.pin)" }
        lines += report.unusedPins.map { "  ! pinned, and nothing in the file is of its kind: \($0)" }
        lines += report.gaps.map { "  ! \($0.code): \($0.detail)" }
        lines += report.limits.map { "  not proven: \($0.text)" }
        return lines.map(Console.printable).joined(separator: "\n")
    }

    static func told(_ report: EvidenceReport) -> String {
        let story = report.story.map { "  \($0.time)  record \($0.position)  \($0.text)" }
        return ([verdict(report), ""] + story.map(Console.printable)).joined(separator: "\n")
    }

    static func story(_ report: EvidenceReport) -> JSONValue {
        var object = report.json.object ?? JSONObject()
        object["story"] = .array(
            report.story.map {
                [
                    "content": .string($0.content), "position": .integer(Int64(clamping: $0.position)),
                    "text": .string($0.text),
                    "time": .string($0.time),
                ]
            })
        return .object(object)
    }

    private static func mark(_ verdict: EvidenceReport.Verdict) -> String {
        switch verdict {
        case .holds: "✓"
        case .fails: "✗"
        case .absent, .unchecked: "·"
        }
    }
}

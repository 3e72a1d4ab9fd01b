/// A report for a browser: one file without scripts, without anything from elsewhere, every text escaped.
public enum EvidencePage {
    public static func html(_ report: EvidenceReport) -> String {
        let title = report.question?.text ?? "Evidence"
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
            <meta name="referrer" content="no-referrer">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(escaped(title))</title>
            <style>\(style)</style>
            </head>
            <body>
            <header>
            <p class="kind">Chancery evidence</p>
            <h1>\(escaped(title))</h1>
            \(verdict(report))
            </header>
            <main>
            \(section("What happened", story(report)))
            \(section("What was checked", steps(report)))
            \(section("On what it rests", roots(report)))
            \(section("What is missing", gaps(report)))
            \(section("What this does not prove", list(report.limits.map(\.text))))
            </main>
            <footer><p>This page repeats what one verification of the file came to. It proves nothing by itself: verify the file.</p></footer>
            </body>
            </html>

            """
    }

    private static func verdict(_ report: EvidenceReport) -> String {
        if let refusal = report.refusal {
            return """
                <p class="verdict bad"><strong>Refused</strong> \(escaped(refusal.code)): \(escaped(refusal.detail))</p>
                """
        }
        guard let grade = report.grade else { return "" }
        return """
            <p class="verdict \(grade <= .b ? "good" : "fair")"><strong>Grade \(grade.rawValue)</strong> \(escaped(grade.meaning))</p>
            """
    }

    private static func story(_ report: EvidenceReport) -> String {
        if report.story.isEmpty { return "<p>Nothing.</p>" }
        let lines = report.story.map { line in
            """
            <li><p><time>\(escaped(line.time))</time> <span class="place">record \(line.position)</span></p>
            <p>\(escaped(line.text))</p><details><summary>What the record says</summary><pre>\(escaped(line.content))</pre></details></li>
            """
        }
        return "<ol class=\"story\">\n" + lines.joined(separator: "\n") + "\n</ol>"
    }

    private static func steps(_ report: EvidenceReport) -> String {
        let rows = report.steps.map { step in
            """
            <tr class="\(step.verdict.rawValue)"><th scope="row">\(escaped(step.name))</th><td>\(step.verdict.rawValue)</td>\
            <td>\(escaped(step.detail))</td><td>\(escaped(step.basis))</td></tr>
            """
        }
        return """
            <table><thead><tr><th scope="col">Step</th><th scope="col">Verdict</th><th scope="col">Detail</th>\
            <th scope="col">Rests on</th></tr></thead><tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table>
            """
    }

    private static func roots(_ report: EvidenceReport) -> String {
        let checkpoint = report.checkpoint.map { ["Checkpoint: \($0)"] } ?? []
        let found = report.roots.map { "\($0.pin) — \($0.isPinned ? "pinned" : "self-asserted: not pinned")" }
        return list(checkpoint + found + report.unusedPins.map { "\($0) — pinned, and nothing in the file is of its kind" })
    }

    private static func gaps(_ report: EvidenceReport) -> String {
        list(report.gaps.map { "\($0.code): \($0.detail)" })
    }

    private static func list(_ texts: [String]) -> String {
        texts.isEmpty
            ? "<p>Nothing.</p>" : "<ul>\n" + texts.map { "<li>\(escaped($0))</li>" }.joined(separator: "\n") + "\n</ul>"
    }

    private static func section(_ title: String, _ body: String) -> String {
        "<section><h2>\(escaped(title))</h2>\n\(body)\n</section>"
    }

    /// Text between tags: nothing in it can begin a tag, and nothing turns the text around.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
                    result += "\u{fffd}"
                default: result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }

    private static let style = """
        :root { color-scheme: light dark; --ink: #1c1b19; --paper: #fbfaf7; --rule: #d8d4cb; --dim: #635f57; --good: #1d6b3a; \
        --fair: #8a5a00; --bad: #a3221f; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e9e6df; --paper: #191816; --rule: #3a3833; --dim: #a39e93; \
        --good: #6fcf97; --fair: #e0b04a; --bad: #ff8a80; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1.5rem; max-width: 60rem; background: var(--paper); color: var(--ink); \
        font: 1rem/1.5 system-ui, sans-serif; }
        h1 { font-size: 1.4rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; border-bottom: 1px solid var(--rule); }
        .kind, footer, .place, time { color: var(--dim); font-size: .875rem; }
        .verdict { border-left: .3rem solid; padding: .5rem .75rem; } .good { border-color: var(--good); } \
        .fair { border-color: var(--fair); } .bad, .fails td { border-color: var(--bad); color: var(--bad); }
        table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; } \
        th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--rule); }
        li, pre { overflow-wrap: anywhere; } pre { white-space: pre-wrap; margin: .25rem 0; font-size: .8125rem; } \
        .story li { margin-bottom: .75rem; } .story p { margin: 0; }
        @media print { details > pre { display: block; } }
        """
}

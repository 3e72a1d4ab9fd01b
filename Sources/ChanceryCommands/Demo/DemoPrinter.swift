internal import ChanceryWire
internal import Foundation

/// Tells the story line by line, with colours on a terminal, or collects it as JSON.
final class DemoPrinter {
    private let json: Bool
    private let colours: Bool
    private var number = 0
    private var steps: [JSONValue] = []
    private let started = ContinuousClock.now

    init(json: Bool) {
        self.json = json
        colours = Console.standardOutputIsTerminal && Settings.value("NO_COLOR") == nil
    }

    func title(_ text: String) {
        if !json { Console.write("\n" + paint(text, "1")) }
    }

    /// Runs one step and tells what it did and how long it took.
    func step<Value>(_ what: String, _ body: () throws -> (Value, String)) throws -> Value {
        number += 1
        let start = ContinuousClock.now
        let (value, detail) = try body()
        let time = Self.milliseconds(ContinuousClock.now - start)
        steps.append(["detail": .string(detail), "ms": .integer(time), "step": .string(what)])
        if !json { Console.write("  \(paint("✓", "32")) \(what)  \(paint("\(time) ms", "2"))\n      \(detail)") }
        return value
    }

    /// Runs one attack, which must be caught. An attack that gets through ends the demonstration with an error.
    func attack(_ what: String, rule: String, _ body: () throws -> String?) throws {
        let start = ContinuousClock.now
        guard let code = try body() else { throw DemoFailure(detail: "the attack was not caught: \(what)") }
        let time = Self.milliseconds(ContinuousClock.now - start)
        steps.append(["attack": .string(what), "caught": .string(code), "ms": .integer(time), "rule": .string(rule)])
        if !json {
            Console.write(
                "  \(paint("✗", "31")) \(what)\n      \(paint("caught", "32")): \(code)  \(paint("(\(rule), \(time) ms)", "2"))"
            )
        }
    }

    func end(_ lines: [String]) throws {
        let total = Self.milliseconds(ContinuousClock.now - started)
        if json {
            let report: JSONValue = ["ms": .integer(total), "steps": .array(steps)]
            Console.write(String(decoding: try CanonicalForm.jcs.encode(report), as: UTF8.self))
        } else {
            Console.write("\nAll of it in \(total) ms, on real cryptography.\n\n" + lines.joined(separator: "\n"))
        }
    }

    private func paint(_ text: String, _ code: String) -> String { colours ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    }
}

/// The demonstration did not go as it must.
struct DemoFailure: CodedError {
    let detail: String
    var code: String { "command.demo_failed" }
}

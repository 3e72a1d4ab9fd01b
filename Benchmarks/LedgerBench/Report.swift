import ChanceryWire
import Foundation

/// Prints measurements for people or for the renderer of `docs/performance.md`.
struct Report {
    let measurements: [Measurement]
    let rounds: Int
    let compiler: String

    func json() throws -> String {
        let rows: [JSONValue] = measurements.map { measurement in
            var row: [(String, JSONValue)] = [
                ("id", .string(measurement.id)), ("title", .string(measurement.title)),
                ("unit", .string(measurement.unit.rawValue)), ("median", .double(measurement.median)),
                ("min", .double(measurement.samples.first ?? 0)), ("max", .double(measurement.samples.last ?? 0)),
            ]
            if let target = measurement.target, let isMet = measurement.isMet {
                row += [("target", .double(target.limit)), ("met", .bool(isMet))]
            }
            return .object(JSONObject(row.map { JSONObject.Member(name: $0.0, value: $0.1) }))
        }
        let body: JSONValue = [
            "compiler": .string(compiler), "cores": .integer(Int64(ProcessInfo.processInfo.activeProcessorCount)),
            "cpu": .string(Self.cpu), "date": .string(UTCTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)).text),
            "measurements": .array(rows), "rounds": .integer(Int64(rounds)),
        ]
        return String(decoding: try CanonicalForm.jcs.encode(body), as: UTF8.self)
    }

    func table() -> String {
        let lines = measurements.map { measurement in
            var line =
                Self.pad(measurement.title, 72) + Self.pad(Self.text(measurement.median, measurement.unit), 14, left: true)
            line += "  (\(Self.text(measurement.samples.first ?? 0, measurement.unit))"
            line += " to \(Self.text(measurement.samples.last ?? 0, measurement.unit)))"
            if let target = measurement.target, let isMet = measurement.isMet {
                line += "  target \(Self.text(target.limit, measurement.unit)): \(isMet ? "met" : "missed")"
            }
            return line
        }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return (["\(Self.cpu), \(cores) cores, \(compiler), medians of \(rounds) rounds (lowest to highest)"] + lines)
            .joined(separator: "\n")
    }

    private static func text(_ value: Double, _ unit: Measurement.Unit) -> String {
        switch unit {
        case .perSecond: "\(Int(value.rounded())) /s"
        case .seconds: String(format: "%.3f s", value)
        case .milliseconds: String(format: "%.3f ms", value)
        case .ratio: String(format: "%.2f", value)
        }
    }

    private static func pad(_ text: String, _ width: Int, left: Bool = false) -> String {
        let fill = String(repeating: " ", count: max(0, width - text.count))
        return left ? fill + text : text + fill
    }

    /// The processor's name as the kernel gives it.
    private static var cpu: String {
        let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = info.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
    }
}

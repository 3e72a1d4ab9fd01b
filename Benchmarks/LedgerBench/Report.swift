import ChanceryWire
import Foundation

/// Prints measurements for people, and the raw figures for whoever wants to compare runs.
struct Report {
    let measurements: [Measurement]
    let rounds: Int
    let machine: Machine

    func json() throws -> [UInt8] {
        let rows: [JSONValue] = measurements.map { measurement in
            var row: JSONObject = [
                "id": .string(measurement.id), "title": .string(measurement.title),
                "unit": .string(measurement.unit.rawValue), "samples": .array(measurement.samples.values.map(JSONValue.double)),
                "median": .double(measurement.samples.median),
            ]
            if let peer = measurement.peer, let ratio = measurement.ratio {
                row["peer_samples"] = .array(peer.values.map(JSONValue.double))
                row["peer_median"] = .double(peer.median)
                row["ratio"] = .double(ratio)
            }
            if let target = measurement.target, let isMet = measurement.isMet {
                row["target"] = .double(target.limit)
                row["met"] = .bool(isMet)
            }
            return .object(row)
        }
        let date = UTCTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)).text
        let body: JSONValue = [
            "date": .string(date), "machine": machine.json, "measurements": .array(rows), "rounds": .integer(Int64(rounds)),
        ]
        return try CanonicalForm.jcs.encode(body)
    }

    /// A Markdown table that also reads well in a terminal.
    func table() -> String {
        let head = ["measured", "median", "lowest", "highest", "peer", "lowest", "highest", "ratio", "target"]
        let rows = measurements.map { measurement in
            [measurement.title] + Self.cells(measurement.samples, measurement.unit)
                + (measurement.peer.map { Self.cells($0, measurement.unit) } ?? ["", "", ""])
                + [measurement.ratio.map { "\(Self.number($0)) ×" } ?? "", Self.verdict(measurement)]
        }
        let widths = head.indices.map { column in max(3, ([head] + rows).map { $0[column].count }.max() ?? 0) }
        let isText = { (column: Int) in column == 0 || column == head.count - 1 }
        let rule = head.indices.map { String(repeating: "-", count: widths[$0] - 1) + (isText($0) ? "-" : ":") }
        let lines = ([head, rule] + rows).map { row in
            "| " + row.indices.map { Self.pad(row[$0], widths[$0], left: !isText($0)) }.joined(separator: " | ") + " |"
        }
        return (["\(machine.text); \(rounds) rounds", ""] + lines).joined(separator: "\n")
    }

    private static func cells(_ samples: Samples, _ unit: Measurement.Unit) -> [String] {
        [
            unit == .ratio ? number(samples.median) : "\(number(samples.median)) \(unit.rawValue)", number(samples.lowest),
            number(samples.highest),
        ]
    }

    private static func verdict(_ measurement: Measurement) -> String {
        guard let target = measurement.target, let isMet = measurement.isMet else { return "" }
        return "\(target.sign) \(number(target.limit)): \(isMet ? "met" : "missed")"
    }

    /// Three digits that count, or all before the point.
    private static func number(_ value: Double) -> String {
        switch abs(value) {
        case 100...: "\(Int(value.rounded()))"
        case 10...: String(format: "%.1f", value)
        case 1...: String(format: "%.2f", value)
        default: String(format: "%.3f", value)
        }
    }

    private static func pad(_ text: String, _ width: Int, left: Bool) -> String {
        let fill = String(repeating: " ", count: max(0, width - text.count))
        return left ? fill + text : text + fill
    }
}

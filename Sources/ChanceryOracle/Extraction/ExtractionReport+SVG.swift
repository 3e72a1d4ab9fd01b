extension ExtractionReport {
    /// The curve as a small drawing: the share of labels over the number of questions, the budgets and the owner's limit. Lines
    /// take the colour of the text around them, so it reads on light and dark alike; attacks differ by their dashes.
    public var svg: String {
        let (width, height, left, top) = (560.0, 300.0, 44.0, 14.0)
        let span = LogAxis(last: curves.flatMap { $0.points.map(\.queries) }.max() ?? 1)
        let x = { (queries: Int) in left + span.position(queries) * (width - left - 150) }
        let y = { (share: Double) in top + (1 - min(max(share, 0.4), 1)) / 0.6 * (height - top - 40) }
        let right = x(span.last)
        var parts = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 560 300\" role=\"img\" fill=\"none\" stroke=\"currentColor\" font-family=\"sans-serif\" font-size=\"11\">",
            "<title>Labels that a copy of the model gets right, by questions asked</title>",
        ]
        for share in [0.4, 0.6, 0.8, 1.0] {
            parts.append(Self.line(left, y(share), right, y(share), "stroke-opacity=\"0.15\""))
            parts.append(Self.text(left - 6, y(share) + 4, "\(Int((share * 100).rounded()))%", "end"))
        }
        for queries in [1, 10, 100, 1000] where queries <= span.last {
            parts.append(Self.text(x(queries), height - 22, "\(queries)", "middle"))
        }
        parts.append(Self.text((left + right) / 2, height - 6, "questions", "middle"))
        if let limit {
            let limitY = y(limit.agreement.fraction)
            parts.append(Self.line(left, limitY, right, limitY, "stroke-dasharray=\"1 3\""))
            parts.append(Self.text(right + 6, limitY + 4, "owner's limit", "start"))
        }
        for (name, budget) in [("client", client), ("programme", program)] {
            guard let budget, budget <= Int64(span.last) else { continue }
            let place = x(Int(budget))
            parts.append(Self.line(place, top, place, height - 40, "stroke-opacity=\"0.4\" stroke-dasharray=\"5 3\""))
            parts.append(Self.text(place + 3, name == "client" ? height - 44 : height - 56, name, "start"))
        }
        for (index, curve) in curves.enumerated() {
            let dashes = Self.dashes[index % Self.dashes.count]
            let style = "stroke-width=\"1.6\" stroke-opacity=\"\(curve.isPossible ? "1" : "0.35")\" \(dashes)"
            let path = curve.points.map { "\(Self.number(x($0.queries))),\(Self.number(y($0.agreement)))" }
            parts.append("<polyline points=\"\(path.joined(separator: " "))\" \(style)/>")
            let legend = top + 120 + Double(index) * 16
            parts.append(Self.line(right + 8, legend, right + 32, legend, style))
            parts.append(Self.text(right + 36, legend + 4, curve.attack.rawValue + (curve.isPossible ? "" : " *"), "start"))
        }
        return (parts + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private static let dashes = [
        "", "stroke-dasharray=\"7 3\"", "stroke-dasharray=\"2 2\"", "stroke-dasharray=\"9 3 2 3\"",
        "stroke-dasharray=\"12 4\"", "stroke-dasharray=\"4 4 1 4\"",
    ]

    private static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) -> String {
        "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" \(style)/>"
    }

    private static func text(_ x: Double, _ y: Double, _ text: String, _ anchor: String) -> String {
        "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\" fill=\"currentColor\" stroke=\"none\">\(text)</text>"
    }

    private static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

/// What a payload says, in every way a tool may read it: patterns that forbid are looked for in all views, patterns that
/// allow in ``raw`` only.
///
/// `docs/spec/text-views.md` defines the views. Folded views are in lower case: patterns for them ignore case or are
/// written in lower case.
public struct TextViews: Sendable {
    /// The rules by which views are made and the version of the tables; belongs into every decision.
    public static let engine = "chancery-text/1 unicode-\(UnicodeData.version)"
    /// The most bytes that leaves and document may have together: 1 MiB.
    public static let inputLimit = 1 << 20

    /// The document's bytes, as evaluated.
    public let raw: [UInt8]
    /// All views, each once, the most literal first.
    public let all: [[UInt8]]

    /// Makes the views of a payload: `leaves` are its member names and strings and the name of the action, `document` is
    /// its canonical JSON.
    ///
    /// Throws `pattern.too_long` for more than ``inputLimit`` bytes or decoded texts beyond four times the payload's size,
    /// `pattern.too_many_layers` where a third layer of encoding says something new: deny such a payload.
    public init(of leaves: [String], document: [UInt8]) throws(TextViewsError) {
        var size = 0
        for leaf in leaves { size += leaf.utf8.count }
        guard size <= Self.inputLimit, document.count <= Self.inputLimit - size else {
            throw TextViewsError(.tooLong, "payload of \(size) and \(document.count) bytes exceeds \(Self.inputLimit)")
        }
        raw = document
        let lines = LeafLines(leaves, size: size)
        all =
            lines.isPlain
            ? try Self.plainViews(lines, leaves, document) : try Self.otherViews(lines, leaves, document)
    }

    /// The views where lower case alone normalises.
    private static func plainViews(
        _ lines: LeafLines, _ leaves: [String], _ document: [UInt8]
    ) throws(TextViewsError) -> [[UInt8]] {
        var views = [document]
        views.reserveCapacity(4)
        if lines.bytes != document { views.append(lines.bytes) }
        let lower = lines.lowercased()
        if let lower, lower != document { views.append(lower) }
        if leaves.count > 1 {
            let spaced = LeafLines.spaced(lower ?? lines.bytes)
            if spaced != document { views.append(spaced) }
        }
        guard lines.mayBeEscaped || !EncodedRuns.decodedWithinLines(lines.bytes).isEmpty else { return views }
        return distinct(views + (try decoded(leaves.map { Array($0.utf8) }, size: lines.bytes.count + document.count)))
    }

    private static func otherViews(
        _ lines: LeafLines, _ leaves: [String], _ document: [UInt8]
    ) throws(TextViewsError) -> [[UInt8]] {
        var lower: [UInt8] = []
        lower.reserveCapacity(lines.bytes.count)
        var plain: [[UInt8]] = []
        plain.reserveCapacity(leaves.count)
        for (index, leaf) in leaves.enumerated() {
            if index > 0 { lower.append(0x0a) }
            let line = LeafLines([leaf], size: leaf.utf8.count)
            lower += line.isPlain ? line.lowercased() ?? line.bytes : Normaliser.normalised(line.bytes, .folded)
            plain.append(line.isPlain ? line.bytes : Normaliser.normalised(line.bytes, .plain))
        }
        let size = lines.bytes.count + document.count
        guard lower.count <= size * DecodedLayers.growthLimit else {
            throw TextViewsError(.tooLong, "folded text exceeds \(DecodedLayers.growthLimit) times the size of the payload")
        }
        // No folded leaf holds a line feed.
        let literal = [document, lines.bytes, lower, LeafLines.spaced(lower)]
        return distinct(literal + (try decoded(plain, size: size)))
    }

    /// Two views for each layer of encoding: what was decoded, and all leaves in these words.
    private static func decoded(_ leaves: [[UInt8]], size: Int) throws(TextViewsError) -> [[UInt8]] {
        let decoding = try DecodedLayers(of: leaves, size: size)
        return decoding.layers.indices.flatMap { layer in
            let words = decoding.leaves(leaves, at: layer).map { Normaliser.normalised($0, .folded) }
            return [joined(decoding.texts(at: layer), by: 0x0a), joined(words, by: 0x20)]
        }
    }

    private static func joined(_ texts: [[UInt8]], by separator: UInt8) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(texts.reduce(texts.count) { $0 + $1.count })
        for (index, text) in texts.enumerated() {
            if index > 0 { output.append(separator) }
            output += text
        }
        return output
    }

    private static func distinct(_ views: [[UInt8]]) -> [[UInt8]] {
        var distinct: [[UInt8]] = []
        distinct.reserveCapacity(views.count)
        for view in views where !distinct.contains(view) { distinct.append(view) }
        return distinct
    }
}

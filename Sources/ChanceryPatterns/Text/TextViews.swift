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
        var views = [document, lines.bytes]
        if lines.isPlain {
            views.append(lines.lowercased(separator: 0x0a))
            views.append(lines.lowercased(separator: 0x20))
            if lines.mayBeEscaped || !EncodedRuns.decodedWithinLines(lines.bytes).isEmpty {
                views += try Self.decoded(leaves.map { Array($0.utf8) }, size: size + document.count)
            }
        } else {
            let texts = leaves.map { Array($0.utf8) }
            let folded = texts.map { Normaliser.normalised($0[...], .folded) }
            views.append(Self.joined(folded, by: 0x0a))
            views.append(Self.joined(folded, by: 0x20))
            let plain = texts.map { Normaliser.normalised($0[...], .plain) }
            views += try Self.decoded(plain, size: size + document.count)
        }
        all = Self.distinct(views)
    }

    /// Two views for each layer of encoding: what was decoded, and all leaves in these words.
    private static func decoded(_ leaves: [[UInt8]], size: Int) throws(TextViewsError) -> [[UInt8]] {
        let decoding = try DecodedLayers(of: leaves, size: size)
        return decoding.layers.indices.flatMap { layer in
            let words = decoding.leaves(leaves, at: layer).map { Normaliser.normalised($0[...], .folded) }
            return [joined(decoding.layers[layer].flatMap { $0 }, by: 0x0a), joined(words, by: 0x20)]
        }
    }

    private static func joined(_ texts: [[UInt8]], by separator: UInt8) -> [UInt8] {
        Array(texts.joined(separator: CollectionOfOne(separator)))
    }

    private static func distinct(_ views: [[UInt8]]) -> [[UInt8]] {
        var distinct: [[UInt8]] = []
        distinct.reserveCapacity(views.count)
        for view in views where !distinct.contains(view) { distinct.append(view) }
        return distinct
    }
}

/// What the leaves of a payload say when encodings are undone once and twice.
struct DecodedLayers {
    /// Encodings inside encodings that are still looked at.
    static let limit = 2
    /// Decoded texts together may have this many times the size of the payload.
    static let growthLimit = 4

    /// A leaf and what it says in one layer that nothing before said of it, in plain form.
    struct Entry {
        let leaf: Int
        let texts: [[UInt8]]
    }

    /// For each layer, the leaves that say something in it, in their order.
    private(set) var layers: [[Entry]] = []
    private var allowance: Int

    /// Decodes `leaves`, which are in plain form; `size` is that of the whole payload.
    init(of leaves: [[UInt8]], size: Int) throws(TextViewsError) {
        allowance = size * Self.growthLimit
        for (leaf, text) in leaves.enumerated() { try decode(text, leaf) }
    }

    private mutating func decode(_ text: [UInt8], _ leaf: Int) throws(TextViewsError) {
        var decoded = Self.decoded(text)
        guard !decoded.isEmpty else { return }
        var seen: Set = [text]
        for depth in 0... {
            let new = decoded.filter { seen.insert($0).inserted }
            guard !new.isEmpty else { return }
            guard depth < Self.limit else {
                throw TextViewsError(.tooManyLayers, "text is encoded more than \(Self.limit) times over")
            }
            allowance -= new.reduce(0) { $0 + $1.count }
            guard allowance >= 0 else {
                throw TextViewsError(.tooLong, "decoded texts exceed \(Self.growthLimit) times the size of the payload")
            }
            if layers.count == depth { layers.append([]) }
            layers[depth].append(Entry(leaf: leaf, texts: new))
            decoded = new.flatMap(Self.decoded)
        }
    }

    /// Everything that `text` says when one encoding is undone, in plain form.
    private static func decoded(_ text: [UInt8]) -> [[UInt8]] {
        var decoded = EncodedRuns.decoded(text)
        if text.contains(where: { $0 == 0x25 || $0 == 0x5c }) {
            decoded = InPlaceDecoding.allCases.compactMap { $0.decoded(text) } + decoded
        }
        return decoded.isEmpty ? [] : decoded.map { Normaliser.normalised($0, .plain) }.filter { !$0.isEmpty }
    }

    /// The texts of `layer`, in the order of the leaves.
    func texts(at layer: Int) -> [[UInt8]] { layers[layer].flatMap(\.texts) }

    /// Each leaf in the words of `layer`, or of the deepest layer before it that says anything about the leaf.
    func leaves(_ leaves: [[UInt8]], at layer: Int) -> [[UInt8]] {
        var words = leaves.map { [$0] }
        for entry in layers[...layer].joined() { words[entry.leaf] = entry.texts }
        return words.flatMap { $0 }
    }
}

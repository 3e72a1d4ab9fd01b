/// What the leaves of a payload say when encodings are undone once and twice.
struct DecodedLayers {
    /// Encodings inside encodings that are still looked at.
    static let limit = 2
    /// Decoded texts together may have this many times the size of the payload.
    static let growthLimit = 4

    /// For each layer, for each leaf: the texts it decodes to that nothing before them said of this leaf, in plain form.
    private(set) var layers: [[[[UInt8]]]] = []

    /// Decodes `leaves`, which are in plain form; `size` is that of the whole payload.
    init(of leaves: [[UInt8]], size: Int) throws(TextViewsError) {
        var seen = leaves.map { Set([$0]) }
        var allowance = size * Self.growthLimit
        var current = leaves.map { [$0] }
        for _ in 0..<Self.limit {
            for (leaf, texts) in current.enumerated() where !texts.isEmpty {
                current[leaf] = texts.flatMap(Self.decoded).filter { seen[leaf].insert($0).inserted }
                allowance -= current[leaf].reduce(0) { $0 + $1.count }
                guard allowance >= 0 else {
                    throw TextViewsError(.tooLong, "decoded texts exceed \(Self.growthLimit) times the size of the payload")
                }
            }
            guard current.contains(where: { !$0.isEmpty }) else { return }
            layers.append(current)
        }
        for (leaf, texts) in current.enumerated() {
            guard texts.allSatisfy({ Self.decoded($0).allSatisfy(seen[leaf].contains) }) else {
                throw TextViewsError(.tooManyLayers, "text is encoded more than \(Self.limit) times over")
            }
        }
    }

    /// Everything that `text` says when one encoding is undone, in plain form.
    private static func decoded(_ text: [UInt8]) -> [[UInt8]] {
        let decoded = InPlaceDecoding.allCases.compactMap { $0.decoded(text) } + EncodedRuns.decoded(text)
        return decoded.map { Normaliser.normalised($0[...], .plain) }.filter { !$0.isEmpty }
    }

    /// Each leaf in the words of `layer`, or of the deepest layer before it that says anything about the leaf.
    func leaves(_ leaves: [[UInt8]], at layer: Int) -> [[UInt8]] {
        leaves.indices.flatMap { leaf in
            for layer in layers[...layer].reversed() where !layer[leaf].isEmpty { return layer[leaf] }
            return [leaves[leaf]]
        }
    }
}

/// What the leaves of a payload say when encodings are undone once and twice.
struct DecodedLayers {
    /// Encodings inside encodings that are still looked at.
    static let limit = 2
    /// Decoded texts together may have this many times the size of the payload.
    static let growthLimit = 4

    /// For each layer, the leaves that say something in it, and the texts they decode to that nothing before them said
    /// of this leaf, in plain form.
    private(set) var layers: [[Int: [[UInt8]]]] = []

    /// Decodes `leaves`, which are in plain form; `size` is that of the whole payload.
    init(of leaves: [[UInt8]], size: Int) throws(TextViewsError) {
        var seen: [Int: Set<[UInt8]>] = [:]
        var allowance = size * Self.growthLimit
        var current: [Int: [[UInt8]]] = [:]
        for (leaf, text) in leaves.enumerated() {
            let decoded = Self.decoded(text)
            guard !decoded.isEmpty else { continue }
            seen[leaf] = [text]
            current[leaf] = decoded
        }
        while !current.isEmpty {
            var layer: [Int: [[UInt8]]] = [:]
            for (leaf, texts) in current {
                let new = texts.filter { seen[leaf, default: []].insert($0).inserted }
                guard !new.isEmpty else { continue }
                layer[leaf] = new
                allowance -= new.reduce(0) { $0 + $1.count }
            }
            guard !layer.isEmpty else { return }
            guard layers.count < Self.limit else {
                throw TextViewsError(.tooManyLayers, "text is encoded more than \(Self.limit) times over")
            }
            guard allowance >= 0 else {
                throw TextViewsError(.tooLong, "decoded texts exceed \(Self.growthLimit) times the size of the payload")
            }
            layers.append(layer)
            current = layer.mapValues { $0.flatMap(Self.decoded) }
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
    func texts(at layer: Int) -> [[UInt8]] {
        layers[layer].sorted { $0.key < $1.key }.flatMap(\.value)
    }

    /// Each leaf in the words of `layer`, or of the deepest layer before it that says anything about the leaf.
    func leaves(_ leaves: [[UInt8]], at layer: Int) -> [[UInt8]] {
        leaves.indices.flatMap { leaf in
            layers[...layer].reversed().lazy.compactMap { $0[leaf] }.first ?? [leaves[leaf]]
        }
    }
}

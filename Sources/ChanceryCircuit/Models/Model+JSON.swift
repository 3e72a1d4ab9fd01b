public import ChanceryWire

extension CircuitError.Reason {
    /// A model that is none, or one of a kind that is not imported.
    public static let invalidModel = Self(rawValue: "compute.invalid_model")
}

extension Model {
    /// Reads `{"kind": "linear"|"logistic", "weights": […], "bias": b, "features": […]}` or `{"kind": "network", "layers":
    /// [{"weights": [[…]…], "bias": […]}…], "features": […]}` (docs/spec/compute-language.md).
    ///
    /// Features are `{"name", "min", "max"}` each, or their number: then they are `x_0`, `x_1` … in −64 … 64. A layer's
    /// weights are rows by what goes in, as scikit-learn has them. Members that say nothing about the program are skipped: a
    /// model comes from somebody else's tool.
    ///
    /// - Throws: `compute.invalid_model`.
    public init(json: JSONValue) throws(CircuitError) {
        let kind: Kind
        switch json["kind"]?.string {
        case "linear", "integer_linear": kind = .linear
        case "logistic": kind = .logistic
        case "network", "mlp_relu": kind = .network
        case let other: throw Self.refused("the kind `\(other ?? "")` is not imported")
        }
        let layers: [Layer]
        if kind == .network {
            guard let entries = json["layers"]?.array, (1...64).contains(entries.count) else {
                throw Self.refused("a network has 1 to 64 layers")
            }
            var read: [Layer] = []
            for entry in entries { read.append(try Self.layer(entry)) }
            layers = read
        } else {
            let weights = try Self.numbers(json["weights"], "weights")
            layers = [Layer(weights: [weights], bias: [try Self.number(json["bias"], "bias")])]
        }
        let features = try Self.features(json["features"], count: layers[0].weights[0].count)
        var width = features.count
        for layer in layers {
            guard layer.weights.allSatisfy({ $0.count == width }), layer.weights.count == layer.bias.count else {
                throw Self.refused("a layer does not take what the one before gives")
            }
            width = layer.bias.count
        }
        guard layers.reduce(0, { $0 + $1.weights.count * $1.weights[0].count }) <= Self.maximumWeights else {
            throw Self.refused("a model has at most \(Self.maximumWeights) weights")
        }
        self.kind = kind
        self.features = features
        self.layers = layers
    }

    private static func refused(_ detail: String) -> CircuitError { CircuitError(.invalidModel, detail) }

    private static func layer(_ json: JSONValue) throws(CircuitError) -> Layer {
        guard let rows = json["weights"]?.array, (1...maximumFeatures).contains(rows.count) else {
            throw refused("a layer has rows of weights")
        }
        let bias = try numbers(json["bias"], "bias")
        var units = [[String]](repeating: [], count: bias.count)
        for row in rows {
            let weights = try numbers(row, "row of weights")
            guard weights.count == bias.count else { throw refused("a row of weights has one for each unit") }
            for (unit, weight) in weights.enumerated() { units[unit].append(weight) }
        }
        return Layer(weights: units, bias: bias)
    }

    private static func features(_ json: JSONValue?, count: Int) throws(CircuitError) -> [Feature] {
        guard let entries = json?.array else {
            guard json?.integer == Int64(count) || json == nil else {
                throw refused("there are not as many features as weights")
            }
            return (0..<count).map { Feature(name: "x_\($0)", minimum: "-64", maximum: "64") }
        }
        guard entries.count == count else { throw refused("there are not as many features as weights") }
        var features: [Feature] = []
        var seen: Set<String> = []
        for entry in entries {
            let name = entry["name"]?.string ?? ""
            let isName = name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x5f
            }
            guard isName, let first = name.utf8.first, !(0x30...0x39).contains(first), name.utf8.count <= 64 else {
                throw refused("the feature's name `\(name)` is not made of letters, digits and `_`")
            }
            // The program has names of its own.
            let isTaken =
                SyntaxReader.words.contains(name) || ["weight_", "bias_", "layer_", "score"].contains { name.hasPrefix($0) }
            guard !isTaken, seen.insert(name).inserted else { throw refused("the feature's name `\(name)` is taken") }
            features.append(
                Feature(name: name, minimum: try number(entry["min"], "min"), maximum: try number(entry["max"], "max")))
        }
        return features
    }

    private static func numbers(_ json: JSONValue?, _ what: String) throws(CircuitError) -> [String] {
        guard let entries = json?.array, (1...maximumFeatures).contains(entries.count) else {
            throw refused("`\(what)` is a list of 1 to \(maximumFeatures) numbers")
        }
        var numbers: [String] = []
        for entry in entries { numbers.append(try number(entry, what)) }
        return numbers
    }

    /// The number in decimal, without an exponent.
    private static func number(_ json: JSONValue?, _ what: String) throws(CircuitError) -> String {
        let text: String? =
            switch json {
            case .integer(let value): String(value)
            case .double(let value): decimal(value)
            case .string(let text): text
            default: nil
            }
        guard let text, text.utf8.count <= 40, Number(text.drop { $0 == "-" }) != nil, !text.hasPrefix("--") else {
            throw refused("`\(what)` holds no decimal number of usual size")
        }
        return text
    }

    /// The shortest digits that give the same double, with the point in its place.
    private static func decimal(_ value: Double) -> String? {
        let parts = value.magnitude.description.split(separator: "e")
        guard let mantissa = parts.first, let exponent = parts.count == 2 ? Int(parts[1]) : 0, (-36...36).contains(exponent)
        else {
            return nil
        }
        let pieces = mantissa.split(separator: ".")
        var whole = String(pieces[0])
        var rest = pieces.count > 1 ? String(pieces[1]) : ""
        for _ in 0..<max(0, exponent) { whole.append(rest.isEmpty ? "0" : rest.removeFirst()) }
        for _ in 0..<max(0, -exponent) { rest = (whole.isEmpty ? "0" : String(whole.removeLast())) + rest }
        return (value < 0 ? "-" : "") + (whole.isEmpty ? "0" : whole) + (rest.isEmpty ? "" : "." + rest)
    }
}

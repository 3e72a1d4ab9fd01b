/// The programs that are measured, in our language.
enum ComputeSample {
    static let features = 100
    static let width = 16
    static let layers = 4
    static let depth = 20
    static let logisticFeatures = 30

    /// `layers` rounds of `width` independent products each, all of them opened; the sum at the end is not.
    static var products: String {
        var lines = ["input x: field[4]", "input y: field[4]"]
        lines.append("let a0 = [" + (0..<width).map { "x[\($0 / 4)] * y[\($0 % 4)]" }.joined(separator: ", ") + "]")
        for layer in 1..<layers {
            let before = "a\(layer - 1)"
            let products = (0..<width).map { "\(before)[\($0)] * \(before)[\(($0 + 5) % width)]" }
            lines.append("let a\(layer) = [" + products.joined(separator: ", ") + "]")
        }
        return (lines + ["output s = dot(a\(layers - 1), a\(layers - 1))"]).joined(separator: "\n") + "\n"
    }

    static let chain = """
        input x: field
        input y: field
        var a = x
        for step in 0..<\(depth) { a = a * y }
        output a

        """

    static let score = """
        secret w: field[\(features)]
        input x: field[\(features)]
        output score = dot(w, x)

        """

    /// What a product would be: ranges declared and checked, the result rounded.
    static let checkedScore = """
        secret w: int<16>[\(features)]
        input x: int<16>[\(features)]
        output score = dot(w, x) rounded to 65536

        """

    static let comparison = """
        input x: int<64>
        output negative = x < 0

        """

    static let logistic = """
        secret w: fixed<24,16>[\(logisticFeatures)] in -1...1
        secret bias: fixed<24,16> in -8...8
        input x: fixed<16,8>[\(logisticFeatures)]
        output chance = sigmoid(dot(w, x) + bias)

        """
}

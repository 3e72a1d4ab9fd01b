internal import ChanceryArithmetic
internal import ChanceryWire

/// The vectors of the field, of secret sharing and of products with triples.
public enum QuorumArithmetic {
    public static let runners: [VectorRunner] = [field, shamir, beaver]

    static let field = VectorRunner(
        "field arithmetic",
        recognises: { $0.name == "field.json" && $0.json?.array?.first?["sqrt_a"] != nil },
        run: { file, _, log in
            for (number, test) in (try file.document.array ?? []).enumerated() {
                log.run("case \(number)") { comparison in
                    let (a, b) = try (test.fieldElement("a"), test.fieldElement("b"))
                    try comparison.equal("sum", a + b, test.fieldElement("add"))
                    try comparison.equal("difference", a - b, test.fieldElement("sub"))
                    try comparison.equal("product", a * b, test.fieldElement("mul"))
                    try comparison.equal("negation", -a, test.fieldElement("neg_a"))
                    try comparison.equal("inverse", a.inverse(), test.optionalFieldElement("inv_a"))
                    try comparison.equal("signed reading", String(a.signed), test.text("signed_a"))
                    try comparison.equal("square root", a.squareRoot(), test.optionalFieldElement("sqrt_a"))
                }
            }
        })

    static let beaver = VectorRunner(
        "products with triples",
        recognises: { $0.name == "beaver.json" && $0.json?.array?.first?["epsilon_shares"] != nil },
        run: { file, _, log in
            for (number, test) in (try file.document.array ?? []).enumerated() {
                log.run("case \(number)") { try compareTriple(test, &$0) }
            }
        })

    private static func compareTriple(_ test: JSONValue, _ comparison: inout Comparison) throws {
        let (x, y) = try (test.fieldElements("x_shares"), test.fieldElements("y_shares"))
        let (a, b, c) = try (test.fieldElements("a_shares"), test.fieldElements("b_shares"), test.fieldElements("c_shares"))
        let quorum: Int = try test.number("k")
        guard Set([x.count, y.count, a.count, b.count, c.count]).count == 1 else { throw MissingStatement(path: "shares") }
        func opened(_ shares: [FieldElement]) -> FieldElement? {
            Shamir.secret(
                of: shares.enumerated().map { ShamirShare(x: FieldElement(UInt64($0.offset + 1)), y: $0.element) },
                threshold: quorum)
        }
        let (epsilons, deltas) = (zip(x, a).map { $0 - $1 }, zip(y, b).map { $0 - $1 })
        try comparison.equal("shares of epsilon", epsilons, test.fieldElements("epsilon_shares"))
        try comparison.equal("shares of delta", deltas, test.fieldElements("delta_shares"))
        guard let epsilon = opened(epsilons), let delta = opened(deltas) else { throw MissingStatement(path: "epsilon") }
        try comparison.equal("epsilon", epsilon, test.fieldElement("epsilon"))
        try comparison.equal("delta", delta, test.fieldElement("delta"))
        let open = x.indices.map { c[$0] + epsilon * b[$0] + delta * a[$0] }
        try comparison.equal("shares before the correction", open, test.fieldElements("z_shares_without_correction"))
        let shares = open.map { $0 + epsilon * delta }
        try comparison.equal("shares", shares, test.fieldElements("z_shares_with_correction"))
        try comparison.equal("product", opened(shares), test.fieldElement("product"))
    }
}

/// Reads numbers of the field.
extension JSONValue {
    func fieldElement(_ name: String) throws -> FieldElement {
        guard let element = try FieldElement(decimal: text(name)) else { throw MissingStatement(path: name) }
        return element
    }

    /// nil where the vectors state null.
    func optionalFieldElement(_ name: String) throws -> FieldElement? { try stated(name).isNull ? nil : fieldElement(name) }

    func fieldElements(_ name: String) throws -> [FieldElement] {
        try list(name).map { value in
            guard let element = value.string.flatMap({ FieldElement(decimal: $0) }) else { throw MissingStatement(path: name) }
            return element
        }
    }

    func sharePoints(_ name: String) throws -> [ShamirShare] {
        try list(name).map { point in
            guard let pair = point.array, pair.count == 2, let x = pair[0].integer,
                let y = pair[1].string.flatMap({ FieldElement(decimal: $0) })
            else { throw MissingStatement(path: name) }
            return ShamirShare(x: FieldElement(signed: x), y: y)
        }
    }
}

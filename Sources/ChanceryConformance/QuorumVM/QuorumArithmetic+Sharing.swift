internal import ChanceryArithmetic
internal import ChanceryWire

extension QuorumArithmetic {
    static let shamir = VectorRunner(
        "secret sharing",
        recognises: { $0.name == "shamir.json" && $0.json?["below_threshold"] != nil },
        run: { file, _, log in
            let document = try file.document
            try run("share", of: document, &log, compareShares)
            try run("reconstruct", of: document, &log) { test, comparison in
                try comparison.equal(
                    "secret", Shamir.secret(of: test.sharePoints("points"), threshold: test.number("k")),
                    test.fieldElement("secret"))
            }
            try run("lagrange", of: document, &log) { test, comparison in
                let xs = try test.list("xs").map { FieldElement(signed: $0.integer ?? 0) }
                try comparison.equal(
                    "weights", Lagrange.coefficients(xs, at: FieldElement(signed: test.number("at"))),
                    test.fieldElements("coefficients"))
            }
            try run("below_threshold", of: document, &log) { test, comparison in
                let points = try test.sharePoints("points")
                try comparison.equal("interpolated", Lagrange.value(points, at: .zero), test.fieldElement("interpolated"))
                try comparison.equal("secret", Shamir.secret(of: points, threshold: test.number("k")), nil)
            }
            try run("errors", of: document, &log, compareErrors)
            try run("erasures_and_errors", of: document, &log, compareErrors)
            try run("reshare", of: document, &log, compareRefresh)
            try run("onboard", of: document, &log, compareNewHolder)
        })

    private static func run(
        _ name: String, of document: JSONValue, _ log: inout CaseLog,
        _ compare: (JSONValue, inout Comparison) throws -> Void
    ) throws {
        for (number, test) in try document.list(name).enumerated() {
            log.run("\(name) \(number)") { try compare(test, &$0) }
        }
    }

    private static func compareShares(_ test: JSONValue, _ comparison: inout Comparison) throws {
        let coefficients = try test.fieldElements("coefficients")
        try comparison.equal("secret", coefficients.first, test.fieldElement("secret_reduced"))
        try comparison.equal("secret", coefficients.first, test.fieldElement("secret"))
        try comparison.equal(
            "shares",
            Shamir.shares(
                of: test.fieldElement("secret"), coefficients: Array(coefficients.dropFirst()), count: test.number("n")),
            test.sharePoints("shares"))
    }

    /// Wrong shares are named where enough others are right, and refused where not.
    private static func compareErrors(_ test: JSONValue, _ comparison: inout Comparison) throws {
        let points = try test.sharePoints("points")
        let quorum: Int = try test.number("k")
        if test["kind"]?.string == "detectable" {
            comparison.equal("secret", Shamir.secret(of: points, threshold: quorum), nil)
            return
        }
        let word = ReedSolomon.decode(points, degree: quorum - 1, errors: max(0, (points.count - quorum) / 2))
        try comparison.equal("secret", word?.polynomial.value(at: .zero), test.fieldElement("secret"))
        let named = Set(word?.wrong.map { points[$0].x } ?? [])
        try comparison.equal(
            "wrong shares", named, Set(test.list("bad_x").map { FieldElement(signed: $0.integer ?? 0) }))
    }

    private static func compareRefresh(_ test: JSONValue, _ comparison: inout Comparison) throws {
        let zeros = try test.list("zero_polynomials").map { list in
            Polynomial((list.array ?? []).compactMap { $0.string.flatMap { FieldElement(decimal: $0) } })
        }
        for zero in zeros { comparison.equal("value at zero", zero.value(at: .zero), .zero) }
        let fresh = try test.sharePoints("old").map { share in
            ShamirShare(x: share.x, y: zeros.reduce(share.y) { $0 + $1.value(at: share.x) })
        }
        try comparison.equal("shares", fresh, test.sharePoints("new"))
        try comparison.equal("secret", Shamir.secret(of: fresh, threshold: test.number("k")), test.fieldElement("secret"))
    }

    private static func compareNewHolder(_ test: JSONValue, _ comparison: inout Comparison) throws {
        let helpers = try test.sharePoints("helpers")
        let new = FieldElement(signed: try test.number("new_x"))
        guard let weights = Lagrange.coefficients(helpers.map(\.x), at: new) else { throw MissingStatement(path: "helpers") }
        let weighted = zip(weights, helpers).map { $0 * $1.y }
        try comparison.equal("weighted shares", weighted, test.fieldElements("weighted"))
        try comparison.equal("share", weighted.reduce(.zero, +), test.fieldElement("new_y"))
    }
}

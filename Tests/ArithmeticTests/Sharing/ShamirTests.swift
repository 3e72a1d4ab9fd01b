import ChanceryArithmetic
import ChanceryWire
import Testing

struct ShamirTests {
    @Test
    func `the published shares, secrets and weights hold`() throws {
        for test in try QuorumVectors.cases("shamir.json", "share") {
            let coefficients = try test.elements("coefficients")
            let secret = try test.element("secret")
            #expect(coefficients.first == secret)
            let shares = Shamir.shares(of: secret, coefficients: Array(coefficients.dropFirst()), count: try test.count("n"))
            #expect(try shares == test.shares("shares"))
        }
        for test in try QuorumVectors.cases("shamir.json", "reconstruct") {
            let secret = try Shamir.secret(of: test.shares("points"), threshold: test.count("k"))
            #expect(try secret == test.element("secret"))
        }
        for test in try QuorumVectors.cases("shamir.json", "lagrange") {
            let xs = try #require(test["xs"]?.array).map { FieldElement(UInt64($0.integer!)) }
            let at = FieldElement(signed: try #require(test["at"]?.integer))
            #expect(try Lagrange.coefficients(xs, at: at) == test.elements("coefficients"))
        }
    }

    @Test
    func `fewer shares than the threshold give another number and no secret`() throws {
        for test in try QuorumVectors.cases("shamir.json", "below_threshold") {
            let points = try test.shares("points")
            #expect(try Lagrange.value(points, at: .zero) == test.element("interpolated"))
            #expect(try Shamir.secret(of: points, threshold: test.count("k")) == nil)
        }
    }

    @Test
    func `wrong shares are named or refused as published`() throws {
        for test in try QuorumVectors.cases("shamir.json", "errors") + QuorumVectors.cases("shamir.json", "erasures_and_errors")
        {
            let points = try test.shares("points")
            let k = try test.count("k")
            let word = ReedSolomon.decode(points, degree: k - 1, errors: (points.count - k) / 2)
            if test["kind"]?.string == "detectable" {
                #expect(Shamir.secret(of: points, threshold: k) == nil)
                continue
            }
            let bad = Set(try #require(test["bad_x"]?.array).map { FieldElement(UInt64($0.integer!)) })
            #expect(try word?.polynomial.value(at: .zero) == test.element("secret"))
            #expect(Set(try #require(word).wrong.map { points[$0].x }) == bad)
        }
    }

    @Test
    func `zero polynomials refresh shares, and holders make a share for a new one`() throws {
        for test in try QuorumVectors.cases("shamir.json", "reshare") {
            let zeros = try #require(test["zero_polynomials"]?.array).map { list in
                Polynomial(try #require(list.array).map { try #require($0.string.flatMap { FieldElement(decimal: $0) }) })
            }
            let fresh = try test.shares("old").map { share in
                ShamirShare(x: share.x, y: zeros.reduce(share.y) { $0 + $1.value(at: share.x) })
            }
            #expect(try fresh == test.shares("new"))
            #expect(try Shamir.secret(of: fresh, threshold: test.count("k")) == test.element("secret"))
        }
        for test in try QuorumVectors.cases("shamir.json", "onboard") {
            let new = FieldElement(UInt64(try test.count("new_x")))
            #expect(try Lagrange.value(test.shares("helpers"), at: new) == test.element("new_y"))
        }
    }

    @Test
    func `every pattern of correctable errors is found, and one more is never read as right`() throws {
        var generator = SeededGenerator(seed: 3)
        for (count, degree) in [(3, 1), (4, 1), (5, 1), (5, 2), (7, 2), (9, 2), (16, 5)] {
            let polynomial = Polynomial((0...degree).map { _ in generator.element() })
            let right = (1...count).map {
                ShamirShare(x: FieldElement(UInt64($0)), y: polynomial.value(at: FieldElement(UInt64($0))))
            }
            let most = (count - degree - 1) / 2
            for wrong in 0...(most + 1) where wrong <= count {
                for _ in 0..<12 {
                    let places = Set((0..<count).shuffled(using: &generator)[..<wrong])
                    let word = right.enumerated().map { index, share in
                        places.contains(index) ? ShamirShare(x: share.x, y: share.y + generator.element()) : share
                    }
                    let decoded = ReedSolomon.decode(word, degree: degree, errors: most)
                    if wrong <= most {
                        #expect(decoded?.polynomial == polynomial)
                        #expect(decoded?.wrong == places.sorted())
                    } else {
                        // Random errors fall beside every other word, up to a chance of 2^-100.
                        #expect(decoded == nil)
                    }
                }
            }
        }
    }

    @Test
    func `words that cannot be decoded are refused`() {
        let share = ShamirShare(x: .one, y: .one)
        #expect(ReedSolomon.decode([share, share, share], degree: 0, errors: 1) == nil)
        #expect(ReedSolomon.decode([share], degree: 1, errors: 0) == nil)
        #expect(ReedSolomon.decode([], degree: 0, errors: 0) == nil)
        #expect(ReedSolomon.decode([share], degree: -1, errors: 0) == nil)
        #expect(Shamir.secret(of: [share, share], threshold: 2) == nil)
        #expect(Shamir.secret(of: [share], threshold: 0) == nil)
    }

    @Test
    func `a product made with a triple is the product`() throws {
        for test in try QuorumVectors.cases("beaver.json") {
            let shares = try ["x", "y", "a", "b", "c"].map { try test.elements("\($0)_shares") }
            let points = (1...(try test.count("n"))).map { FieldElement(UInt64($0)) }
            let k = try test.count("k")
            let epsilons = zip(shares[0], shares[2]).map { $0 - $1 }
            let deltas = zip(shares[1], shares[3]).map { $0 - $1 }
            #expect(try epsilons == test.elements("epsilon_shares"))
            #expect(try deltas == test.elements("delta_shares"))
            let epsilon = Shamir.secret(of: zip(points, epsilons).map(ShamirShare.init), threshold: k)
            let delta = Shamir.secret(of: zip(points, deltas).map(ShamirShare.init), threshold: k)
            #expect(try epsilon == test.element("epsilon"))
            #expect(try delta == test.element("delta"))
            let without = points.indices.map { shares[4][$0] + epsilon! * shares[3][$0] + delta! * shares[2][$0] }
            #expect(try without == test.elements("z_shares_without_correction"))
            let with = without.map { $0 + epsilon! * delta! }
            #expect(try with == test.elements("z_shares_with_correction"))
            #expect(try Shamir.secret(of: zip(points, with).map(ShamirShare.init), threshold: k) == test.element("product"))
        }
    }
}

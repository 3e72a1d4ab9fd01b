import ChanceryOracle
import ChanceryWire
import Foundation
import TestKit
import Testing

struct ExtractionSimulatorTests {
    /// The logistic model of the vectors: 30 features of the breast-cancer data and 100 cases.
    private static func model(range: Double = 6) throws -> LinearModel {
        let folder = #filePath.prefix(upTo: try #require(#filePath.range(of: "/Tests/", options: .backwards)).lowerBound)
        let path = "\(folder)/Tests/Vectors/quorumvm/scoring/breast-cancer-logistic.json"
        let document = try JSONParser.parse(Array(Data(contentsOf: URL(fileURLWithPath: path))))
        func numbers(_ value: JSONValue?) throws -> [Double] { try #require(value?.array).map(number) }
        let weights = try numbers(document["weights"])
        return try LinearModel(
            weights: weights, bias: number(#require(document["bias"])), ranges: weights.map { _ in -range...range },
            cases: #require(document["cases"]?.array).map { try numbers($0["x"]) })
    }

    private static func number(_ value: JSONValue) -> Double {
        if case .double(let number) = value { number } else { Double(value.integer ?? 0) }
    }

    private static func report(_ shape: OutputShape, _ change: (inout ComputePolicy) throws -> Void = { _ in }) throws
        -> ExtractionReport
    {
        var policy = ComputePolicy()
        try change(&policy)
        return try ExtractionSimulator(model(), shape: shape, policy: policy, seed: 7).run()
    }

    private static func point(_ report: ExtractionReport, _ attack: ExtractionAttack, _ queries: Int) throws
        -> ExtractionReport.Point
    {
        let curve = try #require(report.curves.first { $0.attack == attack })
        return try #require(curve.points.first { $0.queries == queries })
    }

    // Tramèr et al. 2016, and the shortest solution before: √(1 − q/(d+1)) of the weights stay unknown.
    @Test func `d + 1 equations give the model, and fewer most labels`() throws {
        let report = try Self.report(.exact)
        #expect(try Self.point(report, .exact, 31).weightError < 1e-6)
        #expect(try Self.point(report, .exact, 31).agreement == 1)
        let five = try Self.point(report, .exact, 5)
        #expect(abs(five.weightError - (1 - 5.0 / 31).squareRoot()) < 0.06)
        #expect(five.agreement > 0.7)
        #expect(try Self.point(report, .exact, 15).agreement > 0.88)
    }

    // The table of published measurements on the same model, with room for other random numbers.
    @Test(arguments: [(62, 0.04, 0.16), (1000, 0.008, 0.03)])
    func `rounding to steps of one hides weights as measured`(queries: Int, least: Double, most: Double) throws {
        let point = try Self.point(Self.report(.step(1)), .leastSquares, queries)
        #expect((least...most).contains(point.weightError))
        #expect(point.agreement > 0.97)
    }

    @Test(arguments: [(5, 0.95, 1.45), (31, 0.6, 0.9), (62, 0.38, 0.66), (1000, 0.02, 0.09)])
    func `labels alone give the direction as measured`(queries: Int, least: Double, most: Double) throws {
        #expect((least...most).contains(try Self.point(Self.report(.label), .labels, queries).weightError))
    }

    @Test func `asking on the boundary learns faster than asking anywhere`() throws {
        let report = try Self.report(.label)
        for queries in [155, 300, 1000] {
            let chosen = try Self.point(report, .adaptive, queries).weightError
            #expect(try chosen < Self.point(report, .labels, queries).weightError / 2)
        }
    }

    @Test func `inputs at the ends of their ranges see through rounding`() throws {
        let report = try Self.report(.step(1))
        #expect(
            try Self.point(report, .corners, 300).weightError < Self.point(report, .leastSquares, 300).weightError / 2)
    }

    @Test func `a policy past the owner's limit is refused, a tighter one is not`() throws {
        let open = try Self.report(.exact) {
            $0.programBudget = 31
            $0.clientBudget = 31
        }
        #expect(code { try open.requireWithinLimit() } == "compute.extractable")
        #expect(open.finding?.reach == .client)
        let crowd = try Self.report(.exact) { $0.programBudget = 31 }
        #expect(crowd.finding?.reach == .program)
        let tight = try Self.report(.exact) { $0.programBudget = 5 }
        #expect(tight.finding == nil)
        let lenient = try Self.report(.exact) {
            $0.programBudget = 31
            $0.extraction = ExtractionLimit(agreement: .whole, weightError: try Share(millionths: 0))
        }
        #expect(lenient.finding == nil || lenient.finding?.point.agreement == 1)
    }

    @Test func `bits and directions count as budgets do`() throws {
        let generous: (inout ComputePolicy) throws -> Void = {
            $0.clientBudget = 1000
            $0.programBudget = 1000
        }
        #expect(try Self.report(.exact, generous).finding != nil)
        let ranked = try Self.report(.exact) {
            try generous(&$0)
            $0.rank = try RankTerms(features: 30, client: Share(millionths: 100_000), program: Share(millionths: 170_000))
        }
        #expect(ranked.finding == nil)
        let counted = try Self.report(.exact) {
            try generous(&$0)
            $0.outputBits = 127
            $0.bits = try BitsTerms(
                secrets: 31, bitsPerSecret: 16, client: Share(millionths: 500_000), program: .whole)
        }
        #expect((counted.client, counted.program) == (1, 3))
        #expect(counted.finding == nil)
    }

    @Test func `a budget beyond what is simulated is projected, not trusted`() throws {
        var policy = ComputePolicy()
        policy.programBudget = 1_000_000_000
        policy.clientBudget = 1_000_000_000
        policy.extraction = ExtractionLimit(agreement: .whole, weightError: try Share(millionths: 1_000))
        let coarse = try LinearModel(
            weights: [1, -2, 0.5], bias: 3, ranges: [-1...1, -1...1, -1...1], cases: [[0.9, 0.1, -0.3], [-0.5, 1, 1]],
            threshold: 2.9)
        let report = try ExtractionSimulator(coarse, shape: .step(4), policy: policy).run()
        let finding = try #require(report.finding)
        #expect(finding.isProjected || finding.point.weightError <= 0.001 || finding.point.agreement == 1)
        policy.cost = 0
        #expect(try ExtractionSimulator(coarse, shape: .step(4), policy: policy).run().finding != nil)
    }

    @Test func `packing is tried where inputs are not checked, and not where they are`() throws {
        let open = try Self.report(.exact) { $0.checksRanges = false }
        let curve = try #require(open.curves.first { $0.attack == .packing })
        #expect(curve.isPossible)
        #expect(open.finding?.point.queries ?? .max <= 15)
        #expect(try Self.report(.exact).curves.allSatisfy { $0.attack != .packing })
        let rounded = try Self.report(.step(1)) { $0.checksRanges = false }
        #expect(rounded.curves.first { $0.attack == .packing }?.isPossible == false)
    }

    @Test func `the same seed gives the same report, another seed another`() throws {
        let model = try Self.model()
        func table(_ seed: UInt64) throws -> String {
            try ExtractionSimulator(model, shape: .step(1), policy: ComputePolicy(), seed: seed).run().table
        }
        #expect(try table(1) == table(1))
        #expect(try table(1) != table(2))
    }

    @Test func `table, plot and drawing hold every attack and the budgets`() throws {
        let report = try Self.report(.step(1))
        let lines = report.table.split(separator: "\n")
        #expect(lines[0].hasPrefix("questions"))
        for curve in report.curves { #expect(lines[0].contains(curve.attack.rawValue)) }
        #expect(lines.contains { $0.hasPrefix("5 c ") })
        #expect(lines.contains { $0.hasPrefix("100 p ") })
        let plot = report.plot(width: 40, height: 8).split(separator: "\n")
        #expect(plot.count == 10)
        #expect(plot.prefix(8).allSatisfy { $0.count <= 46 })
        let svg = report.svg
        #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
        #expect(svg.count { $0 == "<" } == svg.count { $0 == ">" })
        #expect(svg.split(separator: "<polyline ").count == report.curves.count + 1)
        #expect(svg.contains("currentColor") && !svg.contains("nan") && !svg.contains("inf"))
        for size in [(0, 0), (-5, 1000), (Int.max, Int.min)] { #expect(!report.plot(width: size.0, height: size.1).isEmpty) }
    }

    @Test func `models and shapes that make no sense are refused`() throws {
        let range = -1.0...1.0
        let bad: [() throws -> Void] = [
            { _ = try LinearModel(weights: [], bias: 0, ranges: []) },
            { _ = try LinearModel(weights: [1], bias: .nan, ranges: [range]) },
            { _ = try LinearModel(weights: [.infinity], bias: 0, ranges: [range]) },
            { _ = try LinearModel(weights: [0], bias: 0, ranges: [range]) },
            { _ = try LinearModel(weights: [1], bias: 0, ranges: []) },
            { _ = try LinearModel(weights: [1], bias: 0, ranges: [1...1]) },
            { _ = try LinearModel(weights: [1], bias: 0, ranges: [range], cases: [[1, 2]]) },
            {
                _ = try LinearModel(
                    weights: [Double](repeating: 1, count: 513), bias: 0, ranges: Array(repeating: range, count: 513))
            },
        ]
        for body in bad { #expect(code(of: body) == "compute.simulation_malformed") }
        let model = try LinearModel(weights: [1], bias: 0, ranges: [range])
        for shape in [OutputShape.step(0), .step(-1), .step(.nan), .bits(0, range), .bits(53, range), .bits(3, 1...1)] {
            #expect(
                code { _ = try ExtractionSimulator(model, shape: shape, policy: ComputePolicy()) }
                    == "compute.simulation_malformed")
        }
    }
}

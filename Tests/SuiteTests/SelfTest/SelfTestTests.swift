import ChancerySuite
import Testing

struct SelfTestTests {
    @Test func `every algorithm gives its known answer`() throws {
        for outcome in SelfTest.run() { #expect(outcome.passed, "\(outcome.name): \(outcome.detail)") }
        try SelfTest.requireAll()
    }

    @Test func `a single wrong digit in any answer is caught and named`() {
        for index in SelfTest.cases.indices {
            var cases = SelfTest.cases
            let last = cases[index].expected.removeLast()
            cases[index].expected.append(last == "0" ? "1" : "0")
            #expect(SelfTest.run(cases).filter { !$0.passed }.map(\.name) == [cases[index].name])
            let error = #expect(throws: SuiteError.self) { try SelfTest.requireAll(cases) }
            #expect(error?.code == "suite.self_test_failed")
            #expect(error?.detail.hasPrefix(cases[index].name) == true)
        }
    }

    @Test func `no algorithm of the suites is left untested`() {
        let names = Set(SelfTest.cases.map(\.name))
        for algorithm in SignatureAlgorithm.allCases { #expect(names.contains(algorithm.rawValue)) }
        for algorithm in EncapsulationAlgorithm.allCases { #expect(names.contains(algorithm.rawValue)) }
        #expect(names.count == SelfTest.cases.count)
    }

    // It runs at every start of the binary. The bound is generous because test machines are shared.
    @Test func `a whole run takes less than 60 milliseconds at its best`() {
        _ = SelfTest.run()
        let clock = ContinuousClock()
        let best = (0..<5).map { _ in clock.measure { _ = SelfTest.run() } }.min() ?? .seconds(1)
        print("self-test run: \(best)")
        #expect(best < .milliseconds(60))
    }
}

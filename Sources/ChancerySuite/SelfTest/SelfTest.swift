internal import ChanceryWire

/// Known-answer tests of every algorithm this build uses, run before the first key is touched.
///
/// A broken library, a miscompilation or a damaged executable shows here instead of in a signature. Inputs and
/// answers come from the public vectors of FIPS 180, 202, 203, 204, RFC 4231, 5869, 7914, 8032, 9180 and X-Wing, or
/// were computed with an independent implementation. A whole run takes some ten milliseconds.
public enum SelfTest {
    /// How one algorithm did.
    public struct Outcome: Sendable, Equatable {
        /// The algorithm, as it is named in records.
        public let name: String
        public let passed: Bool
        /// What was wrong; empty when the test passed.
        public let detail: String
    }

    /// One algorithm, what is computed with it and the answer that is known.
    package struct Case: Sendable {
        package let name: String
        package var expected: String
        package let compute: @Sendable () throws -> [UInt8]

        init(_ name: String, _ expected: String, _ compute: @escaping @Sendable () throws -> [UInt8]) {
            self.name = name
            self.expected = expected
            self.compute = compute
        }
    }

    package static let cases: [Case] = hashing + derivation + signatures + encapsulation + sealing

    /// Runs every test, in a stable order.
    public static func run() -> [Outcome] { run(cases) }

    package static func run(_ cases: [Case]) -> [Outcome] {
        cases.map { test in
            do {
                let found = Hex.encode(try test.compute())
                return found == test.expected
                    ? Outcome(name: test.name, passed: true, detail: "")
                    : Outcome(name: test.name, passed: false, detail: "the answer differs from the known one")
            } catch {
                return Outcome(name: test.name, passed: false, detail: "\(error)")
            }
        }
    }

    /// Returns when every test passes.
    ///
    /// - Throws: `suite.self_test_failed` that names the first algorithm which did not.
    public static func requireAll() throws(SuiteError) { try requireAll(cases) }

    package static func requireAll(_ cases: [Case]) throws(SuiteError) {
        for outcome in run(cases) where !outcome.passed {
            throw SuiteError(.selfTestFailed, "\(outcome.name): \(outcome.detail)")
        }
    }

    /// Refuses an answer that `condition` shows to be wrong.
    static func require(_ condition: Bool, _ detail: String) throws(SuiteError) {
        if !condition { throw SuiteError(.selfTestFailed, detail) }
    }

    static let message = Array("chancery self-test".utf8)
    static let header = Array("header".utf8)
}

import ChanceryVigil
import Foundation
import Testing

struct PythonRoundingTests {
    /// `round(x, 4)` of CPython.
    @Test(arguments: [
        (0.00005, 0.0001), (0.00015, 0.0001), (0.00025, 0.0003), (2.00005, 2.0), (-0.00015, -0.0001), (0.12345, 0.1235),
        (0.98765, 0.9877), (1e300, 1e300), (.leastNonzeroMagnitude, 0), (0.03125, 0.0312), (0.09375, 0.0938),
        (382.01335, 382.0134),
        (0.9999999, 1), (0, 0), (0.000030517578125, 0.0), (1048576.00005, 1048576),
    ])
    func `four decimals are those of the reference's language`(value: Double, rounded: Double) {
        #expect(PythonRounding.fourDecimals(value) == rounded)
    }

    /// A decimal expansion of the exact binary value says what the nearest is.
    @Test func `ten thousand random values round as their exact decimals do`() {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<10_000 {
            let value = Double.random(in: -3...3, using: &generator)
            #expect(PythonRounding.fourDecimals(value) == Double(String(format: "%.4f", value)), "\(value)")
        }
    }
}

import ChanceryArithmetic
import ChanceryWire
import Testing

struct FieldElementTests {
    private static let edges: [UInt128] = [
        0, 1, 2, .init(UInt64.max), 1 << 64, (1 << 126) - 1, 1 << 126, FieldElement.modulus - 2, FieldElement.modulus - 1,
    ]

    @Test
    func `the published cases hold`() throws {
        for test in try QuorumVectors.cases("field.json") {
            let (a, b) = try (test.element("a"), test.element("b"))
            #expect(try a + b == test.element("add"))
            #expect(try a - b == test.element("sub"))
            #expect(try a * b == test.element("mul"))
            #expect(try -a == test.element("neg_a"))
            #expect(a.inverse()?.decimal == test["inv_a"]?.string)
            #expect(String(a.signed) == test["signed_a"]?.string)
            #expect(a.squareRoot()?.decimal == test["sqrt_a"]?.string)
        }
    }

    /// Schoolbook reduction with whole numbers, bit by bit.
    private static func slowProduct(_ a: UInt128, _ b: UInt128) -> UInt128 {
        var (sum, term) = (UInt128(0), a)
        for bit in 0..<127 {
            if b >> UInt128(bit) & 1 == 1 { sum = (sum + term) % FieldElement.modulus }
            term = (term + term) % FieldElement.modulus
        }
        return sum
    }

    @Test
    func `sums, products and accumulated products agree with whole numbers`() {
        var generator = SeededGenerator(seed: 1)
        let values = Self.edges + (0..<60).map { _ in generator.element().value }
        var accumulator = FieldAccumulator()
        var sum: UInt128 = 0
        for a in values {
            for b in values {
                let (x, y) = (FieldElement(reducing: a), FieldElement(reducing: b))
                #expect((x + y).value == (a + b) % FieldElement.modulus)
                #expect((x - y).value == (a + FieldElement.modulus - b) % FieldElement.modulus)
                let product = Self.slowProduct(a, b)
                #expect((x * y).value == product, "\(a) · \(b)")
                accumulator.add(x, times: y)
                sum = (sum + product) % FieldElement.modulus
                #expect(accumulator.reduced.value == sum)
            }
        }
    }

    @Test
    func `a million of the largest products accumulate without loss`() {
        let largest = FieldElement(reducing: FieldElement.modulus - 1)
        var accumulator = FieldAccumulator()
        for _ in 0..<1_000_000 { accumulator.add(largest, times: largest) }
        accumulator.add(largest)
        #expect(accumulator.reduced == FieldElement(999_999))
    }

    @Test(arguments: [0, 1, FieldElement.modulus - 1, FieldElement.modulus, FieldElement.modulus + 1, .max - 1, .max])
    func `whole numbers are reduced`(value: UInt128) {
        #expect(FieldElement(reducing: value).value == value % FieldElement.modulus)
    }

    @Test
    func `signed numbers return`() {
        for value: Int128 in [0, 1, -1, 1 << 100, -(1 << 100), (1 << 126) - 1, -(1 << 126) + 1] {
            #expect(FieldElement(signed128: value).signed == value)
        }
        #expect(FieldElement(signed128: .min) == -FieldElement(reducing: Int128.min.magnitude))
        #expect(FieldElement(signed: .min).signed == Int128(Int64.min))
    }

    @Test
    func `bytes return, and p or another length is refused`() throws {
        for value in Self.edges {
            let element = FieldElement(reducing: value)
            #expect(FieldElement(bytes: element.bytes) == element)
        }
        #expect(FieldElement(bytes: [UInt8](repeating: 255, count: 15) + [127]) == nil)
        #expect(FieldElement(bytes: [UInt8](repeating: 0, count: 15) + [128]) == nil)
        for count in [0, 15, 17] { #expect(FieldElement(bytes: [UInt8](repeating: 0, count: count)) == nil) }
    }

    @Test(arguments: ["", "-", "+", "1_0", " 1", "1 ", "0x1", "--1", "1.0", "१"])
    func `text that is no decimal number is refused`(text: String) {
        #expect(FieldElement(decimal: text) == nil)
    }

    @Test
    func `long decimal numbers are reduced`() {
        #expect(FieldElement(decimal: "-170141183460469231731687303715884105729") == -FieldElement(2))
        #expect(FieldElement(decimal: "+" + String(repeating: "0", count: 400) + "7") == FieldElement(7))
        #expect(FieldElement(decimal: "1" + String(repeating: "0", count: 300)) == FieldElement(10).power(300))
    }

    @Test
    func `many inverses are the inverses of each`() {
        var generator = SeededGenerator(seed: 2)
        let values = (0..<20).map { _ in generator.element() }
        #expect(FieldElement.inverses(values) == values.map { $0.inverse()! })
        #expect(FieldElement.inverses(values + [.zero]) == nil)
        #expect(FieldElement.inverses([]) == [])
        #expect(FieldElement.zero.inverse() == nil)
    }
}

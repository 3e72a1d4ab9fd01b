/// What normalisation knows about each scalar, unpacked once from ``UnicodeData``.
struct NormalisationTables: Sendable {
    static let shared = NormalisationTables()

    /// What normalisation knows about one scalar.
    struct Record: Hashable, Sendable {
        var combiningClass: UInt8 = 0
        /// May form a composite with a scalar before it.
        var joinsBackward = false
        var isSpace = false
        /// Where the mappings lie in ``targets``; nil where the scalar stands for itself.
        var plain: Range<Int>?
        var folded: Range<Int>?
    }

    /// All mappings, one after the other.
    let targets: [UInt32]
    private let records: [Record]
    private let blocks: [UInt16]
    private let numbers: [UInt16]
    private let composites: [UInt64: UInt32]

    private init() {
        var found: [UInt32: Record] = [:]
        var targets: [UInt32] = []
        Self.addProperties(to: &found)
        composites = Self.readComposites(&found)
        Self.readMappings(UnicodeData.plain, &targets) { scalar, range in
            found[scalar, default: Record()].plain = range
            found[scalar, default: Record()].folded = range
        }
        Self.readMappings(UnicodeData.folded, &targets) { scalar, range in found[scalar, default: Record()].folded = range }
        self.targets = targets
        // Block 0 and record 0 stand for scalars that nothing is known about.
        var records = [Record()]
        var known: [Record: UInt16] = [Record(): 0]
        var blocks = [UInt16](repeating: 0, count: 0x110000 >> 7)
        var numbers = [UInt16](repeating: 0, count: 128)
        for (scalar, record) in found {
            let number = known[record] ?? UInt16(records.count)
            if known.updateValue(number, forKey: record) == nil { records.append(record) }
            let block = Int(scalar >> 7)
            if blocks[block] == 0 {
                blocks[block] = UInt16(numbers.count >> 7)
                numbers.append(contentsOf: repeatElement(0, count: 128))
            }
            numbers[Int(blocks[block]) << 7 | Int(scalar & 127)] = number
        }
        self.records = records
        self.blocks = blocks
        self.numbers = numbers
    }

    private static func addProperties(to found: inout [UInt32: Record]) {
        var dropped = PackedReader(UnicodeData.dropped)
        for range in dropped.ranges() {
            for scalar in range { found[scalar, default: Record()] = Record(plain: 0..<0, folded: 0..<0) }
        }
        for range in ScalarSet.spaces.ranges {
            for scalar in range { found[scalar, default: Record()].isSpace = true }
        }
        var combining = PackedReader(UnicodeData.combiningClasses)
        var end = 0
        for _ in 0..<combining.number() {
            let first = end + combining.number()
            end = first + combining.number()
            let value = UInt8(combining.number())
            for scalar in first...end { found[UInt32(scalar), default: Record()].combiningClass = value }
        }
        for scalar in Array(Hangul.vowels) + Array(Hangul.trails) { found[scalar, default: Record()].joinsBackward = true }
    }

    private static func readComposites(_ found: inout [UInt32: Record]) -> [UInt64: UInt32] {
        var reader = PackedReader(UnicodeData.compositions)
        var composites: [UInt64: UInt32] = [:]
        var (first, second, result) = (0, 0, 0)
        for _ in 0..<reader.number() {
            first += reader.signed()
            second += reader.signed()
            result += reader.signed()
            composites[UInt64(first) << 32 | UInt64(second)] = UInt32(result)
            found[UInt32(second), default: Record()].joinsBackward = true
        }
        return composites
    }

    private static func readMappings(
        _ packed: String, _ targets: inout [UInt32], assign: (UInt32, Range<Int>) -> Void
    ) {
        var reader = PackedReader(packed)
        var scalar = 0
        var base = 0
        for _ in 0..<reader.number() {
            scalar += reader.number()
            let start = targets.count
            var value = base
            for index in 0..<reader.number() {
                value += reader.signed()
                if index == 0 { base = value }
                targets.append(UInt32(value))
            }
            assign(UInt32(scalar), start..<targets.count)
        }
    }

    subscript(scalar: UInt32) -> Record {
        records[Int(numbers[Int(blocks[Int(scalar >> 7)]) << 7 | Int(scalar & 127)])]
    }

    /// The primary composite of two scalars (Unicode 3.11, D114–D117).
    func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        Hangul.composite(first, second) ?? composites[UInt64(first) << 32 | UInt64(second)]
    }
}

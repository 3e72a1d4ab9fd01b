/// The classes of scalars that a family of sets does not tell apart, and which class each scalar belongs to.
struct SymbolTable: Sendable {
    /// How many symbols there are; at least one.
    let count: Int
    /// The symbol of each ASCII character.
    let ascii: [UInt16]
    /// Of each symbol: whether its scalars are words in the sense of `\w`, where the family holds that set.
    let isWord: [Bool]
    /// The symbol of a line feed and of nothing else, where the family holds that set.
    let newline: Int

    /// Blocks of 128 scalars; those of one symbol throughout are kept once.
    private let blocks: [UInt16]
    private let symbols: [UInt16]

    /// The scalars where some set starts or ends, and the symbol from each of them to the next.
    private let bounds: [UInt32]
    private let symbolFrom: [Int]

    init(sets: [ScalarSet]) {
        var starts: Set<UInt32> = [0]
        for set in sets {
            for range in set.ranges {
                starts.insert(range.lowerBound)
                if range.upperBound < 0x10ffff { starts.insert(range.upperBound + 1) }
            }
        }
        let bounds = starts.sorted()
        var symbolFrom = [Int](repeating: 0, count: bounds.count)
        var count = 1
        // Each set splits the classes that it holds in part.
        for set in sets {
            var split: [Int: Int] = [:]
            var touched: [Int] = []
            for range in set.ranges {
                for index in Self.intervals(of: range, in: bounds) { touched.append(index) }
            }
            for index in touched {
                let old = symbolFrom[index]
                symbolFrom[index] = split[old] ?? count + split.count
                split[old] = symbolFrom[index]
            }
            count += split.count
        }
        // Classes that lost all their scalars leave gaps.
        var numbers: [Int: Int] = [:]
        for index in symbolFrom.indices {
            let number = numbers[symbolFrom[index]] ?? numbers.count
            numbers[symbolFrom[index]] = number
            symbolFrom[index] = number
        }
        self.bounds = bounds
        self.symbolFrom = symbolFrom
        self.count = numbers.count
        var isWord = [Bool](repeating: false, count: numbers.count)
        for (index, bound) in bounds.enumerated() where ScalarSet.words.contains(bound) { isWord[symbolFrom[index]] = true }
        self.isWord = isWord
        (blocks, symbols) = Self.trie(bounds, symbolFrom)
        let first = Int(blocks[0]) << 7
        ascii = Array(symbols[first..<first + 128])
        newline = Int(ascii[0x0a])
    }

    private static func intervals(of range: ClosedRange<UInt32>, in bounds: [UInt32]) -> Range<Int> {
        let low = index(of: range.lowerBound, in: bounds)
        return low..<index(of: range.upperBound, in: bounds) + 1
    }

    /// The last interval that starts at `scalar` or before.
    private static func index(of scalar: UInt32, in bounds: [UInt32]) -> Int {
        var low = 0
        var high = bounds.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if bounds[middle] <= scalar { low = middle } else { high = middle }
        }
        return low
    }

    private static func trie(_ bounds: [UInt32], _ symbolFrom: [Int]) -> (blocks: [UInt16], symbols: [UInt16]) {
        var blocks: [UInt16] = []
        var symbols: [UInt16] = []
        var uniform: [UInt16: UInt16] = [:]
        var interval = 0
        func append(_ content: [UInt16]) -> UInt16 {
            symbols.append(contentsOf: content)
            return UInt16(symbols.count / 128 - 1)
        }
        for block in 0..<0x110000 >> 7 {
            let first = UInt32(block) << 7
            let symbol = UInt16(truncatingIfNeeded: symbolFrom[interval])
            guard interval + 1 < bounds.count, bounds[interval + 1] < first + 128 else {
                let number = uniform[symbol] ?? append([UInt16](repeating: symbol, count: 128))
                uniform[symbol] = number
                blocks.append(number)
                continue
            }
            var content: [UInt16] = []
            for scalar in first..<first + 128 {
                if interval + 1 < bounds.count, bounds[interval + 1] == scalar { interval += 1 }
                content.append(UInt16(truncatingIfNeeded: symbolFrom[interval]))
            }
            blocks.append(append(content))
        }
        return (blocks, symbols)
    }

    /// The symbol of any scalar.
    func symbol(of scalar: UInt32) -> Int {
        Int(symbols[Int(blocks[Int(scalar >> 7)]) << 7 | Int(scalar & 127)])
    }

    /// The symbols of `set`, which must be one of the family, as bits.
    func bits(of set: ScalarSet) -> [UInt64] {
        var bits = [UInt64](repeating: 0, count: (count + 63) / 64)
        for range in set.ranges {
            for index in Self.intervals(of: range, in: bounds) {
                bits[symbolFrom[index] >> 6] |= 1 << UInt64(symbolFrom[index] & 63)
            }
        }
        return bits
    }
}

extension SymbolTable {
    /// Whether no set tells the two cases of an ASCII letter apart.
    var ignoresCaseOfASCII: Bool { ascii[0x41...0x5a] == ascii[0x61...0x7a] }

    /// The symbol of the scalar at `index` of valid UTF-8, which is moved behind it.
    func nextSymbol(_ text: UnsafePointer<UInt8>, _ index: inout Int) -> UInt16 {
        let lead = unsafe text[index]
        if lead < 0x80 {
            index += 1
            return ascii[Int(lead)]
        }
        let length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
        var scalar = UInt32(lead) & (0x7f >> UInt32(length))
        for offset in 1..<length { scalar = scalar << 6 | UInt32(unsafe text[index + offset]) & 0x3f }
        index += length
        return UInt16(symbol(of: scalar))
    }
}

/// Scans; those that return an optional give nil when the table is full. All texts are valid UTF-8.
extension LazyAutomaton {
    /// From this length on a text is worth four places to start at.
    private static let quarteredLength = 64

    /// Looks for all patterns in `text`, which is ASCII where the caller says so.
    package mutating func scan(_ text: UnsafeBufferPointer<UInt8>, isASCII: Bool) {
        guard let first = text.baseAddress, !text.isEmpty else { return unsafe simulate(text) }
        let end =
            text.count < Self.quarteredLength
            ? unsafe scan(first, 0..<text.count, from: start(.textStart))
            : unsafe scanQuarters(first, text.count, isASCII: isASCII)
        if let end { return recordEnd(end) }
        forget()
        unsafe simulate(text)
    }

    @inline(__always)
    private func symbol(_ text: UnsafePointer<UInt8>, _ index: inout Int) -> UInt16 {
        let lead = unsafe text[index]
        guard lead < 0x80 else { return unsafe program.symbols.nextSymbol(text, &index) }
        index &+= 1
        return unsafe asciiSymbols[Int(lead)]
    }

    private mutating func scan(_ text: UnsafePointer<UInt8>, _ range: Range<Int>, from state: UInt32?) -> UInt32? {
        guard var state else { return nil }
        var index = range.lowerBound
        while index < range.upperBound {
            let symbol = unsafe symbol(text, &index)
            guard let next = follow(state, symbol) else { return nil }
            state = next
        }
        return state
    }

    /// Scans four quarters of a text side by side, because one state alone waits for memory at every byte.
    ///
    /// The last three begin as if nothing but the character before them had been read, so they may miss what began
    /// earlier but find nothing that is not there. Then each is read again from the true state until that is the
    /// state which the quarter had there itself, most often within a few bytes.
    private mutating func scanQuarters(_ text: UnsafePointer<UInt8>, _ count: Int, isASCII: Bool) -> UInt32? {
        let quarter = count / 4
        let first = unsafe Self.characterStart(text, quarter)
        let second = unsafe Self.characterStart(text, quarter * 2)
        let third = unsafe Self.characterStart(text, quarter * 3)
        guard
            let start0 = start(.textStart), let start1 = unsafe start(before(text, first)),
            let start2 = unsafe start(before(text, second)), let start3 = unsafe start(before(text, third))
        else { return nil }
        var states = Quad(start0, start1, start2, start3)
        var places = Quad(0, first, second, third)
        let ends = Quad(first, second, third, count)
        guard unsafe isASCII ? walkASCII(text, quarter, &states, &places) : walk(text, &states, &places, ends),
            let end0 = unsafe scan(text, places.a..<ends.a, from: states.a),
            let end1 = unsafe scan(text, places.b..<ends.b, from: states.b),
            let end2 = unsafe scan(text, places.c..<ends.c, from: states.c),
            let end3 = unsafe scan(text, places.d..<ends.d, from: states.d),
            let true1 = unsafe mend(text, first..<second, from: end0, insteadOf: start1, end: end1),
            let true2 = unsafe mend(text, second..<third, from: true1, insteadOf: start2, end: end2)
        else { return nil }
        return unsafe mend(text, third..<count, from: true2, insteadOf: start3, end: end3)
    }

    private struct Quad<Element> {
        var a, b, c, d: Element

        init(_ a: Element, _ b: Element, _ c: Element, _ d: Element) { (self.a, self.b, self.c, self.d) = (a, b, c, d) }
    }

    /// The first index from `index` down at which a character starts.
    private static func characterStart(_ text: UnsafePointer<UInt8>, _ index: Int) -> Int {
        var index = index
        while unsafe text[index] & 0xc0 == 0x80 { index -= 1 }
        return index
    }

    /// What the character that ends before `index` is.
    private func before(_ text: UnsafePointer<UInt8>, _ index: Int) -> Simulation.Before {
        var place = unsafe Self.characterStart(text, index - 1)
        return simulation.before(afterTaking: Int(unsafe symbol(text, &place)))
    }

    /// Reads a range again from `state`, beside the state `other` that it was read from before and that led to `end`,
    /// until both are the same.
    private mutating func mend(
        _ text: UnsafePointer<UInt8>, _ range: Range<Int>, from state: UInt32, insteadOf other: UInt32, end: UInt32
    ) -> UInt32? {
        var (state, other) = (state, other)
        var index = range.lowerBound
        while index < range.upperBound {
            if state == other { return end }
            let symbol = unsafe symbol(text, &index)
            guard let next = follow(state, symbol), let nextOther = follow(other, symbol) else { return nil }
            (state, other) = (next, nextOther)
        }
        return state
    }

    /// Moves four states over a quarter of ASCII each: `quarter` bytes, one quarter right behind the other. False when the
    /// table is full.
    private mutating func walkASCII(
        _ text: UnsafePointer<UInt8>, _ quarter: Int, _ states: inout Quad<UInt32>, _ places: inout Quad<Int>
    ) -> Bool {
        let symbols = unsafe UnsafePointer(asciiSymbols)
        // One pointer and two distances leave registers for the states.
        let third = quarter * 3
        var now = states
        var place = unsafe text
        let end = unsafe text + quarter
        while unsafe place < end {
            let symbol = unsafe Quad(
                symbols[Int(place[0])], symbols[Int(place[quarter])], symbols[Int(place[quarter &* 2])],
                symbols[Int(place[third])])
            guard step(&now, symbol) else { return false }
            unsafe place += 1
        }
        states = now
        places = Quad(places.a + quarter, places.b + quarter, places.c + quarter, places.d + quarter)
        return true
    }

    /// Moves four states until one of them is at its end. False when the table is full.
    private mutating func walk(
        _ text: UnsafePointer<UInt8>, _ states: inout Quad<UInt32>, _ places: inout Quad<Int>, _ ends: Quad<Int>
    ) -> Bool {
        var now = states
        var at = places
        while at.a < ends.a, at.b < ends.b, at.c < ends.c, at.d < ends.d {
            let symbol = unsafe Quad(symbol(text, &at.a), symbol(text, &at.b), symbol(text, &at.c), symbol(text, &at.d))
            guard step(&now, symbol) else { return false }
        }
        states = now
        places = at
        return true
    }

    @inline(__always)
    private mutating func step(_ states: inout Quad<UInt32>, _ symbol: Quad<UInt16>) -> Bool {
        let entryA = unsafe table[Int(states.a &+ UInt32(symbol.a))]
        let entryB = unsafe table[Int(states.b &+ UInt32(symbol.b))]
        let entryC = unsafe table[Int(states.c &+ UInt32(symbol.c))]
        let entryD = unsafe table[Int(states.d &+ UInt32(symbol.d))]
        if entryA | entryB | entryC | entryD < Self.foundBit {
            states = Quad(entryA, entryB, entryC, entryD)
            return true
        }
        // One of these steps may make another known, so the entries are read again.
        guard
            let a = follow(states.a, symbol.a), let b = follow(states.b, symbol.b), let c = follow(states.c, symbol.c),
            let d = follow(states.d, symbol.d)
        else { return false }
        states = Quad(a, b, c, d)
        return true
    }
}

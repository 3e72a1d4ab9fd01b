/// Scans; those that return an optional give nil when the table is full.
extension LazyAutomaton {
    /// From this length on a text is worth four places to start at.
    private static let quarteredLength = 64

    /// Looks for all patterns in `text`, which must be valid UTF-8, and ASCII where the caller says so.
    mutating func scan(_ text: UnsafeBufferPointer<UInt8>, isASCII: Bool) {
        guard let first = text.baseAddress, !text.isEmpty else { return unsafe simulate(text) }
        let end =
            if !isASCII {
                unsafe scanScalars(first, text.count)
            } else if text.count < Self.quarteredLength {
                unsafe scanASCII(first, 0, text.count, from: start(.textStart))
            } else {
                unsafe scanQuarters(first, text.count)
            }
        if let end { return recordEnd(end) }
        forget()
        unsafe simulate(text)
    }

    private mutating func scanASCII(_ text: UnsafePointer<UInt8>, _ first: Int, _ end: Int, from state: UInt32?) -> UInt32? {
        guard var state else { return nil }
        for index in first..<end {
            guard let next = follow(state, unsafe asciiSymbols[Int(text[index])]) else { return nil }
            state = next
        }
        return state
    }

    private mutating func scanScalars(_ text: UnsafePointer<UInt8>, _ count: Int) -> UInt32? {
        guard var state = start(.textStart) else { return nil }
        var index = 0
        while index < count {
            let symbol = unsafe program.symbols.nextSymbol(text, &index)
            guard let next = follow(state, symbol) else { return nil }
            state = next
        }
        return state
    }

    /// Scans four quarters of an ASCII text side by side, because one state alone waits for memory at every byte.
    ///
    /// The last three begin as if nothing but the character before them had been read, so they may miss what began
    /// earlier but find nothing that is not there. Then each is read again from the true state until that is the
    /// state which the quarter had there itself, most often within a few bytes.
    private mutating func scanQuarters(_ text: UnsafePointer<UInt8>, _ count: Int) -> UInt32? {
        let quarter = count / 4
        guard
            let start0 = start(.textStart), let start1 = unsafe start(before(text, quarter)),
            let start2 = unsafe start(before(text, quarter * 2)), let start3 = unsafe start(before(text, quarter * 3)),
            let (end0, end1, end2, middle3) = unsafe scanTogether(text, quarter, start0, start1, start2, start3),
            let end3 = unsafe scanASCII(text, quarter * 4, count, from: middle3),
            let true1 = unsafe mend(text, quarter..<quarter * 2, from: end0, instead: start1, end: end1),
            let true2 = unsafe mend(text, quarter * 2..<quarter * 3, from: true1, instead: start2, end: end2)
        else { return nil }
        return unsafe mend(text, quarter * 3..<count, from: true2, instead: start3, end: end3)
    }

    /// Reads a range again from `state`, beside the state `other` that it was read from before and that led to `end`,
    /// until both are the same.
    private mutating func mend(
        _ text: UnsafePointer<UInt8>, _ range: Range<Int>, from state: UInt32, instead other: UInt32, end: UInt32
    ) -> UInt32? {
        var (state, other) = (state, other)
        for index in range {
            if state == other { return end }
            let symbol = unsafe asciiSymbols[Int(text[index])]
            guard let next = follow(state, symbol), let nextOther = follow(other, symbol) else { return nil }
            (state, other) = (next, nextOther)
        }
        return state
    }

    private func before(_ text: UnsafePointer<UInt8>, _ index: Int) -> Simulation.Before {
        simulation.before(afterTaking: Int(unsafe asciiSymbols[Int(text[index - 1])]))
    }

    private mutating func scanTogether(
        _ text: UnsafePointer<UInt8>, _ quarter: Int, _ start0: UInt32, _ start1: UInt32, _ start2: UInt32, _ start3: UInt32
    ) -> (UInt32, UInt32, UInt32, UInt32)? {
        var (state0, state1, state2, state3) = (start0, start1, start2, start3)
        let text1 = unsafe text + quarter
        let text2 = unsafe text1 + quarter
        let text3 = unsafe text2 + quarter
        let symbols = unsafe UnsafePointer(asciiSymbols)
        let table = unsafe UnsafePointer(self.table)
        for index in 0..<quarter {
            let symbol0 = unsafe symbols[Int(text[index])]
            let symbol1 = unsafe symbols[Int(text1[index])]
            let symbol2 = unsafe symbols[Int(text2[index])]
            let symbol3 = unsafe symbols[Int(text3[index])]
            let entry0 = unsafe table[Int(state0 &+ UInt32(symbol0))]
            let entry1 = unsafe table[Int(state1 &+ UInt32(symbol1))]
            let entry2 = unsafe table[Int(state2 &+ UInt32(symbol2))]
            let entry3 = unsafe table[Int(state3 &+ UInt32(symbol3))]
            if entry0 | entry1 | entry2 | entry3 < Self.foundBit {
                (state0, state1, state2, state3) = (entry0, entry1, entry2, entry3)
                continue
            }
            // One of these steps may make another known, so the entries are read again.
            guard
                let next0 = follow(state0, symbol0), let next1 = follow(state1, symbol1),
                let next2 = follow(state2, symbol2), let next3 = follow(state3, symbol3)
            else { return nil }
            (state0, state1, state2, state3) = (next0, next1, next2, next3)
        }
        return (state0, state1, state2, state3)
    }
}

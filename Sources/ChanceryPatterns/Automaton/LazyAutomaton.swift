/// The deterministic automaton of a ``Program``, built where texts lead and kept for the next text.
///
/// One scan at a time uses an automaton. Memory is bounded by ``tableLimit``: a text that needs more states is
/// followed by simulation, so its cost is at most O(text × program).
@safe final class LazyAutomaton {
    /// Entries of the table: 2 MiB.
    static let tableLimit = 1 << 19
    /// Set in an entry whose target has found patterns.
    static let foundBit: UInt32 = 1 << 31
    /// The entry of a step that nobody took yet; has the bit above as well, so that one comparison tells both.
    static let unknown = UInt32.max

    let program: Program
    private(set) var simulation: Simulation
    /// Indices of patterns found in the texts since ``begin()``, as bits.
    private(set) var found: [UInt64]

    // A state is the offset of its row: `stride` entries, one for each symbol, hold the states that follow.
    private let table: UnsafeMutablePointer<UInt32>
    private let stride: Int
    private let stateLimit: Int
    private var configurations: [Simulation.Configuration] = []
    private var numbers: [Simulation.Configuration: UInt32] = [:]
    private var starts: [UInt32?]
    private var foundAtEnd: [[Int32]?] = []

    init(_ program: Program) {
        self.program = program
        simulation = Simulation(program)
        found = [UInt64](repeating: 0, count: (program.starts.count + 63) / 64)
        stride = program.symbols.count
        stateLimit = Self.tableLimit / program.symbols.count
        unsafe table = .allocate(capacity: Self.tableLimit)
        starts = [UInt32?](repeating: nil, count: Simulation.Before.allCases.count)
    }

    deinit { unsafe table.deallocate() }

    func begin() {
        for index in found.indices { found[index] = 0 }
    }

    /// Looks for all patterns in `text`, which must be valid UTF-8.
    func scan(_ text: UnsafeBufferPointer<UInt8>, isASCII: Bool) {
        guard let first = text.baseAddress, !text.isEmpty else {
            let configuration = simulation.start(.textStart)
            record(configuration.found)
            record(simulation.finish(configuration))
            return
        }
        let end: UInt32?
        if !isASCII {
            end = unsafe scanScalars(first, text.count)
        } else if text.count < 64 {
            end = unsafe scanASCII(first, 0, text.count, from: start(.textStart), beside: nil)?.end
        } else {
            end = unsafe scanQuarters(first, text.count)
        }
        if let end {
            recordEnd(end)
        } else {
            forget()
            unsafe simulate(text)
        }
    }

    // MARK: states

    private func forget() {
        configurations.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
        foundAtEnd.removeAll(keepingCapacity: true)
        for index in starts.indices { starts[index] = nil }
    }

    /// The state of `configuration`; nil when the table is full.
    private func state(_ configuration: Simulation.Configuration) -> UInt32? {
        if let known = numbers[configuration] { return known }
        guard configurations.count < stateLimit else { return nil }
        let state = UInt32(configurations.count * stride)
        unsafe (table + Int(state)).initialize(repeating: Self.unknown, count: stride)
        configurations.append(configuration)
        foundAtEnd.append(nil)
        numbers[configuration] = state
        return state
    }

    private func start(_ before: Simulation.Before) -> UInt32? {
        let state = starts[Int(before.rawValue)] ?? state(simulation.start(before))
        starts[Int(before.rawValue)] = state
        if let state { record(configurations[Int(state) / stride].found) }
        return state
    }

    /// The state behind an entry that is not a plain one: takes the step if nobody did, and records what was found.
    private func resolve(_ entry: UInt32, from state: UInt32, _ symbol: UInt16) -> UInt32? {
        var target = entry & ~Self.foundBit
        if entry == Self.unknown {
            let configuration = simulation.step(configurations[Int(state) / stride], Int(symbol))
            guard let next = self.state(configuration) else { return nil }
            target = next
            unsafe table[Int(state) + Int(symbol)] = configuration.found.isEmpty ? next : next | Self.foundBit
        }
        record(configurations[Int(target) / stride].found)
        return target
    }

    private func record(_ patterns: [Int32]) {
        for pattern in patterns { found[Int(pattern) >> 6] |= 1 << UInt64(pattern & 63) }
    }

    private func recordEnd(_ state: UInt32) {
        let number = Int(state) / stride
        let patterns = foundAtEnd[number] ?? simulation.finish(configurations[number])
        foundAtEnd[number] = patterns
        record(patterns)
    }

    // MARK: scans; each returns nil when the table is full

    /// Scans ASCII text with one state, and while a second one is given with that beside it until both are the same.
    private func scanASCII(
        _ text: UnsafePointer<UInt8>, _ first: Int, _ end: Int, from state: UInt32?, beside other: UInt32?
    ) -> (end: UInt32, met: Bool)? {
        guard var state else { return nil }
        var other = other
        return unsafe program.symbols.ascii.withUnsafeBufferPointer { symbols in
            for index in first..<end {
                let symbol = unsafe symbols[Int(text[index])]
                let entry = unsafe table[Int(state) + Int(symbol)]
                if entry < Self.foundBit {
                    state = entry
                } else {
                    guard let next = resolve(entry, from: state, symbol) else { return nil }
                    state = next
                }
                guard let twin = other else { continue }
                let twinEntry = unsafe table[Int(twin) + Int(symbol)]
                guard let next = twinEntry < Self.foundBit ? twinEntry : resolve(twinEntry, from: twin, symbol) else {
                    return nil
                }
                if next == state { return (state, true) }
                other = next
            }
            return (state, false)
        }
    }

    /// Scans four quarters of an ASCII text side by side, because one state alone waits for memory at every byte.
    ///
    /// The last three begin as if nothing but the character before them had been read, so they may miss what began
    /// earlier but find nothing that is not there. Then each is read again from the true state until that is the
    /// state which the quarter had there itself, most often within a few bytes.
    private func scanQuarters(_ text: UnsafePointer<UInt8>, _ count: Int) -> UInt32? {
        let quarter = count / 4
        guard
            let start0 = start(.textStart), let start1 = unsafe start(before(text, quarter)),
            let start2 = unsafe start(before(text, quarter * 2)), let start3 = unsafe start(before(text, quarter * 3)),
            let (end0, end1, end2, middle3) = unsafe scanTogether(text, quarter, start0, start1, start2, start3),
            let end3 = unsafe scanASCII(text, quarter * 4, count, from: middle3, beside: nil)?.end
        else { return nil }
        var state = end0
        for (number, start, end) in [(1, start1, end1), (2, start2, end2), (3, start3, end3)] {
            guard state != start else {
                state = end
                continue
            }
            let last = number == 3 ? count : quarter * (number + 1)
            guard let again = unsafe scanASCII(text, quarter * number, last, from: state, beside: start) else { return nil }
            state = again.met ? end : again.end
        }
        return state
    }

    private func before(_ text: UnsafePointer<UInt8>, _ index: Int) -> Simulation.Before {
        simulation.before(afterTaking: Int(program.symbols.ascii[Int(unsafe text[index - 1])]))
    }

    private func scanTogether(
        _ text: UnsafePointer<UInt8>, _ quarter: Int, _ start0: UInt32, _ start1: UInt32, _ start2: UInt32, _ start3: UInt32
    ) -> (UInt32, UInt32, UInt32, UInt32)? {
        var (state0, state1, state2, state3) = (start0, start1, start2, start3)
        let text1 = unsafe text + quarter
        let text2 = unsafe text1 + quarter
        let text3 = unsafe text2 + quarter
        return unsafe program.symbols.ascii.withUnsafeBufferPointer { symbols in
            let symbols = symbols.baseAddress!
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
                // Taking one step may have made another known, so the entries are read again.
                guard
                    let next0 = follow(state0, symbol0), let next1 = follow(state1, symbol1),
                    let next2 = follow(state2, symbol2), let next3 = follow(state3, symbol3)
                else { return nil }
                (state0, state1, state2, state3) = (next0, next1, next2, next3)
            }
            return (state0, state1, state2, state3)
        }
    }

    private func follow(_ state: UInt32, _ symbol: UInt16) -> UInt32? {
        let entry = unsafe table[Int(state) + Int(symbol)]
        return entry < Self.foundBit ? entry : resolve(entry, from: state, symbol)
    }

    private func scanScalars(_ text: UnsafePointer<UInt8>, _ count: Int) -> UInt32? {
        guard var state = start(.textStart) else { return nil }
        var index = 0
        while index < count {
            let symbol = unsafe program.symbols.nextSymbol(text, &index)
            guard let next = follow(state, symbol) else { return nil }
            state = next
        }
        return state
    }

    /// Follows the whole text without the table.
    private func simulate(_ text: UnsafeBufferPointer<UInt8>) {
        guard let first = text.baseAddress else { return }
        var configuration = simulation.start(.textStart)
        record(configuration.found)
        var index = 0
        while index < text.count {
            let symbol = unsafe program.symbols.nextSymbol(first, &index)
            configuration = simulation.step(configuration, Int(symbol))
            record(configuration.found)
        }
        record(simulation.finish(configuration))
    }
}

extension SymbolTable {
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

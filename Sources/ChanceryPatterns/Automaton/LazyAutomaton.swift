/// The deterministic automaton of a ``Program``, built where texts lead and kept for the next text.
///
/// One scan at a time uses an automaton. Memory is bounded by ``tableLimit``: a text that needs more states is
/// followed by simulation, so its cost is at most O(text × program).
@safe package struct LazyAutomaton: ~Copyable {
    /// Entries of the table: 2 MiB.
    static let tableLimit = 1 << 19
    /// Set in an entry whose target has found patterns.
    static let foundBit: UInt32 = 1 << 31
    /// The entry of a step that nobody took yet; has the bit above as well, so that one comparison tells both.
    static let unknown = UInt32.max

    let program: Program
    package private(set) var simulation: Simulation
    /// Indices of the patterns found since ``begin()``, as bits.
    package private(set) var found: [UInt64]

    // A state is the offset of its row: `stride` entries, one for each symbol, hold the states that follow.
    let table: UnsafeMutablePointer<UInt32>
    let asciiSymbols: UnsafeMutablePointer<UInt16>
    private let stride: Int
    private let stateLimit: Int
    private var configurations: [Simulation.Configuration] = []
    private var numbers: [Simulation.Configuration: UInt32] = [:]
    /// The states in which searches begin, one for each value of `Before`.
    private var starts: [UInt32]
    /// Of each state: what is found when the text ends there; nil until that happened.
    private var foundAtEnd: [[Int32]?] = []

    package init(_ program: Program, stateLimit: Int = .max) {
        self.program = program
        simulation = Simulation(program)
        found = [UInt64](repeating: 0, count: (program.starts.count + 63) / 64)
        stride = program.symbols.count
        self.stateLimit = min(stateLimit, Self.tableLimit / program.symbols.count)
        unsafe table = .allocate(capacity: Self.tableLimit)
        unsafe asciiSymbols = .allocate(capacity: 128)
        for (index, symbol) in program.symbols.ascii.enumerated() { unsafe (asciiSymbols + index).initialize(to: symbol) }
        starts = [UInt32](repeating: Self.unknown, count: Simulation.Before.allCases.count)
    }

    deinit {
        unsafe table.deallocate()
        unsafe asciiSymbols.deallocate()
    }

    package mutating func begin() {
        for index in found.indices { found[index] = 0 }
    }

    mutating func forget() {
        configurations.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
        foundAtEnd.removeAll(keepingCapacity: true)
        for index in starts.indices { starts[index] = Self.unknown }
    }

    /// The state of `configuration`; nil when the table is full.
    private mutating func state(_ configuration: Simulation.Configuration) -> UInt32? {
        if let known = numbers[configuration] { return known }
        guard configurations.count < stateLimit else { return nil }
        let state = UInt32(configurations.count * stride)
        unsafe (table + Int(state)).initialize(repeating: Self.unknown, count: stride)
        configurations.append(configuration)
        foundAtEnd.append(nil)
        numbers[configuration] = state
        return state
    }

    /// The state in which a search begins behind `before`; nil when the table is full.
    mutating func start(_ before: Simulation.Before) -> UInt32? {
        var entry = starts[Int(before.rawValue)]
        if entry == Self.unknown {
            let configuration = simulation.start(before)
            guard let state = state(configuration) else { return nil }
            entry = configuration.found.isEmpty ? state : state | Self.foundBit
            starts[Int(before.rawValue)] = entry
        }
        let state = entry & ~Self.foundBit
        if entry != state { record(configurations[Int(state) / stride].found) }
        return state
    }

    /// The state behind `state`; records what is found there. Nil when the table is full.
    mutating func follow(_ state: UInt32, _ symbol: UInt16) -> UInt32? {
        let entry = unsafe table[Int(state) + Int(symbol)]
        return entry < Self.foundBit ? entry : resolve(entry, from: state, symbol)
    }

    /// The state behind an entry that is not a plain one: takes the step if nobody did.
    private mutating func resolve(_ entry: UInt32, from state: UInt32, _ symbol: UInt16) -> UInt32? {
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

    private mutating func record(_ patterns: [Int32]) {
        for pattern in patterns { found[Int(pattern) >> 6] |= 1 << UInt64(pattern & 63) }
    }

    mutating func recordEnd(_ state: UInt32) {
        let number = Int(state) / stride
        if let patterns = foundAtEnd[number] { return record(patterns) }
        let patterns = simulation.finish(configurations[number])
        foundAtEnd[number] = patterns
        record(patterns)
    }

    /// Follows the whole text, valid UTF-8, without the table.
    mutating func simulate(_ text: UnsafeBufferPointer<UInt8>) {
        var configuration = simulation.start(.textStart)
        record(configuration.found)
        if let first = text.baseAddress {
            var index = 0
            while index < text.count {
                let symbol = unsafe program.symbols.nextSymbol(first, &index)
                configuration = simulation.step(configuration, Int(symbol))
                record(configuration.found)
            }
        }
        record(simulation.finish(configuration))
    }
}

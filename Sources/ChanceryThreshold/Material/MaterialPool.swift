internal import ChanceryArithmetic

/// Verified material of a range of indices, on its way into a pool. It cannot be copied.
public struct MaterialBlock: ~Copyable, Sendable {
    let program: ProgramContext
    let purpose: StreamPurpose
    let table: MaskTable

    public var indices: Range<UInt64> { table.indices }
}

/// Material of indices that were claimed for one request. It cannot be copied, and a session takes it over: no mask is used
/// twice (rule T3).
public struct ClaimedMaterial: ~Copyable, Sendable {
    let program: ProgramContext
    let purpose: StreamPurpose
    let table: MaskTable

    public var indices: Range<UInt64> { table.indices }
}

/// A custodian's material that waits for requests.
public struct MaterialPool: ~Copyable, Sendable {
    private struct Block: Sendable {
        var table: MaskTable
        /// What is left of the indices, ascending.
        var free: [Range<UInt64>]
    }

    public let program: ProgramContext
    public let purpose: StreamPurpose
    private var blocks: [Block] = []
    /// What blocks that were used up held, ascending, so that it is not taken in again.
    private var spent: [Range<UInt64>] = []
    /// Beyond so many ranges the lowest two are one with what lies between them, which nobody makes any more.
    private static let mostSpent = 256

    public init(_ program: ProgramContext, _ purpose: StreamPurpose) {
        self.program = program
        self.purpose = purpose
    }

    /// The indices that can be claimed, ascending.
    public var free: [Range<UInt64>] { blocks.flatMap(\.free).sorted { $0.lowerBound < $1.lowerBound } }

    /// How many blocks and ranges the pool holds and looks through.
    package var size: Int { blocks.count + spent.count }

    /// How many indices are left.
    public var count: Int { free.reduce(0) { $0 + $1.count } }

    /// - Throws: `threshold.wrong_material` for another program and for indices that the pool had before.
    public mutating func add(_ block: consuming MaterialBlock) throws(ThresholdError) {
        let indices = block.indices
        guard block.program == program, block.purpose == purpose,
            !blocks.contains(where: { $0.table.indices.overlaps(indices) }), !spent.contains(where: { $0.overlaps(indices) })
        else {
            throw ThresholdError(.wrongMaterial, "the material is for another program or for indices that were there before")
        }
        blocks.append(Block(table: block.table, free: [indices]))
    }

    /// Takes material out for one request, for ever.
    ///
    /// **Durable before this call: that these indices belong to this request** (rule T3).
    /// - Throws: `threshold.material_spent` unless all indices are free; `threshold.wrong_material` for more than one block where
    ///   the secrets were installed anew in between.
    public mutating func claim(_ indices: Range<UInt64>) throws(ThresholdError) -> ClaimedMaterial {
        var parts: [(place: Int, indices: Range<UInt64>)] = []
        for place in blocks.indices {
            for range in blocks[place].free where range.overlaps(indices) {
                parts.append((place, range.clamped(to: indices)))
            }
        }
        parts.sort { $0.indices.lowerBound < $1.indices.lowerBound }
        // Blocks do not overlap, so the parts are all of `indices` when they are as many.
        guard !indices.isEmpty, parts.reduce(0, { $0 + $1.indices.count }) == indices.count else {
            throw ThresholdError(.materialSpent, "the indices \(indices) are not free")
        }
        guard Set(parts.map { blocks[$0.place].table.secretsIndex }).count == 1 else {
            throw ThresholdError(.wrongMaterial, "the indices \(indices) were made under different secrets")
        }
        var tables = parts.map { blocks[$0.place].table.take($0.indices) }
        burn(indices)
        let table = tables.count == 1 ? tables[0] : MaskTable(joining: &tables, indices)
        return ClaimedMaterial(program: program, purpose: purpose, table: table)
    }

    /// Gives indices up, such as those of a claim that this custodian heard of too late.
    public mutating func burn(_ indices: Range<UInt64>) {
        for place in blocks.indices {
            blocks[place].free = blocks[place].free.flatMap { range -> [Range<UInt64>] in
                let left = range.lowerBound..<max(range.lowerBound, min(range.upperBound, indices.lowerBound))
                let right = min(range.upperBound, max(range.lowerBound, indices.upperBound))..<range.upperBound
                guard range.overlaps(indices) else { return [range] }
                return [left, right].filter { !$0.isEmpty }
            }
        }
        // Invariant: of a block that was used up its range alone is kept.
        for place in blocks.indices where blocks[place].free.isEmpty {
            blocks[place].table.erase()
            spend(blocks[place].table.indices)
        }
        blocks.removeAll { $0.free.isEmpty }
    }

    private mutating func spend(_ indices: Range<UInt64>) {
        let place = (spent.lastIndex { $0.lowerBound < indices.lowerBound } ?? -1) + 1
        spent.insert(indices, at: place)
        if place + 1 < spent.count, spent[place + 1].lowerBound <= spent[place].upperBound { join(place) }
        if place > 0, spent[place].lowerBound <= spent[place - 1].upperBound { join(place - 1) }
        if spent.count > Self.mostSpent { join(0) }
    }

    /// Makes one range of two, with what lies between them.
    private mutating func join(_ place: Int) {
        let next = spent.remove(at: place + 1)
        spent[place] = spent[place].lowerBound..<max(spent[place].upperBound, next.upperBound)
    }
}

extension MaskTable {
    /// A range without masks.
    init(spent indices: Range<UInt64>) {
        self.indices = indices
        table = ShareStreams.Target(rows: 0, indices: 0)
        openings = table
        zeros = table
        dots = table
    }

    /// Puts the masks of neighbouring ranges together, in their order, and erases the parts.
    init(joining parts: inout [MaskTable], _ indices: Range<UInt64>) {
        self.init(spent: indices)
        secretsIndex = parts[0].secretsIndex
        func join(_ targets: [ShareStreams.Target]) -> ShareStreams.Target {
            let rows = targets[0].elements.count / max(targets[0].indices, 1)
            var joined = ShareStreams.Target(rows: rows, indices: indices.count)
            for row in 0..<rows {
                var place = row * indices.count
                for target in targets {
                    for index in 0..<target.indices {
                        joined.elements[place] = target.elements[row * target.indices + index]
                        place += 1
                    }
                }
            }
            return joined
        }
        table = join(parts.map(\.table))
        openings = join(parts.map(\.openings))
        zeros = join(parts.map(\.zeros))
        dots = join(parts.map(\.dots))
        for place in parts.indices { parts[place].erase() }
    }

    /// Takes the masks of some of the indices out; zeros stay in their place.
    mutating func take(_ part: Range<UInt64>) -> MaskTable {
        var columns = MaskTable(spent: part)
        columns.secretsIndex = secretsIndex
        guard part != indices else {
            swap(&columns, &self)
            return columns
        }
        let first = Int(part.lowerBound - indices.lowerBound)
        let count = count
        func cut(_ target: inout ShareStreams.Target) -> ShareStreams.Target {
            let rows = target.elements.count / max(count, 1)
            var cut = ShareStreams.Target(rows: rows, indices: part.count)
            for row in 0..<rows {
                for index in 0..<part.count {
                    cut.elements[row * part.count + index] = target.elements[row * count + first + index]
                    target.elements[row * count + first + index] = .zero
                }
            }
            return cut
        }
        columns.table = cut(&table)
        columns.openings = cut(&openings)
        columns.zeros = cut(&zeros)
        columns.dots = cut(&dots)
        return columns
    }

    /// Overwrites all shares with zeros.
    mutating func erase() {
        table.erase()
        openings.erase()
        zeros.erase()
        dots.erase()
    }
}

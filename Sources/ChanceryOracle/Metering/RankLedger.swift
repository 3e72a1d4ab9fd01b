public import ChanceryArithmetic

/// The directions of input space that were asked about: rows (1, x) over F_p in echelon form.
///
/// An answer to a row in the span of earlier rows follows from the earlier answers: it costs nothing. Each new direction
/// counts one. Exact, with O(rank · columns) products for each row.
public struct RankLedger: Sendable, Hashable {
    public let columns: Int
    public let limit: Int
    // Invariant: the pivot of a row is its first element that is not zero, it is one, and pivots differ.
    private var rows: [Row] = []

    private struct Row: Sendable, Hashable {
        let pivot: Int
        let elements: [FieldElement]
    }

    /// `limit` directions of rows of `columns` elements.
    public init(columns: Int, limit: Int) {
        self.columns = max(columns, 0)
        self.limit = max(limit, 0)
    }

    public var rank: Int { rows.count }
    /// How many directions nobody asked about.
    public var remainingDimensions: Int { columns - rows.count }

    /// The rows that span what was asked about, as they are kept: counting them again gives this ledger.
    var basis: [[FieldElement]] { rows.map(\.elements) }

    /// Whether `row` lies outside the span. A row of another length is always new and never counted.
    public func isNovel(_ row: [FieldElement]) -> Bool { row.count != columns || reduced(row) != nil }

    /// Counts `row`; true when it was a new direction.
    @discardableResult
    public mutating func insert(_ row: [FieldElement]) -> Bool {
        guard row.count == columns, let new = reduced(row) else { return false }
        rows.append(new)
        return true
    }

    /// What is left of `row` outside the span, with a pivot of one; nil when nothing is.
    private func reduced(_ row: [FieldElement]) -> Row? {
        guard rows.count < columns else { return nil }
        var rest = row
        for known in rows {
            let factor = rest[known.pivot]
            guard factor != .zero else { continue }
            for column in known.pivot..<columns { rest[column] -= factor * known.elements[column] }
        }
        guard let pivot = rest.firstIndex(where: { $0 != .zero }), let inverse = rest[pivot].inverse() else { return nil }
        return Row(pivot: pivot, elements: rest.map { $0 * inverse })
    }
}

import ChanceryArithmetic
import ChanceryOracle
import TestKit
import Testing

struct RankLedgerTests {
    /// The rank of whole rows by textbook elimination, anew each time.
    private static func rank(_ rows: [[FieldElement]]) -> Int {
        var rows = rows
        var rank = 0
        guard let columns = rows.first?.count else { return 0 }
        for column in 0..<columns {
            guard let pivot = (rank..<rows.count).first(where: { rows[$0][column] != .zero }) else { continue }
            rows.swapAt(rank, pivot)
            for other in rows.indices where other != rank {
                let factor = rows[other][column] * (rows[rank][column].inverse() ?? .zero)
                rows[other] = zip(rows[other], rows[rank]).map { $0 - factor * $1 }
            }
            rank += 1
            if rank == rows.count { break }
        }
        return rank
    }

    @Test(arguments: 1...12)
    func `directions are counted as textbook elimination counts them`(columns: Int) throws {
        var random = Mutator("rank ledgers", corpus: [[]])
        for _ in 0..<columns { _ = random.next() }
        var ledger = RankLedger(columns: columns, limit: columns)
        var rows: [[FieldElement]] = []
        for _ in 0..<(2 * columns) {
            var row = (0..<columns).map { _ in FieldElement(signed: Int64(random.next(5)) - 2) }
            // Half of the rows are combinations of two earlier ones.
            if rows.count > 1, random.next(2) == 0 {
                let (left, right) = (rows[random.next(rows.count)], rows[random.next(rows.count)])
                let factor = FieldElement(random.next())
                row = zip(left, right).map { $0 * factor - $1 }
            }
            let before = Self.rank(rows)
            rows.append(row)
            let isNovel = Self.rank(rows) > before
            #expect(ledger.isNovel(row) == isNovel)
            #expect(ledger.insert(row) == isNovel)
            #expect(ledger.rank == Self.rank(rows))
            #expect(ledger.remainingDimensions == columns - ledger.rank)
        }
    }

    @Test func `a row of another length is never counted`() {
        var ledger = RankLedger(columns: 3, limit: 3)
        for row in [[], [FieldElement.one], [FieldElement](repeating: .one, count: 4)] {
            #expect(ledger.isNovel(row))
            let isCounted = ledger.insert(row)
            #expect(!isCounted)
        }
        #expect(ledger.rank == 0)
        let zero = [FieldElement](repeating: .zero, count: 3)
        #expect(!ledger.isNovel(zero))
        let isCounted = ledger.insert(zero)
        #expect(!isCounted)
    }
}

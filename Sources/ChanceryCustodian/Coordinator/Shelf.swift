/// What a coordinator knows of the material of one program, and what it gave out of it.
package struct Shelf: Sendable {
    struct Name: Hashable, Sendable {
        let program: [UInt8]
        let isForSecrets: Bool
    }

    /// What was given out: it is not offered again, unless it came back.
    private var given: [Range<UInt64>] = []
    /// The free pieces of each custodian, neighbouring blocks as one; the longest of them.
    private var free: [Int: [Range<UInt64>]] = [:]
    /// So many pieces of one custodian are held against the others', as many as a beat tells of.
    package static let mostPieces = 64
    /// Where what each custodian has begins.
    private var lowest: [Int: UInt64] = [:]

    package init() {}

    package mutating func learn(_ pieces: [Range<UInt64>], of party: Int) {
        let merged = ProgramState.merged(pieces)
        lowest[party] = merged.first?.lowerBound
        let longest = merged.sorted { $0.count > $1.count }.prefix(Self.mostPieces)
        free[party] = longest.sorted { $0.lowerBound < $1.lowerBound }
        // Where nobody has anything any more nothing has to be remembered.
        guard let first = lowest.values.min() else { return }
        given.removeAll { $0.upperBound <= first }
    }

    mutating func forget(_ party: Int) {
        free[party] = nil
        lowest[party] = nil
    }

    /// The lowest `count` indices in a row that as many of `live` as possible have, at least `least` of them.
    ///
    /// - Parameter reluctance: who of as many is done without first.
    package mutating func take(
        _ count: Int, among live: [Int], least: Int, avoiding reluctance: [Int: Int] = [:]
    ) -> (indices: Range<UInt64>, parties: [Int])? {
        guard let found = find(count, among: live, least: least, avoiding: reluctance) else { return nil }
        given = ProgramState.merged(given + [found.indices])
        return found
    }

    /// Offers again what was taken and not used.
    mutating func giveBack(_ indices: Range<UInt64>) { given = given.flatMap { Self.without(indices, in: $0) } }

    /// What ``take(_:among:least:avoiding:)`` would give.
    package func find(
        _ count: Int, among live: [Int], least: Int, avoiding reluctance: [Int: Int] = [:]
    ) -> (indices: Range<UInt64>, parties: [Int])? {
        let known = live.filter { free[$0]?.isEmpty == false }
        guard known.count >= least else { return nil }
        for missing in 0...(known.count - least) {
            func cost(_ parties: [Int]) -> Int { parties.reduce(0) { $0 + reluctance[$1, default: 0] } }
            let choices = Self.subsets(known, leavingOut: missing).enumerated().sorted {
                (cost($0.element), $0.offset) < (cost($1.element), $1.offset)
            }
            for parties in choices.map(\.element) {
                let common = ProgramState.common(parties.map { free[$0] ?? [] })
                let left = given.reduce(common) { left, taken in left.flatMap { Self.without(taken, in: $0) } }
                for range in left where range.upperBound - range.lowerBound >= UInt64(count) {
                    return (range.lowerBound..<range.lowerBound + UInt64(count), parties)
                }
            }
        }
        return nil
    }

    private static func without(_ taken: Range<UInt64>, in range: Range<UInt64>) -> [Range<UInt64>] {
        guard range.overlaps(taken) else { return [range] }
        let parts = [
            range.lowerBound..<max(range.lowerBound, taken.lowerBound),
            min(range.upperBound, taken.upperBound)..<range.upperBound,
        ]
        return parts.filter { !$0.isEmpty }
    }

    private static func subsets(_ all: [Int], leavingOut count: Int) -> [[Int]] {
        guard count > 0 else { return [all] }
        return (0..<(1 << all.count)).filter { $0.nonzeroBitCount == all.count - count }.map { mask in
            all.indices.filter { mask >> $0 & 1 == 1 }.map { all[$0] }
        }
    }
}

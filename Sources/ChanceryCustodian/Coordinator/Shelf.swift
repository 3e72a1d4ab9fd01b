/// What a coordinator knows of the material of one program, and what it gave out of it.
struct Shelf: Sendable {
    struct Name: Hashable, Sendable {
        let program: [UInt8]
        let isForSecrets: Bool
    }

    /// Indices below were given out; they are never offered again.
    private(set) var cursor: UInt64 = 0
    /// The free pieces of each custodian, neighbouring blocks as one.
    private var free: [Int: [Range<UInt64>]] = [:]

    mutating func learn(_ pieces: [Range<UInt64>], of party: Int) { free[party] = ProgramState.merged(pieces) }
    mutating func forget(_ party: Int) { free[party] = nil }

    /// The lowest `count` indices in a row that as many of `live` as possible have, at least `least` of them.
    mutating func take(_ count: Int, among live: [Int], least: Int) -> (indices: Range<UInt64>, parties: [Int])? {
        guard let found = find(count, among: live, least: least) else { return nil }
        cursor = found.indices.upperBound
        return found
    }

    /// What ``take(_:among:least:)`` would give.
    func find(_ count: Int, among live: [Int], least: Int) -> (indices: Range<UInt64>, parties: [Int])? {
        let known = live.filter { free[$0]?.isEmpty == false }
        guard known.count >= least else { return nil }
        for missing in 0...(known.count - least) {
            for parties in Self.subsets(known, leavingOut: missing) {
                let common = ProgramState.common(parties.map { free[$0] ?? [] })
                for range in common {
                    let first = max(range.lowerBound, cursor)
                    guard first < range.upperBound, range.upperBound - first >= UInt64(count) else { continue }
                    return (first..<first + UInt64(count), parties)
                }
            }
        }
        return nil
    }

    private static func subsets(_ all: [Int], leavingOut count: Int) -> [[Int]] {
        guard count > 0 else { return [all] }
        return (0..<(1 << all.count)).filter { $0.nonzeroBitCount == all.count - count }.map { mask in
            all.indices.filter { mask >> $0 & 1 == 1 }.map { all[$0] }
        }
    }
}

internal import ChanceryArithmetic
public import ChanceryLedger
public import ChanceryOracle
internal import ChanceryThreshold

/// Says which frames the protocol calls wrong, from the frames alone.
public struct FrameJudge: Sendable {
    /// Longest file in bytes.
    public static let maximumBytes = Blame.maximumBytes + 65_536

    private let roster: CustodianRoster

    public init(_ roster: CustodianRoster) { self.roster = roster }

    /// Reads a file with evidence and names whom it convicts.
    public func verify(_ file: [UInt8]) throws -> (file: BlameFile, blame: Blame, accused: [DID]) {
        try BlameFile.verify(
            file, by: roster.set, judge: { isContradiction($0.map(\.bytes)) },
            opening: { frames in
                try liars(frames.map { (roster.number(of: $0.custodian) ?? 0, $0.frame.bytes) })
            })
    }

    /// Whether one custodian sent different values where everybody gets the same: shares, coins and hashes of a round.
    func isContradiction(_ frames: [[UInt8]]) -> Bool {
        let read = frames.compactMap { try? RunFrame($0) }
        guard let first = read.first, read.count == frames.count, read.count >= 2,
            [.opening, .coin, .transcript].contains(first.kind),
            read.allSatisfy({
                $0.session == first.session && $0.step == first.step && $0.kind == first.kind && $0.sender == first.sender
            })
        else { return false }
        return read.contains { $0.payload != first.payload }
    }

    /// The places of the frames with a share off the polynomial, in one opening of one session.
    ///
    /// With 3t + 1 custodians, of whom t may lie, 2t + 1 agree on one polynomial and no other: whoever is off it lied. Fewer convict
    /// nobody.
    func liars(_ frames: [(number: Int, bytes: [UInt8])]) throws -> [Int] {
        let faults = roster.committee.corruptions
        guard frames.count >= 3 * faults + 1 else { return [] }
        let read = try frames.map { try RunFrame($0.bytes) }
        guard let first = read.first, first.kind == .opening,
            zip(read, frames).allSatisfy({
                $0.session == first.session && $0.step == first.step && $0.kind == first.kind && $0.sender == $1.number
                    && roster.committee.members.contains($1.number)
            }), Set(frames.map(\.number)).count == frames.count
        else { return [] }
        let width = FieldElement.byteCount
        let sizes = Dictionary(grouping: read.indices) { read[$0].payload.count }
        // Whoever sends another number of shares than the others is caught by that alone, and convicted by nothing here.
        guard let (size, members) = sizes.max(by: { $0.value.count < $1.value.count }), size % width == 0,
            members.count >= 3 * faults + 1
        else { return [] }
        var wrong: Set<Int> = []
        for place in stride(from: 0, to: size, by: width) {
            var points: [ShamirShare] = []
            var places: [Int] = []
            for member in members {
                guard let share = FieldElement(bytes: read[member].payload[place..<place + width]) else {
                    wrong.insert(member)
                    continue
                }
                points.append(ShamirShare(x: FieldElement(UInt64(frames[member].number)), y: share))
                places.append(member)
            }
            guard points.count >= 2 * faults + 1,
                let word = ReedSolomon.decode(points, degree: faults, errors: min(faults, (points.count - faults - 1) / 2))
            else { continue }
            wrong.formUnion(word.wrong.map { places[$0] })
        }
        return wrong.count <= faults ? wrong.sorted() : []
    }
}

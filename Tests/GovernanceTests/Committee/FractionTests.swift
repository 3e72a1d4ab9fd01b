import ChanceryGovernance
import ChanceryWire
import Testing

struct FractionTests {
    @Test(
        arguments: [
            (Fraction.moreThanTwoThirds, 4, 6, false), (.moreThanTwoThirds, 5, 6, true), (.twoThirds, 4, 6, true),
            (.twoThirds, 3, 6, false), (.moreThanOneThird, 1, 3, false), (.moreThanOneThird, 2, 5, true), (.whole, 7, 7, true),
            (.whole, 6, 7, false), (.moreThanHalf, 3, 6, false), (.moreThanTwoThirds, 0, 0, false),
        ] as [(Fraction, Int64, Int64, Bool)])
    func `a share is met exactly`(share: Fraction, weight: Int64, total: Int64, expected: Bool) {
        #expect(share.isMet(by: weight, of: total) == expected, "\(weight) of \(total) is \(share)")
    }

    @Test func `nothing overflows at the limits`() throws {
        let most = Fraction.largestWeight
        let share = try Fraction(65_534, 65_535, strict: true)
        #expect(share.isMet(by: most, of: most))
        #expect(!share.isMet(by: most / 65_535 * 65_534, of: most))
    }

    @Test(arguments: [(0, 3, false), (4, 3, false), (-1, 3, false), (1, 0, false), (1, 65_536, false), (1, 1, true)])
    func `shares that nothing or everything meets are refused`(num: Int64, den: Int64, strict: Bool) {
        let error = #expect(throws: GovernanceError.self) { _ = try Fraction(num, den, strict: strict) }
        #expect(error?.reason == .thresholdInvalid)
    }

    @Test(arguments: [Threshold.supermajority, .simpleMajority, .unanimous, .pbftClassic, .approvals(.twoThirds)])
    func `thresholds read back as themselves`(threshold: Threshold) throws {
        #expect(try Threshold(threshold.json) == threshold)
    }

    @Test func `a profile keeps its own shares`() throws {
        var object = try #require(Threshold.supermajority.json.object)
        object["approval"] = Fraction.moreThanHalf.json
        #expect(throws: GovernanceError.self) { _ = try Threshold(.object(object)) }
    }

    @Test func `no profile goes below the floor of a kind`() throws {
        let lax = Thresholds(
            standard: .simpleMajority, byKind: [.emergencyFreeze: .approvals(try Fraction(1, 100, strict: false))])
        #expect(lax.isMet(.authorizeModel, by: .init(approve: 4), of: 7))
        for kind in [ProposalKind.addNode, .removeNode, .unfreeze, .rotateKey] {
            #expect(!lax.isMet(kind, by: .init(approve: 4), of: 6), "\(kind)")
            #expect(lax.isMet(kind, by: .init(approve: 5), of: 6), "\(kind)")
        }
        #expect(!lax.isMet(.emergencyFreeze, by: .init(approve: 2), of: 6))
        #expect(lax.isMet(.emergencyFreeze, by: .init(approve: 3), of: 6))
    }

    @Test func `pbft-classic passes one approval of six, and says so`() {
        #expect(Threshold.pbftClassic.isMet(by: .init(approve: 1, abstain: 3), of: 6))
        #expect(!Threshold.supermajority.isMet(by: .init(approve: 1, abstain: 3), of: 6))
        #expect(Threshold.pbftClassic.warning != nil && Threshold.supermajority.warning == nil)
        #expect(!Threshold.pbftClassic.isMet(by: .init(abstain: 6), of: 6))
    }
}

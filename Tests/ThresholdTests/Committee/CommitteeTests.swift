import ChanceryThreshold
import Testing

struct CommitteeTests {
    @Test(arguments: [(2, 2), (3, 1), (3, 3), (4, 3), (5, 4), (10, 2), (0, 0), (6, -1), (7, .max)])
    func `impossible committees are refused`(size: Int, quorum: Int) {
        let error = #expect(throws: ThresholdError.self) { _ = try Committee(size: size, quorum: quorum) }
        #expect(error?.code == "threshold.invalid_committee")
    }

    @Test
    func `the table of the protocol holds`() throws {
        // N, K, then for 0, 1, … custodians missing: material and evaluations.
        let rows: [(Int, Int, [MaterialAssurance?], [Assurance?])] = [
            (3, 2, [.batchVerified, nil, nil], [.checked, .unchecked, nil]),
            (4, 2, [.selfChecking, .batchVerified, nil], [.corrected, .checked, .unchecked, nil]),
            (5, 2, [.corrected, .selfChecking, .batchVerified, nil], [.corrected, .corrected, .checked, .unchecked, nil]),
            (
                7, 3, [.selfChecking, .batchVerified, .batchVerified, nil],
                [.corrected, .checked, .checked, .unchecked, .unchecked, nil]
            ),
            (5, 3, [.batchVerified, nil], [.checked, .unchecked, .unchecked, nil]),
        ]
        for (size, quorum, material, online) in rows {
            let committee = try Committee(size: size, quorum: quorum)
            for (missing, expected) in material.enumerated() {
                #expect(committee.material(missing: missing) == expected, "(\(size), \(quorum)), \(missing) missing")
            }
            for (missing, expected) in online.enumerated() {
                #expect(committee.online(missing: missing) == expected, "(\(size), \(quorum)), \(missing) missing")
            }
            #expect(committee.online(missing: -1) == nil && committee.material(missing: size + 1) == nil)
        }
    }

    @Test
    func `two sets that take a client's values share an honest custodian, and as many as may be silent can be`() throws {
        for (size, quorum, fewest) in [(3, 2, 3), (4, 2, 3), (5, 2, 4), (5, 3, 5), (6, 2, 4), (7, 3, 5), (8, 2, 5), (9, 2, 6)] {
            #expect(try Committee(size: size, quorum: quorum).fewest == fewest, "(\(size), \(quorum))")
        }
        for size in Committee.sizes {
            for quorum in 2...(size + 1) / 2 {
                let committee = try Committee(size: size, quorum: quorum)
                #expect(2 * committee.fewest - size > committee.corruptions, "(\(size), \(quorum))")
                #expect((2 * committee.corruptions + 1...size).contains(committee.fewest), "(\(size), \(quorum))")
                guard size >= 3 * committee.corruptions + 1 else { continue }
                #expect(size - committee.corruptions >= committee.fewest, "(\(size), \(quorum))")
            }
        }
    }
}

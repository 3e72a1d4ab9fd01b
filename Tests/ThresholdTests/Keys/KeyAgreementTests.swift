import ChanceryThreshold
import Testing

struct KeyAgreementTests {
    @Test(arguments: [(3, 2), (5, 3)], Fault.allCases)
    func `custodians agree on keys or know that they do not`(of size: (Int, Int), fault: Fault) throws {
        for step: UInt8 in 0...2 { try agree(size, fault, at: step) }
    }

    private func agree(_ size: (Int, Int), _ fault: Fault, at step: UInt8) throws {
        var network = LocalNetwork()
        network.tap = { message in
            guard message.from == 2, Fault.place(message).step == step else { return [message] }
            return fault.apply(message, victim: 1)
        }
        do {
            let committee = try Sample.committee(size.0, size.1, network: network)
            // Whatever came of it is one set of keys: an agreement that failed for one has none.
            #expect([.twice, .beyond, .ahead].contains(fault) || (fault == .equivocal && step == 0), "\(fault) at \(step)")
            #expect(committee.keys.count == size.0)
        } catch let error as ThresholdError {
            #expect(error.parties.isEmpty || error.parties == [2], "\(fault) at \(step): \(error)")
        }
    }

    @Test(arguments: Sample.committees)
    func `everybody in a set has the same key and nobody else has`(size: Int, quorum: Int) throws {
        let committee = try Sample.committee(size, quorum)
        var holders: [[UInt8]: Set<Int>] = [:]
        for keys in committee.keys {
            let all = unsafe keys.withBytes { bytes in unsafe Array(bytes) }
            for start in stride(from: 0, to: all.count, by: 32) {
                holders[Array(all[start..<start + 32]), default: []].insert(keys.party)
            }
        }
        let t = quorum - 1
        func choose(_ k: Int) -> Int { (0..<k).reduce(1) { $0 * (size - $1) / ($1 + 1) } }
        #expect(Set(holders.values).count == choose(t) + choose(t - 1))
        #expect(holders.count == choose(t) + choose(t - 1))
        // Any t miss at least one key of masks.
        for outside in holders.values.filter({ $0.count == size - t }).map({ Set(1...size).subtracting($0) }) {
            #expect(outside.count == t)
        }
    }

    @Test
    func `keys and contributions of another length or party are refused`() throws {
        let committee = try Committee(size: 3, quorum: 2)
        let session = SessionID(keysOf: committee, binding: [])
        for (party, count) in [(1, 0), (1, 95), (0, 96), (4, 96)] {
            let error = #expect(throws: ThresholdError.self) {
                _ = try KeyAgreement(
                    committee, party: party, session: session, contributions: [UInt8](repeating: 1, count: count))
            }
            #expect(error?.code == "threshold.invalid_committee")
        }
    }
}

import ChanceryLedger
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct ActivationTests {
    private let sample: SampleProgram

    init() throws { sample = try SampleProgram() }

    private func activate(_ approvals: [UnverifiedRecord], terms: ActivationTerms? = nil) -> String? {
        code {
            _ = try Activation(
                terms ?? sample.terms, policy: sample.policy, custodians: sample.custodians, approvals: approvals)
        }
    }

    @Test func `K custodians let a program run`() throws {
        let activation = try Activation(
            sample.terms, policy: sample.policy, custodians: sample.custodians,
            approvals: [sample.approval(3), sample.approval(1)])
        let expected = try [SampleProgram.did(1), SampleProgram.did(3)].sorted {
            $0.bytes.lexicographicallyPrecedes($1.bytes)
        }
        #expect(activation.authority == .approvals(expected))
        #expect(try activate([sample.approval(0)]) == "compute.approvals_insufficient")
        #expect(activate([]) == "compute.approvals_insufficient")
    }

    // QuorumVM became active when one custodian approved twice.
    @Test func `one custodian's approvals count once`() throws {
        let first = try sample.approval(0)
        #expect(activate([first, first]) == "compute.approval_repeated")
        let again = try Approval.sign(
            sample.terms, as: SampleProgram.did(0), at: SampleProgram.later(5), by: SampleProgram.key(0, 1),
            salt: SampleProgram.salt(99))
        #expect(try activate([first, UnverifiedRecord(decoding: again.record.bytes)]) == "compute.approval_repeated")
    }

    // QuorumVM took approvals made with keys that anybody could read, and counted an index of −1 as another custodian.
    @Test func `approvals by other keys and in other names are refused`() throws {
        let good = try sample.approval(0)
        let forged = try Approval.sign(
            sample.terms, as: SampleProgram.did(1), at: SampleProgram.start, by: SampleProgram.key(0, 1),
            salt: SampleProgram.salt())
        #expect(try activate([good, UnverifiedRecord(decoding: forged.record.bytes)]) == "suite.invalid_signature")
        #expect(try activate([good, sample.approval(50)]) == "compute.not_a_custodian")
        let named = good.bytes.replacing(try SampleProgram.did(0).text, by: try SampleProgram.did(1).text)
        #expect(try activate([good, UnverifiedRecord(decoding: named)]) == "suite.invalid_signature")
        // The key with which a custodian's process signs approves nothing.
        let process = try VerifiedRecord.sign(
            UnverifiedRecord(decoding: good.bytes).body, type: Approval.type,
            by: SampleProgram.key(0, 2) as SigningKey<Purpose.Custodian>)
        #expect(try activate([UnverifiedRecord(decoding: process.bytes)]) == "suite.invalid_signature")
    }

    @Test func `an approval holds for its program, version, policy, custodians and epoch alone`() throws {
        let terms = sample.terms
        let other = [UInt8](repeating: 1, count: 32)
        let foreign = [
            try ActivationTerms(
                program: other, version: "1.0.0", policy: terms.policy, custodians: terms.custodians, epoch: 1),
            try ActivationTerms(
                program: terms.program, version: "1.0.1", policy: terms.policy, custodians: terms.custodians, epoch: 1),
            try ActivationTerms(
                program: terms.program, version: "1.0.0", policy: other, custodians: terms.custodians, epoch: 1),
            try ActivationTerms(program: terms.program, version: "1.0.0", policy: terms.policy, custodians: other, epoch: 1),
            try ActivationTerms(
                program: terms.program, version: "1.0.0", policy: terms.policy, custodians: terms.custodians, epoch: 2),
        ]
        #expect(Set(foreign.map(\.id) + [terms.id]).count == 6)
        for terms in foreign {
            #expect(
                try activate([sample.approval(0), sample.approval(1, terms: terms)]) == "compute.approval_foreign")
        }
        // Nor does it help to bring terms that do not fit the policy at hand.
        for terms in foreign[2...3] {
            #expect(try activate([sample.approval(0, terms: terms)], terms: terms) == "compute.approval_foreign")
        }
    }

    @Test func `every changed bit of an approval is refused`() async throws {
        let golden = try sample.approval(0).bytes
        let sample = sample
        let survivors = await inParallel(bitFlips(of: golden)) { flip -> Int? in
            guard let record = try? UnverifiedRecord(decoding: golden.flipping(flip.byte, flip.bit)) else { return nil }
            let read = try? Approval.verify(record, for: sample.terms, by: sample.custodians)
            return read == nil ? nil : flip.byte
        }
        #expect(survivors == [])
    }

    @Test func `a decision lets exactly what it names run`() throws {
        func decided(
            program: [UInt8]? = nil, version: String = "1.0.0", policy: [UInt8]? = nil, custodians: [DID]? = nil,
            threshold: Int64 = 2, generation: Int64 = 1
        ) -> DecidedProgram {
            DecidedProgram(
                program: program ?? sample.terms.program, version: version, policy: policy ?? sample.terms.policy,
                custodians: custodians ?? sample.custodians.custodians.map(\.did), threshold: threshold,
                generation: generation, proposal: [UInt8](repeating: 5, count: 32))
        }
        func activate(_ decision: DecidedProgram) -> String? {
            code {
                let activation = try Activation(
                    sample.terms, policy: sample.policy, custodians: sample.custodians, decided: decision)
                #expect(activation.authority == .decision([UInt8](repeating: 5, count: 32)))
            }
        }
        #expect(activate(decided()) == nil)
        let other = [UInt8](repeating: 1, count: 32)
        for decision in [
            decided(program: other), decided(version: "2"), decided(policy: other), decided(threshold: 3),
            decided(generation: 2), decided(custodians: try (0..<3).map(SampleProgram.did)),
            decided(custodians: try (1..<5).map(SampleProgram.did)),
        ] {
            #expect(activate(decision) == "compute.approval_foreign")
        }
    }

    @Test(arguments: [(3, 1), (3, 3), (2, 2), (4, 3), (65, 2)])
    func `sets that K custodians could not protect are refused`(count: Int, threshold: Int) throws {
        #expect(
            code { _ = try CustodianSet((0..<count).map(SampleProgram.custodian), threshold: threshold) }
                == "compute.custodians_invalid")
    }

    @Test func `a set holds nobody and no key twice`() throws {
        let three = try (0..<3).map(SampleProgram.custodian)
        let renamed = try Custodian(did: SampleProgram.did(9), approval: three[0].approval, key: three[1].key)
        for custodians in [three + [three[0]], three + [renamed]] {
            #expect(code { _ = try CustodianSet(custodians, threshold: 2) } == "compute.custodians_invalid")
        }
    }

    // Source: rule T3.
    @Test(arguments: [(3, 2, 3), (4, 2, 3), (5, 2, 4), (7, 3, 5), (5, 3, 4)])
    func `a quorum is more than half of n + t`(count: Int, threshold: Int, quorum: Int) throws {
        let set = try CustodianSet((0..<count).map(SampleProgram.custodian), threshold: threshold)
        #expect(set.quorum == quorum)
        #expect(2 * set.quorum > count + set.faults)
    }
}

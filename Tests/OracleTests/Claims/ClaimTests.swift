import ChanceryArithmetic
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct ClaimTests {
    private let sample: SampleProgram

    init() throws { sample = try SampleProgram() }

    private func verify(_ bytes: [UInt8], terms: ActivationTerms? = nil) -> String? {
        code {
            _ = try ClaimCertificate.verify(
                bytes, for: terms ?? sample.terms, by: sample.custodians, client: sample.client.publicKey)
        }
    }

    @Test func `a quorum's certificate is read back as it was`() throws {
        let ticket = try sample.ticket()
        let claim = try sample.claim(ticket, evaluations: 2)
        let certificate = try sample.certificate(claim, ticket, indices: [4, 9], signers: [2, 0, 1])
        let read = try ClaimCertificate.verify(
            certificate.bytes, for: sample.terms, by: sample.custodians, client: sample.client.publicKey)
        #expect(read.claim.id == claim.id)
        #expect(read.ticket.id == ticket.id)
        #expect(read.indices.indices == [4, 9])
        #expect(read.signers == certificate.signers)
        #expect(try ClaimCertificate.statedClient(certificate.bytes) == sample.client.publicKey.id)
        #expect(try verify(certificate.bytes, terms: SampleProgram(epoch: 2).terms) == "compute.claim_foreign")
    }

    @Test func `fewer signers than a quorum certify nothing`() throws {
        let ticket = try sample.ticket()
        let claim = try sample.claim(ticket)
        for signers in [[], [0], [0, 1], [0, 0, 0], [0, 1, 1]] {
            let outcome = code { _ = try sample.certificate(claim, ticket, indices: [1], signers: signers) }
            #expect(outcome == (signers.isEmpty ? "compute.claim_malformed" : "compute.quorum_missing"), "\(signers)")
        }
        #expect(
            code { _ = try sample.certificate(claim, ticket, indices: [1], signers: [0, 1, 50]) } == "compute.quorum_missing")
    }

    @Test func `signatures for other claims or material do not add up`() throws {
        let ticket = try sample.ticket()
        let claim = try sample.claim(ticket)
        let other = try sample.claim(ticket, nonce: 2)
        let mixed = try [
            sample.signature(claim, [1], by: 0), sample.signature(claim, [1], by: 1), sample.signature(other, [1], by: 2),
        ]
        let shifted = try [
            sample.signature(claim, [1], by: 0), sample.signature(claim, [1], by: 1), sample.signature(claim, [2], by: 2),
        ]
        let many = try (0..<3).map { try sample.signature(claim, [1, 2], by: $0) }
        for signatures in [mixed, shifted, many] {
            #expect(
                code { _ = try ClaimCertificate(claim, ticket: ticket, signatures: signatures, by: sample.custodians) }
                    == "compute.claim_malformed")
        }
        let strange = try sample.ticket(nonce: 8)
        #expect(code { _ = try sample.certificate(claim, strange, indices: [1]) } == "compute.claim_malformed")
    }

    @Test func `every changed bit of a certificate is refused`() async throws {
        let ticket = try sample.ticket()
        let golden = try sample.certificate(sample.claim(ticket), ticket, indices: [1]).bytes
        let sample = sample
        // Every 16th of the many flips keeps this within seconds.
        let flips = bitFlips(of: golden, thinning: 40).enumerated().filter { $0.offset % 16 == 0 }.map(\.element)
        let survivors = await inParallel(flips) { flip -> Int? in
            let read = try? ClaimCertificate.verify(
                golden.flipping(flip.byte, flip.bit), for: sample.terms, by: sample.custodians,
                client: sample.client.publicKey)
            return read == nil ? nil : flip.byte
        }
        #expect(flips.count > 100)
        #expect(survivors == [])
    }

    @Test func `every changed bit of a ticket, a claim and a submission is refused`() async throws {
        let ticket = try sample.ticket(inputs: [UInt8](repeating: 3, count: 32))
        let claim = try sample.claim(ticket)
        let certificate = try sample.certificate(claim, ticket, indices: [1])
        let submission = try Submission.sign(
            for: claim, inputs: [UInt8](repeating: 3, count: 32), output: [9], by: sample.client)
        let key = sample.client.publicKey
        let readers: [([UInt8], @Sendable (UnverifiedRecord) throws -> Void)] = [
            (ticket.record.bytes, { _ = try Ticket.verify($0, by: key) }),
            (claim.record.bytes, { _ = try Claim.verify($0, by: key) }),
            (submission.record.bytes, { _ = try Submission.verify($0, for: certificate, by: key) }),
        ]
        for (golden, read) in readers {
            try read(UnverifiedRecord(decoding: golden))
            let survivors = await inParallel(bitFlips(of: golden)) { flip -> Int? in
                let record = try? UnverifiedRecord(decoding: golden.flipping(flip.byte, flip.bit))
                guard let record, (try? read(record)) != nil else { return nil }
                return flip.byte
            }
            #expect(survivors == [])
        }
    }

    @Test func `another client's key signs nothing in this client's name`() throws {
        let stranger: SigningKey<Purpose.Ticket> = try SampleProgram.key(201, 3)
        let ticket = try sample.ticket()
        let body = try UnverifiedRecord(decoding: ticket.record.bytes).body
        let forged = try VerifiedRecord.sign(body, type: Ticket.type, by: stranger)
        #expect(
            code { _ = try Ticket.verify(UnverifiedRecord(decoding: forged.bytes), by: stranger.publicKey) }
                == "compute.ticket_malformed")
        #expect(
            code { _ = try Ticket.verify(UnverifiedRecord(decoding: forged.bytes), by: sample.client.publicKey) }
                == "suite.invalid_signature")
        let borrowed = try VerifiedRecord.sign(
            UnverifiedRecord(decoding: sample.claim(ticket).record.bytes).body, type: Claim.type, by: stranger)
        #expect(
            code { _ = try Claim.verify(UnverifiedRecord(decoding: borrowed.bytes), by: stranger.publicKey) }
                == "compute.claim_malformed")
        // A claim on a ticket of somebody else.
        let claim = try sample.claim(ticket, by: stranger)
        #expect(code { _ = try sample.certificate(claim, ticket, indices: [1]) } == "compute.claim_malformed")
    }

    @Test func `a submission is for its claim and the inputs of its ticket`() throws {
        let inputs = [UInt8](repeating: 3, count: 32)
        let ticket = try sample.ticket(inputs: inputs)
        let claim = try sample.claim(ticket)
        let certificate = try sample.certificate(claim, ticket, indices: [1])
        func verify(_ submission: Submission) -> String? {
            code {
                _ = try Submission.verify(
                    UnverifiedRecord(decoding: submission.record.bytes), for: certificate, by: sample.client.publicKey)
            }
        }
        let good = try Submission.sign(for: claim, inputs: inputs, output: [9], by: sample.client)
        #expect(verify(good) == nil)
        let other = try Submission.sign(for: claim, inputs: [UInt8](repeating: 4, count: 32), output: [9], by: sample.client)
        #expect(verify(other) == "compute.claim_foreign")
        #expect(good.contradicts(other))
        let elsewhere = try Submission.sign(
            for: sample.claim(ticket, nonce: 2), inputs: inputs, output: [9], by: sample.client)
        #expect(verify(elsewhere) == "compute.claim_foreign")
        #expect(!good.contradicts(elsewhere))
        let stranger: SigningKey<Purpose.Ticket> = try SampleProgram.key(201, 3)
        let foreign = try Submission.sign(for: claim, inputs: inputs, output: [9], by: stranger)
        #expect(
            code {
                _ = try Submission.verify(
                    UnverifiedRecord(decoding: foreign.record.bytes), for: certificate, by: stranger.publicKey)
            } == "compute.claim_foreign")
    }

    @Test func `a custodian who binds material twice convicts itself`() throws {
        let ticket = try sample.ticket()
        let (one, two) = (try sample.claim(ticket), try sample.claim(ticket, nonce: 2))
        let first = try sample.signature(one, [1, 2], by: 0)
        #expect(try first.conflict(with: sample.signature(two, [2, 3], by: 0)) == 2)
        #expect(try first.conflict(with: sample.signature(two, [3, 4], by: 0)) == nil)
        #expect(try first.conflict(with: sample.signature(two, [2, 3], by: 1)) == nil)
        #expect(try first.conflict(with: sample.signature(one, [1, 2], by: 0)) == nil)
    }

    @Test func `indices of material ascend, each once`() throws {
        for indices: [Int64] in [[], [2, 1], [1, 1], [-1], [.max], Array(0...4096)] {
            #expect(code { _ = try MaterialIndices(indices) } == "compute.claim_malformed")
        }
    }

    @Test func `rows survive their stored form, and nothing else is read`() throws {
        let rows = try PlainRows(inputs: [[5, -3], [0, 77]].map { $0.map { FieldElement(signed: $0) } })
        #expect(try PlainRows(decoding: rows.bytes) == rows)
        #expect(rows.bytes.count == 8 + 2 * 3 * 16)
        for length in 0..<rows.bytes.count {
            #expect(code { _ = try PlainRows(decoding: Array(rows.bytes[..<length])) } != nil)
        }
        var generator = Mutator("rows", corpus: [rows.bytes])
        for _ in 0..<2000 {
            let input = generator.input()
            let outcome = code {
                let bytes = try PlainRows(decoding: input).bytes
                #expect(bytes == input)
            }
            #expect(outcome?.hasPrefix("untyped") != true)
        }
        for inputs in [[], [[]], [[FieldElement.one], []]] {
            #expect(code { _ = try PlainRows(inputs: inputs) } == "compute.rows_malformed")
        }
    }
}

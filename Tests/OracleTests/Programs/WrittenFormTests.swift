import ChanceryLedger
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import Testing

/// The bodies of all records, byte for byte, as docs/spec/compute-records.md has them.
struct WrittenFormTests {
    private let sample: SampleProgram
    private let terms: ActivationTerms
    private static let seven = String(repeating: "07", count: 32)

    init() throws {
        sample = try SampleProgram()
        terms = try ActivationTerms(
            program: [UInt8](repeating: 7, count: 32), version: "1.0.0", policy: [UInt8](repeating: 0x11, count: 32),
            custodians: [UInt8](repeating: 0x22, count: 32), epoch: 3)
    }

    private static func body(_ record: VerifiedRecord) -> String { String(decoding: record.bodyBytes, as: UTF8.self) }

    @Test func `the id of an activation is fixed`() {
        #expect(Hex.encode(terms.id) == "eeab10cbc1783a7deebafdcdd5ac3354b206235a804a196f2e2e99dcc0bf6ab6")
    }

    @Test func `approval`() throws {
        let did = try SampleProgram.did(0)
        let approval = try Approval.sign(
            terms, as: did, at: SampleProgram.start, by: SampleProgram.key(0, 1), salt: SampleProgram.salt())
        #expect(
            Self.body(approval.record) == """
                {"custodian":"\(did.text)","salt":"AAAAAAAAAAAAAAAAAAAAAA","terms":{"custodians":\
                "\(String(repeating: "22", count: 32))","epoch":3,"extraction":null,"policy":"\(String(repeating: "11", count: 32))","program":\
                "\(Self.seven)","version":"1.0.0"},"time":"2026-09-21T14:13:20.000Z","type":"chancery/compute-approval/v1"}
                """)
    }

    @Test func `ticket, claim, signature and submission`() throws {
        let client = Hex.encode(sample.client.publicKey.id)
        let ticket = try sample.ticket()
        #expect(
            Self.body(ticket.record) == """
                {"client":"\(client)","epoch":1,"evaluations":10,"expires":"2026-09-21T14:23:20.000Z","inputs":null,"issued":\
                "2026-09-21T14:13:20.000Z","nonce":"AQEBAQEBAQEBAQEBAQEBAQ","program":"\(Self.seven)","type":\
                "chancery/compute-ticket/v1"}
                """)
        let claim = try sample.claim(ticket)
        #expect(
            Self.body(claim.record) == """
                {"activation":"\(Hex.encode(sample.terms.id))","client":"\(client)","evaluations":1,"expires":\
                "2026-09-21T14:18:20.000Z","nonce":"AQEBAQEBAQEBAQEBAQEBAQ","rows":null,"sealing":"AQID","ticket":\
                "\(Hex.encode(ticket.id))","type":"chancery/compute-claim/v1"}
                """)
        #expect(
            Self.body(try sample.signature(claim, [4, 9], by: 0).record) == """
                {"activation":"\(Hex.encode(sample.terms.id))","claim":"\(Hex.encode(claim.id))","custodian":\
                "\(try SampleProgram.did(0).text)","indices":[4,9],"type":"chancery/compute-claim-signature/v1"}
                """)
        let submission = try Submission.sign(
            for: claim, inputs: [UInt8](repeating: 7, count: 32), output: [1], by: sample.client)
        #expect(
            Self.body(submission.record) == """
                {"claim":"\(Hex.encode(claim.id))","inputs":"\(Self.seven)","output":"AQ","type":"chancery/compute-submit/v1"}
                """)
    }

    @Test func `statements of frames and heads`() throws {
        var outbox = FrameOutbox()
        _ = try outbox.append([1], to: 2)
        let did = try SampleProgram.did(0)
        let batch = try outbox.seal(for: terms, as: did, by: SampleProgram.key(0, 2)).batch
        // SHA-256(00 ‖ number ‖ recipient ‖ SHA-256(frame)).
        let entry: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 2] + Digest.sha256([1] as [UInt8])
        let root = Hex.encode(Digest.sha256([0] + entry))
        #expect(
            Self.body(batch.record) == """
                {"activation":"\(Hex.encode(terms.id))","count":1,"custodian":"\(did.text)","first":0,"previous":null,"root":\
                "\(root)","type":"chancery/compute-frames/v1"}
                """)
        let head = try EventHead.sign(
            EventChain(), for: terms, as: did, at: SampleProgram.start, by: SampleProgram.key(0, 2))
        #expect(
            Self.body(head.record) == """
                {"activation":"\(Hex.encode(terms.id))","custodian":"\(did.text)","root":\
                "\(Hex.encode(Digest.sha256([UInt8]())))","size":0,"time":"2026-09-21T14:13:20.000Z","type":\
                "chancery/compute-head/v1"}
                """)
    }

    @Test func `an entry of the meter's log`() throws {
        let entry = MeterEntry.reserved(try request(0), at: SampleProgram.start)
        #expect(
            String(decoding: try entry.bytes, as: UTF8.self) == """
                {"at":"2026-09-21T14:13:20.000Z","kind":"reserved","request":{"claim":"\(digest(1, 0))","client":\
                "\(digest(2, 1))","covered":100,"evaluations":1,"expires":"2026-09-21T14:18:20.000Z","issued":\
                "2026-09-21T14:13:20.000Z","rows":null,"ticket":"\(digest(3, 0))","ticket_expires":\
                "2026-09-21T14:18:20.000Z"},"type":"chancery/compute-meter/v1"}
                """)
    }
}

import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

/// The worked examples of `docs/spec`: if one of these changes, a format has changed.
@Suite struct SpecificationExampleTests {
    private static let agent = String(repeating: "1", count: 32)

    @Test func `the batch event of the specification has the bytes, hash and leaf that stand there`() throws {
        let payload: JSONValue = ["event_type": "file"]
        let event = try BatchEvent(
            agentID: AgentID(Self.agent), timestamp: 1_795_257_600, nonce: "n-0", payload: #require(payload.object),
            previousHash: String(repeating: "ab", count: 64))
        #expect(
            String(decoding: event.bytes, as: UTF8.self)
                == #"{"agent_id":"\#(Self.agent)","nonce":"n-0","payload":{"event_type":"file"},"previous_hash":"\#(String(repeating: "ab", count: 64))","timestamp":1795257600,"version":"chancery/batch-event/v1"}"#
        )
        #expect(
            event.hash
                == "ab02ddbebc6eb1ac825e429909dd3554a0ba45eb9080d2dfbe1e9330cec93afcc53c2bc711b6d606cb4487f39a1e3052266d843d37221983ac7c66e8c698a94a"
        )
        #expect(Hex.encode(event.leaf(at: 7).bytes) == "f73a0f3aa8252d16215d7798087c1a7e2b6a646d5008ec24f34bda7872554658")
    }

    @Test func `the genesis of the specification's agent is the one that stands there`() throws {
        #expect(
            try EventProfile.aiss21.genesisHash(of: AgentID(Self.agent), classicalKey: [])
                == "707b07b345c5e7d9bc820b55f201162b4066ab8f91c097e2c6368213af74e2911e111852f44a47ba1d7ab362088d5b92bf94ebe61bf8a27d5c6aa6a7b857a208"
        )
    }

    @Test(arguments: [SignatureSuite.mlDSA65, .hybrid])
    func `a DID commits to the ML-DSA half of the root alone`(suite: SignatureSuite) throws {
        let classical = suite == .hybrid ? [UInt8](repeating: 1, count: 32) : []
        let root = try VerifyingKey<Purpose.Root>(suite, classical + [UInt8](repeating: 7, count: 1952))
        #expect(
            DID(root: root).text == "did:pqaid:462018afcd114d5077c63f6d04a8722d5d27b24376f866ca6184a0e72d6f794b")
    }

    @Test func `the record of the specification has the id that stands there`() throws {
        let body: JSONValue = ["item": "wax", "amount": 12]
        let key = try SigningKey<Purpose.Record>.generate(.mlDSA65)
        let record = try VerifiedRecord.sign(#require(body.object), type: "example/order/v1", by: key)
        #expect(String(decoding: record.bodyBytes, as: UTF8.self) == #"{"amount":12,"item":"wax","type":"example/order/v1"}"#)
        #expect(Hex.encode(record.id) == "be2bdb6dbf54e7bb9dd6913523ccd9e0aed3059c62f3b7ac42007b0545062be6")
    }

    @Test func `the hash of an audit export covers the hexadecimal digits of the event hashes`() {
        let hashes = [String(repeating: "aa", count: 32), String(repeating: "bb", count: 32)]
        #expect(ChainHash.of(hashes) == "fa0dafbf43f1f551e536353e9d1a942a8e86e41a0b58dfeaf264ef217f6b862a")
    }

    @Test(arguments: [
        ("1.0", "1", "1.0"), ("-0.0", "0", "-0.0"), ("1e16", "10000000000000000", "1e+16"), ("1e21", "1e+21", "1e+21"),
        ("0.0001", "0.0001", "0.0001"), ("0.00001", "0.00001", "1e-05"), ("1e-7", "1e-7", "1e-07"),
    ])
    func `decimals are written as the table says`(input: String, jcs: String, aiss1: String) throws {
        let value = try JSONParser.parse(input)
        #expect(String(decoding: try CanonicalForm.jcs.encode(value), as: UTF8.self) == jcs)
        #expect(String(decoding: try CanonicalForm.aiss1.encode(value), as: UTF8.self) == aiss1)
    }
}
